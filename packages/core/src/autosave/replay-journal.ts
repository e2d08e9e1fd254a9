/**
 * The journal that lies beside a checkpoint, replayed into the mirror that has been made of that.
 *
 * Invariants: those of read-autosave.ts.
 */
import { readdirSync } from 'node:fs';
import { RecordDecoder } from '../journal/decode-record.ts';
import { Control } from '../journal/layout.ts';
import { distance, readPosition } from '../journal/position.ts';
import { type JournalPosition, JournalReader, type JournalReaderOptions } from '../journal/reader.ts';
import { FileControl } from '../memory/written-segment.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { isUndone } from '../mirror/is-undone.ts';
import { bootId } from '../platform/process-identity.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import { identityPath } from './autosave-files.ts';
import { InvalidCheckpointError } from './decode-checkpoint.ts';
import { readIdentity } from './identity.ts';
import { UnpackError } from './pack.ts';

/** What a checkpoint says of the journal that goes on from it. */
export interface ReplayFrom {
  readonly mirror: Mirror;
  readonly nonce: readonly [low: number, high: number];
  /** Undefined: from the beginning. */
  readonly from: JournalPosition | undefined;
  /** The journal's keys there, by their ids. */
  readonly keys: readonly (string | symbol)[];
}

export interface Replayed {
  readonly records: number;
  readonly droppedBytes: number;
  readonly isUndone: boolean;
  readonly end: JournalPosition | undefined;
  readonly keys: readonly (string | symbol)[];
}

/** Applies what comes behind a checkpoint to the mirror that has been made of it: to its end, or no further than `wanted`. */
export function replayJournal(
  directory: string,
  candidate: ReplayFrom,
  dropped: string[],
  wanted: JournalPosition | undefined,
): Replayed {
  const { mirror, keys, from, nonce } = candidate;
  const [nonceLow, nonceHigh] = nonce;
  const options = { directory, nonceLow, nonceHigh, ...(from !== undefined && { from }) };
  const until = wanted === undefined ? findLimit(options, dropped) : findBoundary(options, wanted);
  const reader = new JournalReader(options);
  const decoder = new RecordDecoder(mirror, keys);
  let records = 0;
  const take = (words: Int32Array, at: number, to: number): void => {
    if (until !== undefined && isPast(reader.reached, until)) throw new PastTheLimit();
    decoder.decode(words, at, to);
    records++;
  };
  try {
    while (reader.readSegment(take));
  } catch (error) {
    if (!isExpected(error)) throw error;
    if (!(error instanceof PastTheLimit)) {
      dropped.push(`The journal in ${directory} cannot be used to its end: ${error.message}.`);
    }
  }
  const end = until ?? reader.reached;
  const droppedBytes = reader.bytesBehindTail();
  reader.close();
  return {
    records,
    droppedBytes,
    keys: decoder.keys,
    end,
    isUndone: readControl(directory, (control) => isUndone(control, end)) ?? false,
  };
}

/** How far a journal can be replayed, where that is not to its last valid record. */
function findLimit(options: JournalReaderOptions, dropped: string[]): JournalPosition | undefined {
  const { directory, from } = options;
  const saved = limitOf(directory, from);
  const transaction = findPartialTransaction(options);
  if (saved !== undefined && (transaction === undefined || isPast(transaction, saved))) {
    dropped.push(
      `The power has failed: the journal in ${directory} has been replayed to its last save, as old as the bytes of ` +
        'typed arrays are at least.',
    );
    return saved;
  }
  if (transaction === undefined) return undefined;
  dropped.push(`The journal in ${directory} ends inside of a transaction, so nothing of that counts.`);
  return transaction;
}

/** The last place at or before the wanted one between two mutations, a transaction being one. */
function findBoundary(options: JournalReaderOptions, wanted: JournalPosition): JournalPosition {
  const reader = new JournalReader(options);
  let boundary = reader.position;
  const note = (): void => {
    // In front of a transaction that is not over; behind a payload of which the last part has just been read.
    const place = reader.isInTransaction ? reader.position : reader.reached;
    if (isPast(place, wanted)) throw new PastTheLimit();
    boundary = place;
  };
  try {
    while (reader.readSegment(note));
  } catch (error) {
    if (!isExpected(error)) throw error;
  } finally {
    reader.close();
  }
  return boundary;
}

/** Where a transaction begins that is not there to its end: pages of it were lost with the power, or are damaged. */
function findPartialTransaction(options: JournalReaderOptions): JournalPosition | undefined {
  const reader = new JournalReader(options);
  try {
    while (reader.readSegment(() => {}));
  } catch (error) {
    // Whoever replays it comes to the same place, and says so.
    if (!isExpected(error)) throw error;
  } finally {
    reader.close();
  }
  return reader.isInTransaction ? reader.position : undefined;
}

/** What is behind the limit is not even decoded. */
class PastTheLimit extends Error {}

/** What a file can make of it; anything else is a bug. */
export function isExpected(error: unknown): error is Error {
  return (
    error instanceof InvalidCheckpointError ||
    error instanceof InvalidRecordError ||
    error instanceof UnpackError ||
    error instanceof PastTheLimit ||
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}

/**
 * After a loss of power the files of buffers are as old as the last time that everything was saved, or newer: the
 * journal is replayed no further than to that, so that both are of one moment as far as they can be.
 */
function limitOf(directory: string, from: JournalPosition | undefined): JournalPosition | undefined {
  const identity = readIdentity(identityPath(directory));
  if (identity === undefined || identity.bootId === bootId() || !hasMemoryFiles(directory)) return undefined;
  const until = readControl(directory, (control) =>
    readPosition(control, Control.savedSequence, Control.savedOffset),
  );
  return until !== undefined && from !== undefined && isPast(from, until) ? from : until;
}

function hasMemoryFiles(directory: string): boolean {
  return readdirSync(directory).some((name) => name.startsWith('memory-'));
}

/** Does it come behind the other? */
export function isPast(one: JournalPosition, other: JournalPosition): boolean {
  return distance(other, one) > 0;
}

function readControl<Result>(directory: string, read: (control: FileControl) => Result): Result | undefined {
  let control: FileControl;
  try {
    control = FileControl.openIn(directory, 'read');
  } catch {
    return undefined;
  }
  try {
    return read(control);
  } finally {
    control.close();
  }
}
