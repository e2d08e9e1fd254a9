/** Loops on several kinds of states, each in processes of its own that take turns, and the table of them. */
import { numberOf, runChild } from './child-process.ts';
import { formatNumber, formatRange, type Table } from './report.ts';
import type { StateKind } from './state-kinds.ts';
import type { StateLoop } from './state-loops.ts';
import { medianRatio, summarize } from './statistics.ts';

const PROCESS = new URL('./processes/state-loop.ts', import.meta.url);
const ROUNDS = 5;
/** A process that takes longer has its turn in the first round only: nothing is near a target there. */
const SLOW_MS = 5000;

/** Nanoseconds of each round, by loop and kind of state. */
export class StateTimes {
  readonly #loops: readonly StateLoop[];
  readonly #rounds: number;
  readonly #ns: Map<string, number[]> = new Map();

  constructor(loops: readonly StateLoop[], rounds: number = ROUNDS) {
    this.#loops = loops;
    this.#rounds = rounds;
  }

  async measure(): Promise<void> {
    const slow = new Set<string>();
    for (let round = 0; round < this.#rounds; round++) {
      for (const { name, kind, key } of this.#lines()) {
        if (slow.has(key)) continue;
        const startedAt = performance.now();
        const ns = numberOf(await runChild(PROCESS, { args: [name, kind] }), 'ns');
        if (performance.now() - startedAt > SLOW_MS) slow.add(key);
        this.#ns.set(key, [...(this.#ns.get(key) ?? []), ns]);
      }
    }
  }

  of(name: string, kind: StateKind): readonly number[] {
    return this.#ns.get(keyOf(name, kind)) as readonly number[];
  }

  /** With the ratio to the state of kind `base`, in the same round. */
  tabulate(base: StateKind): Table {
    return {
      columns: ['operation', 'state', 'ns', 'from – to', `÷ ${base}`],
      rows: this.#lines().map(({ name, code, kind }) => {
        const values = this.of(name, kind);
        const { median, lowest, highest } = summarize(values);
        const ratio = medianRatio(values, this.of(name, base));
        return [`\`${code}\``, kind, formatNumber(median), formatRange(lowest, highest), formatNumber(ratio)];
      }),
    };
  }

  get figures(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#ns);
  }

  #lines(): { name: string; code: string; kind: StateKind; key: string }[] {
    return this.#loops.flatMap(({ name, code, batches }) =>
      (Object.keys(batches) as StateKind[]).map((kind) => ({ name, code, kind, key: keyOf(name, kind) })),
    );
  }
}

function keyOf(name: string, kind: StateKind): string {
  return `${name}, ${kind}`;
}
