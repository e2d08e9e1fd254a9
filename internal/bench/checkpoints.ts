/** Checkpoints of an autosave, as they can be seen from outside: each is a file of its own under the same name. */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;
const TIMEOUT_MS = 180_000;

/** Which of them stands under the name now. */
export function checkpointNow(path: string): bigint {
  return statSync(path, { bigint: true }).ino;
}

/** Resolves when another one than `before` does. Costs some microseconds every tenth of a second. */
export async function checkpointAfter(path: string, before: bigint): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (checkpointNow(path) === before) {
    if (performance.now() > deadline) throw new Error(`No checkpoint came within ${TIMEOUT_MS} ms.`);
    await sleep(LOOK_MS);
  }
}

/** How many others have come when that time is over. */
export async function countCheckpoints(path: string, durationMs: number): Promise<number> {
  const end = performance.now() + durationMs;
  let count = 0;
  let last = checkpointNow(path);
  while (performance.now() < end) {
    await sleep(LOOK_MS);
    const now = checkpointNow(path);
    if (now !== last) count++;
    last = now;
  }
  return count;
}

export interface CheckpointFile {
  readonly sizeBytes: number;
  /** From its creation until it was on the disk under its name: by the file system's clock. */
  readonly writtenInMs: number;
}

/** Of one that no other has followed. */
export function describeCheckpoint(path: string): CheckpointFile {
  const { size, birthtimeMs, ctimeMs } = statSync(path);
  return { sizeBytes: size, writtenInMs: ctimeMs - birthtimeMs };
}
