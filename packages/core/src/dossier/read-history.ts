/** The flight recorder of an autosave: the last mutations, out of the journal that lies beside it. */
import type { JournalPosition } from '../journal/reader.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readLastMutations } from './flight-recorder.ts';
import { Looks } from './looks.ts';
import { describeMutations, type Mutation } from './mutations.ts';

interface JournalHistory {
  readonly directory: string;
  readonly nonce: readonly [low: number, high: number];
  /** How far the journal has been replayed. */
  readonly end: JournalPosition;
  /** The keys there, by their ids. */
  readonly keys: readonly (string | symbol)[];
  /** The state there, finished. */
  readonly mirror: Mirror;
}

export interface KnownTime {
  /** What comes before it was made before that time. */
  readonly position: JournalPosition;
  readonly time: Date;
}

/** Objects of the state that are looked at for paths: a second or so, some 100 MB. */
const NODES_MAX = 1_000_000;

/**
 * Oldest first; as far back as segments are still what they were. `at` is the first of the known times that a mutation was made
 * before, or else `endedAt`: records have no times. `times` in their order. Never throws for what stands in the files.
 */
export function readHistory(
  { directory, nonce, end, keys, mirror }: JournalHistory,
  times: readonly KnownTime[],
  endedAt: Date,
  count: number,
): Mutation[] {
  const looks = new Looks(times.length);
  for (const { position, time } of times) looks.note(position, time.getTime());
  const [nonceLow, nonceHigh] = nonce;
  const recorded = readLastMutations({ directory, nonceLow, nonceHigh, end, keys, looks, count });
  return describeMutations(recorded, {
    mirror,
    crashedAt: endedAt,
    redacted: [],
    bytesMax: Number.POSITIVE_INFINITY,
    nodesMax: NODES_MAX,
  });
}
