/**
 * Locks that the kernel holds (`flock`): gone at the very moment at which their process is, whatever becomes of it,
 * whoever has its pid next, whatever clocks say, and seen by every process that sees the file, in whichever container.
 *
 * By koffi, which is optional. Without it nothing can be locked, and `lockFile` says so.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { loadLibc } from './libc.ts';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const { O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = constants;

export type LockResult =
  | { readonly is: 'locked'; readonly release: () => void }
  | { readonly is: 'held by another' }
  | { readonly is: 'impossible' };

let flock: ((fd: number, operation: number) => number) | null | undefined;

function loadFlock(): typeof flock {
  if (flock !== undefined) return flock;
  try {
    if (process.platform === 'win32') throw new Error('Windows has no flock.');
    const call = loadLibc().func('int flock(int fd, int operation)');
    flock = (fd, operation) => call(fd, operation) as number;
  } catch {
    flock = null;
  }
  return flock;
}

/** Tries at most that often: whoever asks whether a file is locked holds it for a moment. */
const TRIES = 20;
const WAIT_MS = 5;
const WAIT_CELL = new Int32Array(new SharedArrayBuffer(4));

/**
 * Locks the file until it is released or this process has ended; makes it if it is not there. The holder may remove
 * the file. Throws what `open` does.
 */
export function lockFile(path: string): LockResult {
  const call = loadFlock();
  for (let tries = 0; tries < TRIES; tries++) {
    const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    if (!call) {
      closeSync(fd);
      return { is: 'impossible' };
    }
    // The one that it has opened may have been removed by the last holder.
    if (call(fd, LOCK_EX | LOCK_NB) === 0 && isSameFile(fd, path)) {
      return { is: 'locked', release: () => closeSync(fd) };
    }
    closeSync(fd);
    Atomics.wait(WAIT_CELL, 0, 0, WAIT_MS);
  }
  return { is: 'held by another' };
}

function isSameFile(fd: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const { dev, ino } = fstatSync(fd);
  return there?.ino === ino && there.dev === dev;
}

/** Undefined where nobody can tell; a file that this user may not open counts as locked. One that is not there is not. */
export function isLocked(path: string): boolean | undefined {
  const call = loadFlock();
  if (!call) return undefined;
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
  try {
    return call(fd, LOCK_SH | LOCK_NB) !== 0;
  } finally {
    closeSync(fd);
  }
}
