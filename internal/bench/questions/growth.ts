import type { LinePlot } from '../charts.ts';
import { type Growth, growthLoops, growths, nameAt, SIZES } from '../growth-loops.ts';
import { formatNumber, type Table } from '../report.ts';
import type { StateKind } from '../state-kinds.ts';
import { median } from '../statistics.ts';
import { wantRatio } from '../targets.ts';
import { StateTimes } from '../time-states.ts';
import type { Question } from './question.ts';

const ROUNDS = 3;
/** "About the same", with room for a state that does not fit into the processor's cache. */
const PUSH_GROWTH_MAX = 1.25;
const NAMES: Partial<Record<string, string>> = {
  guarded: 'faultguard (guarded)',
  plain: 'plain, in memory',
};

export const growth: Question = {
  name: 'growth',
  async ask() {
    const times = new StateTimes(growthLoops, ROUNDS);
    await times.measure();
    const largest = SIZES.at(-1) as number;
    return {
      question: 'How does the cost of one change grow with the state?',
      method: [
        `Nanoseconds for one change of a state of 1,000 to 1,000,000 objects, numbers or entries of a Map; measured like the ` +
          `writes, the median of up to ${ROUNDS} processes each. Every change is in another place than the one before, so that from ` +
          "100,000 on most of them miss the processor's cache: that is what grows on a plain object too. " +
          '"JSON file" is the state written to a temporary file and renamed after each change, without fsync.',
      ],
      table: tabulate(times),
      plots: growths.filter(({ name }) => name !== 'file').map((one) => plot(one, times)),
      slower: [
        'A change in a random place of a million guarded objects waits for the memory: the proxy, its target and the node lie in three places, and the guardian has as far to go in its copy. Of a plain object there is one place.',
      ],
      targets: [
        wantRatio(
          'push at 1,000,000 against 1,000, one after the other',
          times.of(nameAt('push', largest), 'guarded'),
          times.of(nameAt('push', SIZES[0]), 'guarded'),
          PUSH_GROWTH_MAX,
        ),
      ],
      figures: times.figures,
    };
  },
};

function nsOf(times: StateTimes, name: string, kind: StateKind): number[] {
  return SIZES.map((size) => median(times.of(nameAt(name, size), kind)));
}

function tabulate(times: StateTimes): Table {
  return {
    columns: ['change', 'state', ...SIZES.map((size) => size.toLocaleString('en-US'))],
    rows: growths.flatMap(({ name, code, batches }) =>
      (Object.keys(batches) as StateKind[]).map((kind) =>
        [`\`${code}\``, name === 'file' ? 'JSON file' : kind].concat(
          nsOf(times, name, kind).map(formatNumber),
        ),
      ),
    ),
  };
}

function plot({ name, code, batches }: Growth, times: StateTimes): LinePlot {
  const line = (label: string, of: string, kind: StateKind) => ({
    label,
    points: nsOf(times, of, kind).map((ns, index) => [SIZES[index] as number, ns] as const),
  });
  return {
    kind: 'lines',
    name: `growth-${name.toLowerCase().replaceAll(' ', '-')}`,
    title: `${code}, as the state grows`,
    across: 'size of the state',
    unit: 'ns',
    lines: [
      ...(Object.keys(batches) as StateKind[]).map((kind) => line(NAMES[kind] ?? kind, name, kind)),
      line('JSON file', 'file', 'plain'),
    ],
  };
}
