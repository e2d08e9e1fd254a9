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
  const problems: string[] = [];
  const descriptors = new Map<number, number>();
  try {
    for (const [node, place] of memory) {
      try {
        readPlace(node as ArrayBuffer, place, directory, isUndone, descriptors);
      } catch (error) {
        const reason = (error as Error).message.replace(/\.$/, '');
        problems.push(`The bytes of an ArrayBuffer cannot be read: ${reason}. It is all zeros.`);
      }
    }
  } finally {
    for (const fd of descriptors.values()) closeSync(fd);
  }
  return problems;
}

function readPlace(
  buffer: ArrayBuffer,
  { file, offsetBytes, sizeBytes }: MirroredMemory,
  directory: string,
  isUndone: boolean,
  descriptors: Map<number, number>,
): void {
  let fd = descriptors.get(file);
  if (fd === undefined) {
    const undo = undoPath(directory, file);
    const path = isUndone && existsSync(undo) ? undo : memoryPath(directory, file);
    fd = openExistingFile(path, offsetBytes + sizeBytes, 'read');
    descriptors.set(file, fd);
  }
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
