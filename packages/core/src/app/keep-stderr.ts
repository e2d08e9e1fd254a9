/**
 * Keeps the last of what JavaScript in the app writes to standard error, for the guardian, beside where it goes anyway. The
 * terminal stays the app's own: descriptor 2 is what it would be without a guard.
 *
 * Invariants:
 * 1. `process.stderr` is made when the app first asks for it. Its `write` does what Node's own does, and returns the same.
 * 2. Nothing here throws, or takes longer than a write into the page cache. What cannot be kept is not kept.
 *
 * What does not go through that stream is missed: what native code writes, and Node itself (the text of an uncaught
 * exception, warnings), and `fs.writeSync(2, …)`.
 */
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { checkSessionDirectory } from '../platform/session.ts';
import {
  formatStderrHead,
  STDERR_FILE_BYTES_MAX,
  STDERR_HEAD_BYTES,
  stderrPath,
} from '../platform/stderr-files.ts';

const BYTES_MAX = STDERR_FILE_BYTES_MAX - STDERR_HEAD_BYTES;

/** Returns what ends it, and removes what has been kept. Where nobody else stands around it by then, nothing of it is left. */
export function keepStderr(directory: string): () => void {
  const kept = new KeptText(directory);
  const descriptor = Object.getOwnPropertyDescriptor(process, 'stderr');
  const getStderr: unknown = Reflect.get(descriptor ?? {}, 'get');
  // Somebody has put something else in its place.
  if (typeof getStderr !== 'function' || descriptor?.configurable !== true) return () => {};
  let unwatch: (() => void) | undefined;
  const getStream = function getStream(this: unknown): unknown {
    const stream: unknown = Reflect.apply(getStderr as () => unknown, this, []);
    unwatch ??= watchWrites(stream as object, (chunk, encoding) => kept.add(chunk, encoding));
    return stream;
  };
  Object.defineProperty(process, 'stderr', { ...descriptor, get: getStream });
  return () => {
    kept.stop();
    unwatch?.();
    const now = Object.getOwnPropertyDescriptor(process, 'stderr') ?? {};
    if (Reflect.get(now, 'get') === getStream) Object.defineProperty(process, 'stderr', descriptor);
  };
}

/**
 * Not further down: what does not fit into a pipe waits in the stream, and is lost with the process, as it would be without
 * a guard. Here it is kept. Returns what ends it.
 */
function watchWrites(stream: object, add: (chunk: unknown, encoding: unknown) => void): () => void {
  const write: unknown = Reflect.get(stream, 'write');
  if (typeof write !== 'function') return () => {};
  const before = Object.getOwnPropertyDescriptor(stream, 'write');
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    add(args[0], args[1]);
    return Reflect.apply(write as () => unknown, this, args);
  };
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(watched, key, { value: write[key], configurable: true });
  }
  Object.defineProperty(stream, 'write', {
    value: watched,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return () => {
    if (Reflect.get(stream, 'write') !== watched) return;
    if (before === undefined) Reflect.deleteProperty(stream, 'write');
    else Object.defineProperty(stream, 'write', before);
  };
}

/** Two files in turn: what is in the one before the current one is never older than it has to be. */
class KeptText {
  readonly #directory: string;
  #fd = -1;
  #number = -1;
  #sizeBytes = STDERR_FILE_BYTES_MAX;
  #isStopped = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  add(chunk: unknown, encoding: unknown): void {
    if (this.#isStopped) return;
    try {
      const bytes = lastBytes(chunk, encoding);
      if (this.#sizeBytes + bytes.length > STDERR_FILE_BYTES_MAX) this.#begin();
      this.#sizeBytes += writeSync(this.#fd, bytes);
    } catch {
      // The disk is full, or the directory is gone. The app is not to notice.
      this.#isStopped = true;
    }
  }

  stop(): void {
    this.#isStopped = true;
    try {
      if (this.#fd >= 0) closeSync(this.#fd);
      for (let number = Math.max(0, this.#number - 1); number <= this.#number; number++) {
        rmSync(stderrPath(this.#directory, number), { force: true });
      }
    } catch {
      // It goes with the directory.
    }
    this.#fd = -1;
  }

  #begin(): void {
    if (this.#number < 0) checkSessionDirectory(this.#directory);
    else closeSync(this.#fd);
    this.#fd = -1;
    this.#number++;
    const { O_CREAT, O_NOFOLLOW = 0, O_TRUNC, O_WRONLY } = constants;
    const path = stderrPath(this.#directory, this.#number);
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    this.#sizeBytes = writeSync(this.#fd, formatStderrHead(this.#number));
  }
}

/** Nothing for what the stream refuses. */
function lastBytes(chunk: unknown, encoding: unknown): Uint8Array {
  if (typeof chunk === 'string') {
    const isKnown = typeof encoding === 'string' && Buffer.isEncoding(encoding);
    return lastOf(Buffer.from(chunk.slice(-BYTES_MAX), isKnown ? encoding : 'utf8'));
  }
  if (!ArrayBuffer.isView(chunk)) return new Uint8Array();
  return lastOf(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
}

function lastOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(Math.max(0, bytes.length - BYTES_MAX));
}
