import { numberOf, runChild } from '../child-process.ts';
import { formatNumber, formatRange } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/read-loop.ts', import.meta.url);
const ROUNDS = 3;
const BASE = 'deep proxy';
const NAMES = ['guarded', 'plain', BASE, 'mobx', 'valtio'];

export const readCost: Question = {
  name: 'read-cost',
  async ask() {
    const ns = new Map<string, number[]>(NAMES.map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of NAMES) {
        ns.get(name)?.push(numberOf(await runChild(PROCESS, { args: [name] }), 'ns'));
      }
    }
    const base = ns.get(BASE) as number[];
    return {
      question: 'What does one read cost?',
      method: [
        '`sum += state.a.b.c`, measured like the writes. "deep proxy" is the least that a library with nested ' +
          'proxies does: a `get` trap that hands out cached proxies and nothing else.',
      ],
      table: {
        columns: ['state', 'ns', 'from – to', '÷ deep proxy'],
        rows: [...ns].map(([name, values]) => {
          const { median, lowest, highest } = summarize(values);
          return [
            name,
            formatNumber(median),
            formatRange(lowest, highest),
            formatNumber(medianRatio(values, base)),
          ];
        }),
      },
      targets: [],
      figures: Object.fromEntries(ns),
    };
  },
};
