/** What is timed on a guarded state. */
import type { Loop, LoopLength } from './measure.ts';

export interface GuardedLoop {
  readonly name: string;
  /** One operation, as it stands in an app. */
  readonly code: string;
  readonly length: LoopLength;
  /** Where it asks about something that has nothing to do with the journal. */
  readonly mappedOnly?: boolean;
  readonly initial: () => object;
  readonly open: (state: object) => Loop | Promise<Loop>;
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

type Ten = Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j', number>;

/** A segment of the journal holds 52,000 of the shortest records: each batch pays for one. */
const BATCH = 60_000;
const FLAT: Flat = { counter: 0, ratio: 0, label: '' };
const TEN: Ten = { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0, h: 0, i: 0, j: 0 };

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
  {
    name: 'ten writes',
    code: 'ten numbers assigned to ten properties',
    length: { batch: BATCH / 10 },
    mappedOnly: true,
    initial: () => TEN,
    open: (state) => openTen(state as Ten),
  },
  {
    name: 'ten writes, transaction',
    code: 'transaction(state, () => …), the same ten assignments in it',
    length: { batch: BATCH / 10 },
    mappedOnly: true,
    initial: () => TEN,
    open: (state) => openTransaction(state as Ten),
  },
  {
    name: 'counter, snapshotted',
    code: 'state.counter = i, after a snapshot(state)',
    length: { batch: BATCH },
    mappedOnly: true,
    initial: () => FLAT,
    open: (state) => openSnapshotted(state as Flat),
  },
  {
    name: 'counter, subscribed',
    code: 'state.counter = i, with a subscriber, who is told once a batch',
    length: { batch: BATCH },
    mappedOnly: true,
    initial: () => FLAT,
    open: (state) => openSubscribed(state as Flat),
  },
  {
    name: 'counter, awaiting',
    code: 'state.counter = i; await settled',
    length: { batch: BATCH },
    mappedOnly: true,
    initial: () => FLAT,
    open: (state) => openAwaiting(state as Flat),
  },
  {
    name: 'counter, subscribed, awaiting',
    code: 'state.counter = i; await settled, with a subscriber, who is told each time',
    length: { batch: BATCH },
    mappedOnly: true,
    initial: () => FLAT,
    open: async (state) => {
      const subscribed = await openSubscribed(state as Flat);
      return { ...openAwaiting(state as Flat), close: () => subscribed.close?.() };
    },
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

function assignTen(state: Ten, i: number): void {
  state.a = i;
  state.b = i;
  state.c = i;
  state.d = i;
  state.e = i;
  state.f = i;
  state.g = i;
  state.h = i;
  state.i = i;
  state.j = i;
}

function openTen(state: Ten): Loop {
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) assignTen(state, i);
    },
  };
}

// The library is loaded by whoever guards with it, never by a peer: it would have it in its heap.

async function openTransaction(state: Ten): Promise<Loop> {
  const { transaction } = await import('@faultguard/core');
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) transaction(state, () => assignTen(state, i));
    },
  };
}

async function openSnapshotted(state: Flat): Promise<Loop> {
  const { snapshot } = await import('@faultguard/core');
  snapshot(state);
  return openCounter(state);
}

async function openSubscribed(state: Flat): Promise<Loop> {
  const { subscribe } = await import('@faultguard/core');
  let toldCount = 0;
  subscribe(state, () => toldCount++);
  return {
    ...openCounter(state),
    close() {
      if (toldCount === 0) throw new Error('The subscriber has not been told.');
    },
  };
}

const SETTLED: Promise<void> = Promise.resolve();

function openAwaiting(state: Flat): Loop {
  return {
    async run(from, count) {
      for (let i = from; i < from + count; i++) {
        state.counter = i;
        await SETTLED;
      }
    },
  };
}
