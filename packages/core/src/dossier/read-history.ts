/** The flight recorder of an autosave: the last mutations, out of the journal that lies beside it. */
import type { JournalTime } from '../autosave/journal-times.ts';
import type { JournalPosition } from '../journal/reader.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readLastMutations, type RecordedMutation } from './flight-recorder.ts';
import { looksAt } from './looks.ts';
import { describeMutations, type Mutation, NODES_MAX } from './mutations.ts';

interface JournalHistory {
  readonly directory: string;
  readonly nonce: readonly [low: number, high: number];
  /** How far the journal has been replayed. */
  readonly end: JournalPosition;
  /** The keys there, by their ids. */
  readonly keys: readonly (string | symbol)[];
  /** The state there. */
  readonly mirror: Mirror;
}

export interface RecordedChange extends Mutation {
  /** Where its record ends, in bytes of journal since the session began: its number, which grows and has gaps. */
  readonly record: number;
}

/**
 * Oldest first; as far back as segments are still what they were. `at` is the first of the known times that a mutation was made
 * before, or else `endedAt`: records have no times. `times` in their order. Never throws for what stands in the files.
 */
export function readHistory(
  { directory, nonce, end, keys, mirror }: JournalHistory,
  times: readonly JournalTime[],
  endedAt: Date,
  count: number,
): RecordedChange[] {
  const [nonceLow, nonceHigh] = nonce;
  const looks = looksAt(times);
  const recorded = readLastMutations({ directory, nonceLow, nonceHigh, end, keys, looks, count });
  return describeRecorded(recorded, mirror, endedAt);
}

/** `endedAt`: when those were made that nobody has a time of, at the latest. */
export function describeRecorded(
  recorded: readonly RecordedMutation[],
  mirror: Mirror,
  endedAt: Date,
): RecordedChange[] {
  const mutations = describeMutations(recorded, {
    mirror,
    crashedAt: endedAt,
    redacted: [],
    bytesMax: Number.POSITIVE_INFINITY,
    nodesMax: NODES_MAX,
  });
  return mutations.map((mutation, index) =>
    Object.assign(mutation, { record: recorded[index]?.endBytes as number }),
  );
}
