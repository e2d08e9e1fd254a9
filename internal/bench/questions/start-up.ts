import { numberOf, startChild } from '../child-process.ts';
import { formatNumber, formatRange } from '../report.ts';
import { summarize } from '../statistics.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/starting-app.mjs', import.meta.url);
const RUNS = 15;
const BASE = 'plain';
const NAMES = [BASE, 'mapped', 'written'];

export const startUp: Question = {
  name: 'start-up',
  async ask() {
    const ms = new Map<string, number[]>(NAMES.map((name) => [name, []]));
    for (let run = 0; run < RUNS; run++) {
      for (const name of NAMES) ms.get(name)?.push(await timeLaunch(name));
    }
    const plainMs = summarize(ms.get(BASE) as number[]).median;
    return {
      question: 'How much later does the app begin?',
      method: [
        `Milliseconds from \`spawn\` of the script until \`launch\` runs; ${RUNS} runs each, taking turns. ` +
          '"plain" is the same file, which then does not load faultguard. Guarded, two processes start one ' +
          'after the other: no guarded script can begin before twice the plain time.',
      ],
      table: {
        columns: ['start', 'median', 'from – to', 'later by', '÷ plain'],
        rows: [...ms].map(([name, values]) => {
          const { median, lowest, highest } = summarize(values);
          return [
            name === BASE ? name : `guarded, ${name} journal`,
            formatNumber(median),
            formatRange(lowest, highest),
            name === BASE ? '' : formatNumber(median - plainMs),
            formatNumber(median / plainMs),
          ];
        }),
      },
      plots: [
        {
          kind: 'bars',
          name: 'start-up',
          title: 'From spawn until the app runs: milliseconds',
          labels: ['start'],
          values: ['median'],
          unit: 'ms',
        },
      ],
      slower: [
        'Two processes of Node start one after the other. `attach()` starts the guardian beside the app, which does not wait for it.',
      ],
      targets: [],
      figures: Object.fromEntries(ms),
    };
  },
};

async function timeLaunch(name: string): Promise<number> {
  const child = startChild(PROCESS, { args: [name] });
  return (numberOf(await child.ended, 'launchedAtNs') - child.startedAtNs) / 1e6;
}
