/** What is timed on a guarded state, on the same state without guard, and on those of other libraries. */
import type { Loop } from './measure.ts';
import { createRow, type Row } from './rows.ts';
import type { StateKind } from './state-kinds.ts';

export interface StateLoop {
  readonly name: string;
  /** As it stands in an app. */
  readonly code: string;
  /** The states that it is timed on, and the operations between two looks at the clock on each. */
  readonly batches: Readonly<Partial<Record<StateKind, number>>>;
  readonly initial: () => object;
  readonly open: (state: object) => Loop;
}

interface Nested {
  a: { b: { c: number } };
}

interface WithRows {
  rows: Row[];
}

interface WithList {
  list: number[];
}

interface WithMap {
  map: Map<string, number>;
}

interface WithTrace {
  trace: Float64Array;
}

const ROW_COUNT = 100_000;

export const readLoops: readonly StateLoop[] = [
  {
    name: 'nested',
    code: 'sum += state.a.b.c',
    batches: {
      guarded: 200_000,
      plain: 200_000,
      'deep proxy': 200_000,
      mobx: 200_000,
      valtio: 200_000,
    },
    initial: (): Nested => ({ a: { b: { c: 1 } } }),
    open: (state) => openNested(state as Nested),
  },
  {
    name: 'iterate',
    code: 'for (const row of state.rows) sum += row.value, 100,000 objects: each',
    batches: {
      guarded: ROW_COUNT,
      plain: ROW_COUNT,
      'deep proxy': ROW_COUNT,
      mobx: ROW_COUNT,
      valtio: ROW_COUNT,
    },
    initial: (): WithRows => ({ rows: Array.from({ length: ROW_COUNT }, (_, id) => createRow(id)) }),
    open: (state) => openRows(state as WithRows),
  },
];

const SORTED_COUNT = 100_000;
/** Of the Map. A power of two, so that the loop can wrap with a mask. */
const KEY_COUNT = 1024;
/** 512 KiB: stays in the processor's cache. */
const TRACE_LENGTH = 65_536;

export const collectionLoops: readonly StateLoop[] = [
  {
    name: 'push and shift at 1,000',
    code: 'state.list.push(i + 0.5), state.list.shift(), 1,000 numbers there: each',
    batches: { guarded: 2000, plain: 20_000, mobx: 2000, valtio: 20 },
    initial: () => createList(1000),
    open: (state) => openQueue(state as WithList),
  },
  {
    name: 'push and shift at 1,000,000',
    code: 'state.list.push(i + 0.5), state.list.shift(), 1,000,000 numbers there: each',
    batches: { guarded: 200, plain: 200, mobx: 200, valtio: 2 },
    initial: () => createList(1_000_000),
    open: (state) => openQueue(state as WithList),
  },
  {
    name: 'sort',
    code: 'state.list.sort((a, b) => a - b), 100,000 random numbers: each number',
    batches: { guarded: SORTED_COUNT, plain: SORTED_COUNT, mobx: SORTED_COUNT, valtio: SORTED_COUNT },
    initial: (): WithList => ({ list: [] }),
    open: (state) => openSort(state as WithList),
  },
  {
    name: 'Map set',
    code: 'state.map.set(keys[i], i), one of 1,024 keys that are there',
    batches: { guarded: 50_000, plain: 500_000, 'plain, guarded app': 200_000, mobx: 50_000 },
    initial: createMap,
    open: (state) => openMapSet(state as WithMap),
  },
  {
    name: 'Map get',
    code: 'sum += state.map.get(keys[i]), one of 1,024 keys',
    batches: { guarded: 200_000, plain: 500_000, 'plain, guarded app': 500_000, mobx: 200_000 },
    initial: createMap,
    open: (state) => openMapGet(state as WithMap),
  },
  {
    name: 'typed array',
    code: 'trace[i] = x, const { trace } = state, a Float64Array of 65,536',
    batches: { guarded: 16 * TRACE_LENGTH, plain: 16 * TRACE_LENGTH },
    initial: (): WithTrace => ({ trace: new Float64Array(TRACE_LENGTH) }),
    open: (state) => openTrace(state as WithTrace),
  },
];

function openNested(state: Nested): Loop {
  let sum = 0;
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) sum += state.a.b.c;
    },
    close: () => checkSum(sum),
  };
}

function openRows(state: WithRows): Loop {
  let sum = 0;
  return {
    run() {
      for (const row of state.rows) sum += row.value;
    },
    close: () => checkSum(sum),
  };
}

function createList(length: number): WithList {
  return { list: Array.from({ length }, (_, index) => index + 0.5) };
}

/** Every other operation is a push: the list stays as long as it is. */
function openQueue(state: WithList): Loop {
  return {
    run(from, count) {
      for (let i = from; i < from + count; i += 2) {
        state.list.push(i + 0.5);
        state.list.shift();
      }
    },
  };
}

function openSort(state: WithList): Loop {
  const numbers = createRandomNumbers(SORTED_COUNT);
  const rewind = (): void => {
    state.list = numbers.slice();
  };
  rewind();
  return {
    run() {
      state.list.sort((a, b) => a - b);
    },
    rewind,
  };
}

/** The same in every process: xorshift32 (Marsaglia, 2003), as fractions of one. */
function createRandomNumbers(length: number): number[] {
  let x = 0x9e3779b9;
  return Array.from({ length }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  });
}

function createKeys(): string[] {
  return Array.from({ length: KEY_COUNT }, (_, index) => `key ${index}`);
}

function createMap(): WithMap {
  return { map: new Map(createKeys().map((key, index) => [key, index])) };
}

function openMapSet(state: WithMap): Loop {
  const keys = createKeys();
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.map.set(keys[i & (KEY_COUNT - 1)] as string, i);
    },
    close() {
      if (state.map.size !== KEY_COUNT) throw new Error('A key has been added.');
    },
  };
}

function openMapGet(state: WithMap): Loop {
  const keys = createKeys();
  let sum = 0;
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++)
        sum += state.map.get(keys[i & (KEY_COUNT - 1)] as string) ?? 0;
    },
    close: () => checkSum(sum),
  };
}

/** The loops stand in `run` itself: V8 leaves one that was inlined into its middle tier, 7 times slower. */
function openTrace(state: WithTrace): Loop {
  const { trace } = state;
  return {
    run(from, count) {
      for (let done = 0; done < count; done += trace.length) {
        const offset = from + done + 0.5;
        for (let i = 0; i < trace.length; i++) trace[i] = offset + i;
      }
    },
    close: () => checkSum(trace[0] as number),
  };
}

/** What has been read is used: nothing of a loop may be left out. */
function checkSum(sum: number): void {
  if (!(sum > 0)) throw new Error('The loop has done nothing.');
}
