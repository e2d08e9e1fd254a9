/**
 * How a checkpoint gets to the disk, so that at any moment, and after any loss of what has not been synced, there is a
 * whole one under the autosave's name. The steps are those of docs/format/autosave.md.
 */
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../platform/disk.ts';
import { makeThreadsGiveWay } from '../platform/give-way.ts';
import { agingPath, linkPath, livedPath, previousPath, writingPath } from './autosave-files.ts';
import { pack, PACKER_THREAD, type Packing } from './pack.ts';

export interface WrittenCheckpoint {
  /** Of the file. */
  readonly sizeBytes: number;
}

/**
 * `livedBeforeMs`, with restarts: a checkpoint from before that time is of a state that the app has lived with; one of
 * those is kept. Rejects with what the file system says or the pieces throw. The checkpoints so far are what they were then, but for
 * a failure of the very last step, after which it may be either.
 */
export async function writeCheckpoint(
  disk: Disk,
  path: string,
  pieces: Iterator<string, void>,
  packing: Packing,
  livedBeforeMs?: number,
): Promise<WrittenCheckpoint> {
  const writing = writingPath(path);
  // What is left of one that was cut off.
  await disk.remove(writing);
  const file = await disk.create(writing);
  let sizeBytes: number;
  try {
    sizeBytes = await writePacked(file, pieces, packing);
  } catch (error) {
    await removeQuietly(disk, writing);
    throw error;
  }
  if (livedBeforeMs !== undefined) await keepLived(disk, path, livedBeforeMs);
  await keepPrevious(disk, path);
  await disk.rename(writing, path);
  await disk.syncDirectory(dirname(path));
  return { sizeBytes };
}

async function writePacked(
  file: DiskFile,
  pieces: Iterator<string, void>,
  packing: Packing,
): Promise<number> {
  let sizeBytes = 0;
  try {
    await pack(pieces, packing, async (bytes) => {
      // It has begun, so its thread is there. The app needs the processor sooner than a checkpoint does.
      if (sizeBytes === 0 && packing !== 'quick') makeThreadsGiveWay(PACKER_THREAD);
      await file.write(bytes);
      sizeBytes += bytes.length;
    });
    await file.sync();
  } finally {
    await file.close();
  }
  return sizeBytes;
}

/**
 * The previous one is about to go. One is kept that the app has lived with; another is kept until that can be said of
 * it too, and takes its place then.
 */
async function keepLived(disk: Disk, path: string, livedBeforeMs: number): Promise<void> {
  const aging = agingPath(path);
  const agingMs = await modifiedAtMs(disk, aging);
  if (agingMs !== undefined && agingMs > livedBeforeMs) return;
  if (agingMs !== undefined) await disk.rename(aging, livedPath(path));
  if ((await modifiedAtMs(disk, previousPath(path))) === undefined) return;
  await disk.link(previousPath(path), aging);
}

/**
 * Checkpoints from before that time, the newest first: of states that the app has lived with. The time of a file is that of
 * its last byte, so its state is older.
 */
export async function listLived(disk: Disk, path: string, livedBeforeMs: number): Promise<string[]> {
  const lived: string[] = [];
  for (const candidate of [previousPath(path), agingPath(path), livedPath(path)]) {
    const timeMs = await modifiedAtMs(disk, candidate);
    if (timeMs !== undefined && timeMs <= livedBeforeMs) lived.push(candidate);
  }
  return lived;
}

async function modifiedAtMs(disk: Disk, path: string): Promise<number | undefined> {
  try {
    return await disk.modifiedAtMs(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The newest becomes the previous one, and stays the newest until there is another. */
async function keepPrevious(disk: Disk, path: string): Promise<void> {
  const linked = linkPath(path);
  await disk.remove(linked);
  try {
    await disk.link(path, linked);
  } catch (error) {
    // The first of all.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await disk.rename(linked, previousPath(path));
}

/** The first failure is the one to tell. */
async function removeQuietly(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch {
    // The next one removes it.
  }
}
