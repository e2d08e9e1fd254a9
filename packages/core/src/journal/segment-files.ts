/** The names of a session's files. A reader finds the next segment by its sequence number alone. */
import { join } from 'node:path';

export function segmentPath(directory: string, sequence: number): string {
  return join(directory, `journal-${String(sequence).padStart(10, '0')}`);
}

/** Of the segment that a file of that name is; undefined when it is none. */
export function sequenceOf(name: string): number | undefined {
  const digits = /^journal-(\d{10})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function controlPath(directory: string): string {
  return join(directory, 'control');
}

/** A file of bytes of ArrayBuffers. */
export function memoryPath(directory: string, file: number): string {
  return join(directory, `memory-${String(file).padStart(10, '0')}`);
}

/** What such a file held when the transaction began that is open. */
export function undoPath(directory: string, file: number): string {
  return join(directory, `undo-${String(file).padStart(10, '0')}`);
}
