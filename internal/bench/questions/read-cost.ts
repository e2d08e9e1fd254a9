import { readLoops } from '../state-loops.ts';
import { wantRatio } from '../targets.ts';
import { StateTimes } from '../time-states.ts';
import type { Question } from './question.ts';

const BASE = 'deep proxy';

export const readCost: Question = {
  name: 'read-cost',
  async ask() {
    const times = new StateTimes(readLoops);
    await times.measure();
    const want = (what: string, name: string, highest: number) =>
      wantRatio(what, times.of(name, 'guarded'), times.of(name, BASE), highest, `a bare ${BASE}`);
    return {
      question: 'What does one read cost?',
      method: [
        'Measured like the writes. "deep proxy" is the least that a library with nested proxies does: a `get` ' +
          'trap that hands out cached proxies and nothing else.',
      ],
      table: times.tabulate(BASE),
      plots: [
        {
          kind: 'bars',
          name: 'read-cost',
          title: 'Reading: nanoseconds',
          labels: ['operation', 'state'],
          values: ['ns'],
          unit: 'ns',
        },
      ],
      slower: [
        'Reading through a proxy costs more than reading an object; `snapshot(state)` hands out plain ones for code that reads much.',
      ],
      targets: [
        want('read: state.a.b.c', 'nested', 1.5),
        want('read: for…of over 100,000 objects', 'iterate', 3),
      ],
      figures: times.figures,
    };
  },
};
