import { numberOf, runChild } from '../child-process.ts';
import { formatNumber, formatRange } from '../report.ts';
import { ROW_BYTES } from '../rows.ts';
import { medianRatio, summarize } from '../statistics.ts';
import { wantRatio } from '../targets.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/assigned-tree.ts', import.meta.url);
const ROUNDS = 7;
const ROWS = 200_000;
const BASE = 'structuredClone';
const WAYS: ReadonlyMap<string, string> = new Map([
  ['guarded', 'state.rows = tree'],
  [BASE, 'structuredClone(tree)'],
  ['JSON', 'JSON.parse(JSON.stringify(tree))'],
  ['mobx', 'state.rows = tree'],
  ['valtio', 'state.rows = tree'],
]);

export const treeCost: Question = {
  name: 'tree-cost',
  async ask() {
    const ms = new Map<string, number[]>([...WAYS.keys()].map((way) => [way, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, values] of ms) {
        values.push(numberOf(await runChild(PROCESS, { args: [ROWS, way] }), 'ms'));
      }
    }
    const base = ms.get(BASE) as number[];
    return {
      question: 'What does it cost to assign a large tree?',
      method: [
        `Milliseconds until a tree of ${ROWS.toLocaleString('en-US')} objects of five properties, ` +
          `${ROW_BYTES} bytes of JSON each, has been taken in: once, in a process that has done nothing of the ` +
          `kind before; ${ROUNDS} processes each, taking turns. Guarded, it is copied and in the journal by then.`,
      ],
      table: {
        columns: ['how', 'operation', 'ms', 'from – to', `÷ ${BASE}`],
        rows: [...ms].map(([way, values]) => {
          const { median, lowest, highest } = summarize(values);
          return [
            way,
            `\`${WAYS.get(way)}\``,
            formatNumber(median),
            formatRange(lowest, highest),
            formatNumber(medianRatio(values, base)),
          ];
        }),
      },
      plots: [
        {
          kind: 'bars',
          name: 'tree-cost',
          title: 'Assigning 200,000 objects: milliseconds',
          labels: ['how', 'operation'],
          values: ['ms'],
          unit: 'ms',
        },
      ],
      slower: [
        'A large tree is copied, checked value by value and put into the journal as a whole, which `structuredClone` does only the first of.',
      ],
      targets: [wantRatio('assigning 200,000 objects', ms.get('guarded') as number[], base, 3, BASE)],
      figures: Object.fromEntries(ms),
    };
  },
};
