/** Room for journals and autosaves, and how long a sync takes. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED_MEMORY_BYTES_MIN } from '@faultguard/core/internal';
import { formatBytes } from '../terminal/format-amounts.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { type Check, good, problem, warning } from './check.ts';

const SHARED_MEMORY = '/dev/shm';
/** A guard begins with two segments of 1 MiB, and stays below half of what is free. */
const FREE_BYTES_MIN: number = 64 * 1024 * 1024;

interface Room {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  /** Files are in memory: nothing of them survives a loss of power. */
  readonly isMemory: boolean;
}

/** Linux, include/uapi/linux/magic.h: TMPFS_MAGIC, RAMFS_MAGIC. */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]);

/** Undefined where there is no such directory. */
function roomIn(directory: string): Room | undefined {
  try {
    const { bsize, blocks, bavail, type } = statfsSync(directory);
    return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail, isMemory: MEMORY_FILE_SYSTEMS.has(type) };
  } catch {
    return undefined;
  }
}

/** `directory`: where autosaves are to lie. */
export function checkDisk(directory: string): Check[] {
  return [
    checkSharedMemory(roomIn(SHARED_MEMORY)),
    checkTemporary(tmpdir(), roomIn(tmpdir())),
    ...checkAutosaves(directory, roomIn(directory)),
  ];
}

export function checkSharedMemory(room: Room | undefined): Check {
  if (room === undefined) {
    return warning(
      'shared-memory',
      `there is no ${SHARED_MEMORY}`,
      'Journals without autosave lie in the temporary directory.',
    );
  }
  const found = `${SHARED_MEMORY}: ${describeRoom(room)}`;
  if (room.freeBytes >= SHARED_MEMORY_BYTES_MIN) return good('shared-memory', found);
  return warning(
    'shared-memory',
    found,
    `With less than ${formatBytes(SHARED_MEMORY_BYTES_MIN)} free, journals without autosave lie in the temporary directory. In a ` +
      'container: --shm-size=1g, or an emptyDir with medium: Memory.',
  );
}

export function checkTemporary(path: string, room: Room | undefined): Check {
  const shown = escapeText(path);
  if (room === undefined) return problem('temporary', `there is no ${shown}`, 'Make it, or set TMPDIR.');
  const found = `${shown}: ${describeRoom(room)}`;
  return room.freeBytes >= FREE_BYTES_MIN
    ? good('temporary', found)
    : warning('temporary', found, 'Make room.');
}

function checkAutosaves(directory: string, room: Room | undefined): Check[] {
  const shown = escapeText(directory);
  if (room === undefined)
    return [problem('autosaves', `there is no ${shown}`, 'Name a directory by --directory.')];
  return [checkRoom(shown, room), checkSync(measureSync(directory))];
}

export function checkRoom(shown: string, room: Room): Check {
  const found = `${shown}: ${describeRoom(room)}`;
  if (room.isMemory) {
    return warning('autosaves', found, 'An autosave there is gone with the power: name a place on a disk.');
  }
  return room.freeBytes >= FREE_BYTES_MIN
    ? good('autosaves', found)
    : warning(
        'autosaves',
        found,
        'Make room: with an autosave, the journal lies there too, and takes up to half of what is free.',
      );
}

const SYNCS = 15;
const SYNC_BYTES = 4096;
/** A journal is synced each interval (3 s by default), off the app's event loop; `durable()` waits for it. */
const SYNC_MS_MAX = 100;

interface SyncTimes {
  readonly medianMs: number;
  readonly longestMs: number;
}

/** Of 4 KiB, by fdatasync. A sentence where it cannot be measured. */
function measureSync(directory: string): SyncTimes | string {
  let temporary: string | undefined;
  try {
    temporary = mkdtempSync(join(directory, '.faultguard-doctor-'));
    const fd = openSync(join(temporary, 'sync'), 'wx', 0o600);
    try {
      const bytes = new Uint8Array(SYNC_BYTES);
      const times = Array.from({ length: SYNCS }, (_, index) => {
        writeSync(fd, bytes, 0, SYNC_BYTES, index * SYNC_BYTES);
        const beganMs = performance.now();
        fdatasyncSync(fd);
        return performance.now() - beganMs;
      }).toSorted((one, other) => one - other);
      return { medianMs: times[SYNCS >> 1] as number, longestMs: times[SYNCS - 1] as number };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

export function checkSync(times: SyncTimes | string): Check {
  if (typeof times === 'string') {
    return problem('sync', escapeText(times), 'Name a directory that may be written to by --directory.');
  }
  const { medianMs, longestMs } = times;
  const found = `a sync of 4 KiB takes ${medianMs.toFixed(2)} ms, the longest of ${SYNCS} ${longestMs.toFixed(2)} ms`;
  if (medianMs <= SYNC_MS_MAX) return good('sync', found);
  return warning(
    'sync',
    found,
    'durable() takes as long. Name a faster disk for autosaves; the app itself does not wait for syncs.',
  );
}

function describeRoom({ sizeBytes, freeBytes, isMemory }: Room): string {
  return `${formatBytes(freeBytes)} free of ${formatBytes(sizeBytes)}${isMemory ? ', in memory' : ''}`;
}
