import { numberOf, runChild } from '../child-process.ts';
import { formatNumber, formatRange } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import { wantRatio } from '../targets.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/react-server.ts', import.meta.url);
const ROUNDS = 7;
const KINDS = ['useState', 'guarded'] as const;
const NAMES = { useState: '`useState(record[name])`', guarded: '`useGuardedState(name, 0)`' } as const;
const RATIO_HIGHEST = 1.2;

export const reactServer: Question = {
  name: 'react-server',
  async ask() {
    const ns: Record<(typeof KINDS)[number], number[]> = { useState: [], guarded: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of KINDS) ns[kind].push(numberOf(await runChild(PROCESS, { args: [kind] }), 'ns'));
    }
    return {
      question: 'What does a hook cost on the server?',
      method: [
        'Milliseconds of `renderToString` for a form of a thousand fields, a component with one hook, a label and an input ' +
          'each, React in production; the value is that of a record of a thousand properties, plain or guarded. ' +
          `${ROUNDS} processes each, which took turns.`,
      ],
      table: {
        columns: ['hook', 'ms', 'from – to', '÷ useState'],
        rows: KINDS.map((kind) => {
          const { median, lowest, highest } = summarize(ns[kind].map((value) => value / 1e6));
          const ratio = medianRatio(ns[kind], ns.useState);
          return [NAMES[kind], formatNumber(median), formatRange(lowest, highest), formatNumber(ratio)];
        }),
      },
      plots: [
        {
          kind: 'bars',
          name: 'react-server',
          title: '1,000 hooks on the server: milliseconds',
          labels: ['hook'],
          values: ['ms'],
          unit: 'ms',
        },
      ],
      targets: [
        wantRatio('react: 1,000 hooks on the server', ns.guarded, ns.useState, RATIO_HIGHEST, '`useState`'),
      ],
      figures: ns,
    };
  },
};
