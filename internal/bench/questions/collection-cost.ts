import { collectionLoops } from '../state-loops.ts';
import { wantNs, wantRatio } from '../targets.ts';
import { StateTimes } from '../time-states.ts';
import type { Question } from './question.ts';

const BASE = 'plain';
/** Of one push or shift, and of one look into a Map or change of it. */
const QUEUE_NS_MAX = 1000;
const MAP_NS_MAX = 150;
/** "About the same", with room for a list that does not fit into the processor's cache. */
const QUEUE_GROWTH_MAX = 1.5;

const SMALL_QUEUE = 'push and shift at 1,000';
const LARGE_QUEUE = 'push and shift at 1,000,000';

export const collectionCost: Question = {
  name: 'collection-cost',
  async ask() {
    const times = new StateTimes(collectionLoops);
    await times.measure();
    const guarded = (name: string) => times.of(name, 'guarded');
    return {
      question: 'What do lists, Maps and typed arrays cost?',
      method: [
        'Measured like the writes, in the app, while the guardian reads along; guarded with the mapped journal. ' +
          'A process that takes more than some seconds has had one turn instead of five.',
        '"plain, guarded app" is a Map that is not part of the state: methods that change builtins are replaced ' +
          'in the whole process.',
        'V8 moves all elements of a plain list for each `shift` when the list is larger than some ten thousand ' +
          'elements. The list is put in disorder between two sorts, off the clock.',
      ],
      table: times.tabulate(BASE),
      plots: [
        {
          kind: 'bars',
          name: 'collection-cost',
          title: 'Lists, Maps and typed arrays: nanoseconds',
          labels: ['operation', 'state'],
          values: ['ns'],
          unit: 'ns, logarithmic',
          scale: 'logarithmic',
        },
      ],
      targets: [
        wantNs(SMALL_QUEUE, guarded(SMALL_QUEUE), QUEUE_NS_MAX),
        wantNs(LARGE_QUEUE, guarded(LARGE_QUEUE), QUEUE_NS_MAX),
        wantRatio(
          'push and shift at 1,000,000 against 1,000',
          guarded(LARGE_QUEUE),
          guarded(SMALL_QUEUE),
          QUEUE_GROWTH_MAX,
        ),
        wantRatio('sort of 100,000 numbers', guarded('sort'), times.of('sort', BASE), 2, BASE),
        wantNs('Map set', guarded('Map set'), MAP_NS_MAX),
        wantNs('Map get', guarded('Map get'), MAP_NS_MAX),
        wantRatio(
          'element of a typed array',
          guarded('typed array'),
          times.of('typed array', BASE),
          1.1,
          BASE,
        ),
      ],
      figures: times.figures,
    };
  },
};
