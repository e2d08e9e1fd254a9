import { numberOf, runChild } from '../child-process.ts';
import { type Answer, formatNumber, formatRange, type Target } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import { wantAtMost, wantRatio } from '../targets.ts';
import { type ScreenKind, screenKinds, type ScreenShape } from '../react/screens.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/react-screen.ts', import.meta.url);
const ROUNDS = 7;
const SHAPES: readonly ScreenShape[] = ['cells', 'rows'];
const RIVALS: readonly ScreenKind[] = ['zustand', 'valtio'];
const NAMES: Readonly<Record<ScreenKind, string>> = {
  setter: '`useGuardedState`, by its setter',
  mutation: '`useGuardedState`, `state.rows[i].n = x`',
  zustand: 'zustand, a selector each',
  valtio: 'valtio, `useSnapshot` of the row',
};
const RENDERS_WANTED = 1;
const RATIO_HIGHEST = 1.5;

export const reactUpdate: Question = {
  name: 'react-update',
  async ask() {
    const us = new Map<string, number[]>();
    const renders = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const shape of SHAPES) {
        for (const kind of screenKinds) {
          const facts = await runChild(PROCESS, { args: [kind, shape] });
          const key = `${kind}, ${shape}`;
          us.set(key, [...(us.get(key) ?? []), numberOf(facts, 'us')]);
          renders.set(key, Math.max(renders.get(key) ?? 0, numberOf(facts, 'renders')));
        }
      }
    }
    return answer(us, renders);
  },
};

function answer(us: ReadonlyMap<string, readonly number[]>, renders: ReadonlyMap<string, number>): Answer {
  const of = (kind: ScreenKind, shape: ScreenShape): readonly number[] =>
    us.get(`${kind}, ${shape}`) as readonly number[];
  const rendersOf = (kind: ScreenKind, shape: ScreenShape): number =>
    renders.get(`${kind}, ${shape}`) as number;
  return {
    question: 'What does one change cost a screen of 1,000 components?',
    method: [
      'A thousand memoized components on one state, on a screen of react-dom under happy-dom, React in production; each ' +
        'shows its own number. Microseconds from a change of one of them until it is in the document, with all that is ' +
        `done at the end of the run of code. ${ROUNDS} processes each, which took turns, each warmed up; the table has their ` +
        'medians, and the lowest and highest of them. ' +
        '"Cells" is an array of numbers, "rows" an array of objects. zustand copies the array for each change, valtio subscribes each component to its ' +
        'row (of cells, to the array: there is nothing smaller). A guarded change is in the journal as well.',
    ],
    table: {
      columns: ['state', 'how', 'µs', 'from – to', '÷ zustand', 'renders'],
      rows: SHAPES.flatMap((shape) =>
        screenKinds.map((kind) => {
          const { median, lowest, highest } = summarize(of(kind, shape));
          return [
            shape,
            NAMES[kind],
            formatNumber(median),
            formatRange(lowest, highest),
            formatNumber(medianRatio(of(kind, shape), of('zustand', shape))),
            formatNumber(rendersOf(kind, shape)),
          ];
        }),
      ),
    },
    plots: [
      {
        kind: 'bars',
        name: 'react-update',
        title: 'One change among 1,000 components: microseconds',
        labels: ['state', 'how'],
        values: ['µs'],
        unit: 'µs',
      },
    ],
    slower: [
      'valtio and zustand tell React alone. A guarded change is in the journal first, and the screen takes its value from an immutable snapshot, of which each changed object and list is made anew.',
    ],
    targets: SHAPES.flatMap((shape) => findTargets(shape, of, rendersOf)),
    figures: { us: Object.fromEntries(us), renders: Object.fromEntries(renders) },
  };
}

type Of<Value> = (kind: ScreenKind, shape: ScreenShape) => Value;

function findTargets(shape: ScreenShape, of: Of<readonly number[]>, rendersOf: Of<number>): Target[] {
  const renders = Math.max(rendersOf('setter', shape), rendersOf('mutation', shape));
  const targets = [
    wantAtMost(`react: renders for one change, ${shape}`, renders, RENDERS_WANTED, 'of 1,000'),
  ];
  for (const rival of RIVALS) {
    for (const kind of ['setter', 'mutation'] as const) {
      const what = `react: one change, ${shape}, by ${kind}`;
      targets.push(wantRatio(what, of(kind, shape), of(rival, shape), RATIO_HIGHEST, rival));
    }
  }
  return targets;
}
