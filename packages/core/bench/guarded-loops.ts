/** What is timed on a guarded state. */
import type { Loop, LoopLength } from './measure.ts';

export interface GuardedLoop {
  readonly name: string;
  /** One operation, as it stands in an app. */
  readonly code: string;
  readonly length: LoopLength;
  readonly initial: () => object;
  readonly open: (state: object) => Loop;
}

interface Flat {
  counter: number;
  ratio: number;
  label: string;
}

interface Nested {
  a: { b: { c: number } };
}

interface WithList {
  list: number[];
}

/** A segment of the journal holds 52,000 of the shortest records: each batch pays for one. */
const BATCH = 60_000;
const FLAT: Flat = { counter: 0, ratio: 0, label: '' };

export const guardedLoops: readonly GuardedLoop[] = [
  {
    name: 'counter',
    code: 'state.counter = i',
    length: { batch: BATCH },
    initial: () => FLAT,
    open: (state) => openCounter(state as Flat),
  },
  {
    name: 'counter, sustained',
    code: 'state.counter = i, 20,000,000 times without a pause',
    length: { batch: BATCH, total: 20_000_000 },
    initial: () => FLAT,
    open: (state) => openCounter(state as Flat),
  },
  {
    name: 'float',
    code: 'state.ratio = i + 0.5',
    length: { batch: BATCH },
    initial: () => FLAT,
    open: (state) => openRatio(state as Flat),
  },
  {
    name: 'string',
    code: 'state.label = labels[i] (20 characters)',
    length: { batch: BATCH },
    initial: () => FLAT,
    open: (state) => openLabel(state as Flat),
  },
  {
    name: 'nested',
    code: 'state.a.b.c = i',
    length: { batch: BATCH },
    initial: (): Nested => ({ a: { b: { c: 0 } } }),
    open: (state) => openNested(state as Nested),
  },
  {
    name: 'push at 1,000',
    code: 'state.list.push(i + 0.5), 1,000 numbers there',
    length: { batch: 1000 },
    initial: () => createList(1000),
    open: (state) => openList(state as WithList),
  },
  {
    name: 'push at 1,000,000',
    code: 'state.list.push(i + 0.5), 1,000,000 numbers there',
    length: { batch: 1000 },
    initial: () => createList(1_000_000),
    open: (state) => openList(state as WithList),
  },
];

function openCounter(state: Flat): Loop {
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.counter = i;
    },
  };
}

function openRatio(state: Flat): Loop {
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.ratio = i + 0.5;
    },
  };
}

/** A power of two, so that the loop can wrap with a mask. */
const LABEL_COUNT = 4096;

function openLabel(state: Flat): Loop {
  // Out of a buffer a string is flat; put together with `+` it would be flattened on the clock.
  const labels = Array.from({ length: LABEL_COUNT }, (_, index) =>
    Buffer.from(`label ${index}`.padEnd(20, '.')).toString('latin1'),
  );
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.label = labels[i & (LABEL_COUNT - 1)] as string;
    },
  };
}

function openNested(state: Nested): Loop {
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.a.b.c = i;
    },
  };
}

function createList(length: number): WithList {
  return { list: Array.from({ length }, (_, index) => index + 0.5) };
}

function openList(state: WithList): Loop {
  const { length } = state.list;
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.list.push(i + 0.5);
    },
    rewind() {
      state.list.length = length;
    },
  };
}
