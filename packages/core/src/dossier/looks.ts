/**
 * When the guardian had read how much of the journal: the only clock that mutations have, since a record has no time.
 *
 * A ring of fixed size. A look costs two stores; the app pays nothing.
 */
import type { JournalTime } from '../autosave/journal-times.ts';
import { bytesAt, positionAt } from '../journal/position.ts';
import type { JournalPosition } from '../journal/reader.ts';

export class Looks {
  readonly #timesMs: Float64Array;
  /** In bytes of journal since the session began. */
  readonly #ends: Float64Array;
  #count = 0;

  /** `capacity`: looks that are remembered. */
  constructor(capacity: number) {
    this.#timesMs = new Float64Array(Math.max(capacity, 1));
    this.#ends = new Float64Array(this.#timesMs.length);
  }

  /** Everything up to `reached` has been read by now. */
  note(reached: JournalPosition, nowMs: number): void {
    const at = this.#count++ % this.#ends.length;
    this.#timesMs[at] = nowMs;
    this.#ends[at] = bytesAt(reached);
  }

  /** The time of the first look at or behind a position. Undefined: nobody has looked since. */
  timeOf(position: JournalPosition): number | undefined {
    const wanted = bytesAt(position);
    const { length } = this.#ends;
    let low = Math.max(0, this.#count - length);
    let high = this.#count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#ends[middle % length] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low === this.#count ? undefined : this.#timesMs[low % length];
  }

  /** Where the last, the second to last, the fourth to last… look ended, as far as they are remembered. */
  *backwards(): Generator<JournalPosition> {
    const { length } = this.#ends;
    const remembered = Math.min(this.#count, length);
    for (let back = 1; back <= remembered; back *= 2) {
      const bytes = this.#ends[(this.#count - back) % length] as number;
      yield positionAt(bytes);
    }
  }
}

/** As a guardian has noted them beside its journal. `times` in their order. */
export function looksAt(times: readonly JournalTime[]): Looks {
  const looks = new Looks(times.length);
  for (const { position, time } of times) looks.note(position, time.getTime());
  return looks;
}
