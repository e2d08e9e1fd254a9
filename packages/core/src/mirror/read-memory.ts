/** The bytes of ArrayBuffers, read from the files that the app had mapped, when the app is dead. */
import { closeSync, existsSync, readSync } from 'node:fs';
import { memoryPath, undoPath } from '../journal/segment-files.ts';
import { openExistingFile } from '../memory/file.ts';
import type { MirroredMemory } from './make-node.ts';

/** Fills the buffers that are still part of the state. Returns what could not be read: such a buffer is all zeros. */
export function readMemory(
  memory: ReadonlyMap<object, MirroredMemory>,
  directory: string,
  isUndone: boolean,
): string[] {
  if (memory.size === 0) return [];
  let failed = 0;
  let firstReason = '';
  // File by file: there may be more of them than descriptors.
  const places = [...memory].toSorted(([, one], [, other]) => one.file - other.file);
  let opened: OpenedFile | undefined;
  for (const [node, place] of places) {
    try {
      if (opened?.file !== place.file) {
        if (opened !== undefined) closeSync(opened.fd);
        opened = undefined;
        opened = openFile(place, directory, isUndone);
      }
      readPlace(node as ArrayBuffer, place, opened.fd);
    } catch (error) {
      failed++;
      firstReason ||= (error as Error).message.replace(/\.$/, '');
    }
  }
  if (opened !== undefined) closeSync(opened.fd);
  if (failed === 0) return [];
  const [what, they] = failed === 1 ? ['an ArrayBuffer', 'It is'] : [`${failed} ArrayBuffers`, 'They are'];
  return [
    `The bytes of ${what} cannot be read: ${firstReason}. ${they} all zeros, or what the last checkpoint had.`,
  ];
}

/** A copy of the bytes of one buffer as they are now: those in its place, or its own where it has none. */
export function readBytesOf(
  buffer: ArrayBuffer,
  place: MirroredMemory | undefined,
  directory: string,
  isUndone: boolean,
): Uint8Array {
  if (place === undefined) return new Uint8Array(buffer).slice();
  const { fd } = openFile(place, directory, isUndone);
  try {
    const bytes = new ArrayBuffer(place.sizeBytes);
    readPlace(bytes, place, fd);
    return new Uint8Array(bytes);
  } finally {
    closeSync(fd);
  }
}

interface OpenedFile {
  readonly file: number;
  readonly fd: number;
}

function openFile(place: MirroredMemory, directory: string, isUndone: boolean): OpenedFile {
  const { file, offsetBytes, sizeBytes } = place;
  const undo = undoPath(directory, file);
  const path = isUndone && existsSync(undo) ? undo : memoryPath(directory, file);
  return { file, fd: openExistingFile(path, offsetBytes + sizeBytes, 'read') };
}

function readPlace(buffer: ArrayBuffer, { offsetBytes, sizeBytes }: MirroredMemory, fd: number): void {
  const bytes = new Uint8Array(buffer);
  let done = 0;
  try {
    while (done < sizeBytes) {
      const count = readSync(fd, bytes, done, sizeBytes - done, offsetBytes + done);
      if (count === 0) throw new Error(`its file ends after ${offsetBytes + done} bytes`);
      done += count;
    }
  } catch (error) {
    bytes.fill(0, 0, done);
    throw error;
  }
}
