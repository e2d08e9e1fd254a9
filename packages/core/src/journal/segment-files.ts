/** The names of a journal's files. A reader finds the next segment by its sequence number alone. */
import { join } from 'node:path';

export function segmentPath(directory: string, sequence: number): string {
  return join(directory, `journal-${String(sequence).padStart(10, '0')}`);
}

/** Of the segment that a file of that name is; undefined when it is none. */
export function sequenceOf(name: string): number | undefined {
  const digits = /^journal-(\d{10})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A segment in waiting: the first one that is needed when none is released. */
export function sparePath(directory: string): string {
  return join(directory, 'spare');
}

/** Further ones, for the time when no more can be created. Each number is used once. */
export function reservePath(directory: string, number: number): string {
  return join(directory, `reserve-${number}`);
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
