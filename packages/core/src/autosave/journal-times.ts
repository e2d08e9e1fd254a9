/**
 * When the guardian had read how much of the journal, in a file beside it: what gives the records of an autosave their times,
 * for whoever looks from outside. docs/format/autosave.md explains it.
 *
 * Invariants:
 * 1. A ring of fixed size: however long the app lives, the file grows no further.
 * 2. Nothing but the time of a look depends on it: it is not synced, and where it cannot be written, or is damaged, nothing else
 *    is lost.
 * 3. What is read is in order: times and positions that go back are left out.
 */
import { closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT_BYTES } from '../journal/layout.ts';
import { bytesAt } from '../journal/position.ts';
import type { JournalPosition } from '../journal/reader.ts';
import { createAllocatedFile, openExistingFile, writeFully } from '../memory/file.ts';

/** "FGT1" as it stands in the file. */
export const TIMES_MAGIC = 0x3154_4746;
export const TIMES_HEADER_BYTES = 16;
/** f64: milliseconds since 1970; u32: segment; u32: bytes from its beginning. */
export const TIMES_ENTRY_BYTES = 16;
/** Seven minutes in which the app changes something all the time; a journal is rarely kept for so long. */
export const TIMES_ENTRIES = 4096;
/** Looks that follow each other within so many milliseconds are one entry. */
export const TIMES_RESOLUTION_MS = 100;

export interface JournalTime {
  /** What comes before it had been read by then. */
  readonly position: JournalPosition;
  readonly time: Date;
}

export function timesPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'times');
}

/** The guardian's end. Never throws. */
export class JournalTimesWriter {
  #fd: number;
  readonly #entry: DataView = new DataView(new ArrayBuffer(TIMES_ENTRY_BYTES));
  /** Of the entry that looks are put into. */
  #index = -1;
  #beganMs = Number.NEGATIVE_INFINITY;

  /** In a directory where one lies already, as another guardian has left it, that one is gone on with. */
  constructor(sessionDirectory: string) {
    const path = timesPath(sessionDirectory);
    try {
      this.#fd = createAllocatedFile(path, TIMES_HEADER_BYTES);
      const header = new DataView(new ArrayBuffer(TIMES_HEADER_BYTES));
      header.setUint32(0, TIMES_MAGIC, true);
      writeFully(this.#fd, new Uint8Array(header.buffer), 0);
    } catch (error) {
      this.#fd = (error as NodeJS.ErrnoException).code === 'EEXIST' ? this.#goOn(sessionDirectory) : -1;
    }
  }

  /** Everything up to there has been read by now. */
  note(position: JournalPosition, nowMs: number): void {
    if (this.#fd < 0) return;
    if (nowMs - this.#beganMs >= TIMES_RESOLUTION_MS || nowMs < this.#beganMs) {
      this.#index = (this.#index + 1) % TIMES_ENTRIES;
      this.#beganMs = nowMs;
    }
    this.#entry.setFloat64(0, nowMs, true);
    this.#entry.setUint32(8, position.segment, true);
    this.#entry.setUint32(12, position.offsetBytes, true);
    try {
      writeFully(
        this.#fd,
        new Uint8Array(this.#entry.buffer),
        TIMES_HEADER_BYTES + this.#index * TIMES_ENTRY_BYTES,
      );
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #goOn(sessionDirectory: string): number {
    try {
      const { length } = readJournalTimes(sessionDirectory);
      // A full ring is begun anew behind its first entry at the latest: what is lost is the oldest, or a few of the others.
      this.#index = length === TIMES_ENTRIES ? 0 : length - 1;
      return openExistingFile(timesPath(sessionDirectory), TIMES_HEADER_BYTES, 'write');
    } catch {
      return -1;
    }
  }
}

/** The oldest first. Nothing where there is no such file, or another one. */
export function readJournalTimes(sessionDirectory: string): JournalTime[] {
  const bytes = readWhole(timesPath(sessionDirectory));
  if (bytes === undefined || bytes.getUint32(0, true) !== TIMES_MAGIC) return [];
  const found: JournalTime[] = [];
  for (let at = TIMES_HEADER_BYTES; at + TIMES_ENTRY_BYTES <= bytes.byteLength; at += TIMES_ENTRY_BYTES) {
    const time = new Date(bytes.getFloat64(at, true));
    const position = { segment: bytes.getUint32(at + 8, true), offsetBytes: bytes.getUint32(at + 12, true) };
    const isRight = time.getTime() > 0 && position.offsetBytes > 0 && position.offsetBytes <= SEGMENT_BYTES;
    if (isRight) found.push({ position, time });
  }
  return inOrder(found.toSorted((one, other) => one.time.getTime() - other.time.getTime()));
}

function inOrder(times: readonly JournalTime[]): JournalTime[] {
  let reached = 0;
  return times.filter(({ position }) => {
    if (bytesAt(position) < reached) return false;
    reached = bytesAt(position);
    return true;
  });
}

const FILE_BYTES_MAX: number = TIMES_HEADER_BYTES + TIMES_ENTRIES * TIMES_ENTRY_BYTES;

function readWhole(path: string): DataView | undefined {
  try {
    const fd = openExistingFile(path, TIMES_HEADER_BYTES, 'read');
    try {
      const bytes = new Uint8Array(FILE_BYTES_MAX);
      return new DataView(bytes.buffer, 0, readSync(fd, bytes, 0, FILE_BYTES_MAX, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
