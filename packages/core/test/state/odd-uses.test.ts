/**
 * Odd uses that a guarded value has to stand like a plain one: code that runs in the middle of a method, properties
 * named like methods, prototypes that others have changed. Each has once made a difference.
 */
import { runInNewContext, Script } from 'node:vm';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { registerClass, registerCustom } from '../../src/classes/registry.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { takeSnapshot } from '../../src/state/snapshot.ts';
import { nodeOf, type TrackedNode } from '../../src/state/tracked-node.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

class Echo extends Array<unknown> {
  calls = 0;
  override push(...items: unknown[]): number {
    this.calls++;
    return super.push(...items, 'echo');
  }
  override splice(): unknown[] {
    throw new Error('not for others');
  }
}

class Growing extends ArrayBuffer {
  override resize(sizeBytes = 0): void {
    super.resize(sizeBytes + 1);
  }
}

/** The order of its Map changes when it is read. */
class Recent {
  #entries = new Map<unknown, unknown>();
  set(key: unknown, value: unknown): void {
    this.#entries.set(key, value);
  }
  get(key: unknown): unknown {
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }
  get count(): number {
    return this.#entries.size;
  }
  /** A getter that changes something. */
  get oldest(): unknown {
    const [key] = this.#entries.keys();
    this.#entries.delete(key);
    return key;
  }
  static from(entries: Map<unknown, unknown>): Recent {
    const recent = new Recent();
    for (const [key, value] of entries) recent.set(key, value);
    return recent;
  }
  static entriesOf(recent: Recent): Map<unknown, unknown> {
    return new Map(recent.#entries);
  }
}

beforeAll(() => {
  guardBuiltins();
  for (const type of [Echo, Growing]) registerClass(type);
  registerCustom(
    {
      isApplicable: (value): value is Recent => value instanceof Recent,
      serialize: (recent) => Recent.entriesOf(recent),
      deserialize: (entries) => Recent.from(entries),
    },
    'Recent',
  );
});

afterEach(() => {
  delete (Object.prototype as any).polluted;
});

/** An argument that runs code when it is made a number or text. */
function during(run: () => void, value: unknown = 0): any {
  return { valueOf: () => (run(), value), toString: () => (run(), String(value)) };
}

const cases: Record<string, [make: () => any, use: (value: any) => unknown]> = {
  'a comparing function that makes the array shorter': [
    () => [3, 1, 2],
    (list) => list.sort((a: number, b: number) => ((list.length = 0), a - b)),
  ],
  'a comparing function that closes the array': [
    () => [3, 1, 2],
    (list) => list.sort((a: number, b: number) => (Object.preventExtensions(list), a - b)),
  ],
  'a comparing function that freezes the array': [
    () => [3, 1, 2],
    (list) => list.sort((a: number, b: number) => (Object.freeze(list), a - b)),
  ],
  'a comparing function that makes an element read-only': [
    () => [3, 1, 2],
    (list) =>
      list.sort((a: number, b: number) => (Object.defineProperty(list, 0, { writable: false }), a - b)),
  ],
  'fill with an argument that seals': [
    () => [1, 2],
    (list) =>
      list.fill(
        0,
        during(() => Object.seal(list)),
      ),
  ],
  'fill with an argument that freezes': [
    () => [1, 2],
    (list) =>
      list.fill(
        0,
        during(() => Object.freeze(list)),
      ),
  ],
  'copyWithin with an argument that freezes': [
    () => [1, 2, 3],
    (list) =>
      list.copyWithin(
        0,
        during(() => Object.freeze(list), 1),
      ),
  ],
  'splice with an argument that freezes': [
    () => [1, 2, 3],
    (list) =>
      list.splice(
        during(() => Object.freeze(list)),
        1,
      ),
  ],
  'copyWithin with an argument that makes the array shorter': [
    () => [0, 1, 2, 3, 4, 5],
    (list) =>
      list.copyWithin(
        0,
        during(() => (list.length = 2), 4),
      ),
  ],
  'copyWithin with an argument that makes the array longer': [
    () => [0, 1, 2],
    (list) =>
      list.copyWithin(
        during(() => list.push(3, 4), 1),
        0,
      ),
  ],
  'fill with an argument that makes the array shorter': [
    () => [0, 1, 2, 3],
    (list) =>
      list.fill(
        9,
        during(() => (list.length = 1), 2),
      ),
  ],
  'splice with an argument that makes the array shorter': [
    () => [0, 1, 2, 3],
    (list) =>
      list.splice(
        1,
        during(() => (list.length = 2), 2),
        { n: 9 },
      ),
  ],
  'splice with an argument that makes the array longer': [
    () => [0, 1, 2, 3],
    (list) =>
      list.splice(
        during(() => list.push(4, 5), -1),
        1,
      ),
  ],
  'a comparing function that makes the array longer': [
    () => [3, 1, 2],
    (list) => list.sort((a: number, b: number) => (list.push({ n: a }), a - b)),
  ],
  'a comparing function that takes elements out': [
    () => Object.assign([3, 1], { 3: 2, 4: undefined }),
    (list) => list.sort((a: number, b: number) => (list.shift(), a - b)),
  ],
  'a length that freezes the array when it is made a number': [
    () => [1, 2, 3],
    (list) => (list.length = during(() => Object.freeze(list))),
  ],
  'a length that makes length constant': [
    () => [1, 2, 3],
    (list) => (list.length = during(() => Object.defineProperty(list, 'length', { writable: false }))),
  ],
  'an element named push': [
    () => Object.assign([1], { push: 5 }),
    (list) => {
      list[1] = 2;
      Array.prototype.push.call(list, 3, 4);
      return list.length;
    },
  ],
  'elements named splice and shift': [
    () => Object.assign([1, 2, 3], { splice: 5, shift: 6, slice: 7 }),
    (list) => [
      Array.prototype.shift.call(list),
      Array.prototype.unshift.call(list, 7, 8),
      list.pop(),
      list.unshift(9, {}),
    ],
  ],
  'a property named constructor': [
    () => Object.assign([3, 1, 2], { constructor: 5 }),
    (list) => {
      list.unshift(9);
      list.push(1, 2);
      list.fill(0, 1, 2);
      list.sort();
      list.copyWithin(0, 2);
      list.pop();
      list.length = 3;
      return list.length;
    },
  ],
  'a subclass with methods of its own': [
    () => Echo.from([1]),
    (list) => {
      list.push(2);
      list[3] = 4;
      list.pop();
      list.sort();
      return list.length;
    },
  ],
  'a resizable buffer with a method of its own': [
    () => new Growing(2, { maxByteLength: 100 }),
    (buffer) => {
      buffer.resize(5);
      return buffer.byteLength;
    },
  ],
  'an empty array that cannot be extended': [
    () => ({ list: Object.preventExtensions([]) }),
    (value) => {
      const { list } = value;
      delete value.list;
      value.moved = list;
      list.length = 3;
      return Object.getOwnPropertyDescriptor(list, 'length');
    },
  ],
  'one object in many places of an array that is not ordinary': [
    () => Object.defineProperty([1, 2, 3], 0, { enumerable: false }),
    (list) => {
      const [one, two, three] = [{ n: 1 }, { n: 2 }, { n: 3 }];
      // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- one object in many places is the point
      list.fill({ n: 0 }, 1);
      list.push(one, one);
      list.unshift([two], two);
      list.splice(1, 1, three, [three]);
      return list.length;
    },
  ],
  'an empty sealed array': [() => Object.seal([]), (list) => (list.length = 2)],
  'a view that cannot be extended': [
    () => Object.preventExtensions(new Uint8Array(3)),
    (view) => (view[0] = 7),
  ],
  'a frozen expression': [() => Object.freeze(/x/g), (expression) => expression.test('y')],
  'the prototype of all objects with a constant': [
    () => ({}),
    (value) => {
      pollute({ value: 1 });
      value.polluted = 5;
    },
  ],
  'the prototype of all objects with a setter': [
    () => ({}),
    (value) => {
      pollute({
        set(this: any, next: unknown) {
          this.own = next;
        },
      });
      value.polluted = 5;
      return Object.keys(value);
    },
  ],
  'a URL set to what is another text each time': [
    () => new URL('http://host/'),
    (url) => {
      let n = 0;
      url.hash = { toString: () => `n${n++}` };
      url.searchParams.append({ toString: () => `k${n++}` }, { toString: () => `v${n++}` });
      return url.href;
    },
  ],
  'a boxed text with odd properties': [
    () => Object.assign(Object('abc'), { '-1': 1, '1.5': 2, '': 3 }),
    (text) => Object.keys(text),
  ],
  'an expression whose matches are replaced by code that looks at it': [
    () => Object.assign(/a/g, { lastIndex: 2 }),
    (expression) => {
      const seen: number[] = [];
      const replaced = 'aba'.replace(expression, () => {
        seen.push(expression.lastIndex);
        return 'x';
      });
      return [replaced, seen, expression.lastIndex];
    },
  ],
  'an expression whose replacing code throws': [
    () => Object.assign(/a/g, { lastIndex: 2 }),
    (expression) => {
      try {
        'aba'.replace(expression, () => {
          throw new Error('no');
        });
      } catch {
        // What is left behind counts.
      }
      return expression.lastIndex;
    },
  ],
  'a queue that is walked through while it is used': [
    () => Array.from({ length: 20_000 }, (_, index) => index),
    (list) => {
      const seen: unknown[] = [];
      for (const item of list) {
        seen.push(item);
        list.shift();
        if (seen.length > 5) list.push('more');
        if (seen.length === 10) break;
      }
      return [seen, list.length, list[0], list.at(-1), list.indexOf(15), 3 in list];
    },
  ],
  'a queue that is looked at in every way': [
    () => Array.from({ length: 20_000 }, (_, index) => ({ index })),
    (list) => {
      list.shift();
      const keys = Object.keys(list).length;
      list.shift();
      const has = 19_998 in list;
      list.shift();
      const descriptor = Object.getOwnPropertyDescriptor(list, 0);
      list.shift();
      delete list[0];
      list.shift();
      list[0] = 'first';
      list.shift();
      list.length = 10;
      return [keys, has, Object.keys(descriptor as object), JSON.stringify(list)];
    },
  ],
  'a custom value that reading changes': [
    () =>
      Recent.from(
        new Map([
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ]),
      ),
    (recent) => [recent.get('a'), recent.oldest, recent.count],
  ],
};

function pollute(descriptor: PropertyDescriptor): void {
  // oxlint-disable-next-line eslint/no-extend-native -- what others may have done is the point
  Object.defineProperty(Object.prototype, 'polluted', { ...descriptor, configurable: true });
}

/** What a use has returned or thrown. */
function outcomeOf(use: () => unknown): string {
  try {
    return describeGraph(use());
  } catch (error) {
    return `threw ${(error as Error).name}`;
  }
}

test.each(Object.entries(cases))('%s', (_, [make, use]) => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ value: make() });
  const twin = { value: make() };
  const outcome = outcomeOf(() => use(state.value));
  delete (Object.prototype as any).polluted;
  expect(outcome).toBe(outcomeOf(() => use(twin.value)));
  delete (Object.prototype as any).polluted;
  state.later = 'whole';
  const { root, failure } = journal.replay();
  expect(failure).toBeUndefined();
  expect(describeGraph(root)).toBe(describeGraph(state));
  delete state.later;
  expect(describeGraph(state)).toBe(describeGraph(twin));
});

describe('a transaction that fails puts back', () => {
  const taken: Record<string, [make: () => any, use: (value: any) => unknown]> = {
    'an array with an element that is fixed': [
      () => Object.defineProperty([1, 2, 3], 0, { configurable: false }),
      (list) => [list.pop(), (list.length = 2)],
    ],
    'an element that was read-only': [
      () => Object.defineProperty([1, 2], 1, { writable: false }),
      (list) => (list.length = 0),
    ],
    'the order of symbols': [
      () => ({ [Symbol.for('a')]: 1, [Symbol.for('b')]: 2, [Symbol.for('c')]: 3 }),
      (value) => delete value[Symbol.for('a')],
    ],
    'bytes of an inner one': [() => new Uint8Array([1, 2]), (bytes) => (bytes[0] = 9)],
    'a Map with objects as keys': [
      () =>
        new Map<unknown, unknown>([
          [{ k: 1 }, { v: 1 }],
          ['b', 2],
          [{ k: 3 }, 3],
        ]),
      (map) => {
        const [first] = map.keys();
        map.delete(first);
        map.set({ k: 4 }, 4).set('b', {});
        map.clear();
      },
    ],
    'a Set': [
      () => new Set<unknown>([{ m: 1 }, 2, 3]),
      (set) => {
        const [first] = set;
        set.delete(first);
        set.add({ m: 4 }).delete(3);
      },
    ],
    'a custom value': [
      () =>
        Recent.from(
          new Map([
            ['a', 1],
            ['b', 2],
          ]),
        ),
      (recent) => recent.get('a'),
    ],
    'dates, addresses and expressions': [
      () => [new Date(5), new URL('http://host/?a=1'), new URLSearchParams('a=1'), /x/g],
      ([date, url, params, expression]) => {
        date.setFullYear(1999);
        url.searchParams.set('a', '2');
        url.pathname = '/p';
        params.append('b', '2');
        expression.test('xx');
      },
    ],
  };

  test.each(Object.entries(taken))('%s', (_, [make, use]) => {
    const journal = openJournalInDirectory();
    const state: any = journal.graph.setRoot({ value: make() });
    const before = describeGraph(state);
    const aborted = new Error('no');
    expect(() =>
      runTransaction(journal.graph, () => {
        // An inner one, of which the outer one knows nothing in the end.
        expect(() =>
          runTransaction(journal.graph, () => {
            use(state.value);
            throw aborted;
          }),
        ).toThrow(aborted);
        expect(describeGraph(state)).toBe(before);
        use(state.value);
        throw aborted;
      }),
    ).toThrow(aborted);
    expect(describeGraph(state)).toBe(before);
    const { root, failure } = journal.replay();
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(before);
  });

  test.each<[string, () => any, (value: any) => unknown]>([
    ['a fixed property that becomes read-only', () => Object.seal({ a: 1 }), (value) => Object.freeze(value)],
    [
      'a constant length',
      () => [1, 2, 3],
      (list) => Object.defineProperty(list, 'length', { value: 1, writable: false }),
    ],
    [
      'a property before one that cannot be moved',
      () => Object.defineProperty({ a: 1, b: 2 }, 'c', { value: 3 }),
      (value) => delete value.a,
    ],
  ])('nothing of what is refused: %s', (_, make, use) => {
    const journal = openJournalInDirectory();
    const state: any = journal.graph.setRoot({ value: make() });
    const before = describeGraph(state);
    runTransaction(journal.graph, () => expect(() => use(state.value)).toThrow(/cannot be undone/));
    expect(describeGraph(state)).toBe(before);
    expect(describeGraph(journal.replay().root)).toBe(before);
  });
});

test('a custom value whose new content is refused is as it was', () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ recent: Recent.from(new Map([['a', 1]])) });
  expect(() => state.recent.set('b', Symbol('nobody knows'))).toThrow(/a symbol that is not registered/);
  expect(state.recent.count).toBe(1);
  state.recent.set('c', 3);
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test('an object that a match replaces as lastIndex is held by nothing any more', () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ expression: /x/g });
  const before = journal.graph.attachedCount;
  for (let round = 0; round < 3; round++) {
    state.expression.lastIndex = [1];
    expect(state.expression.test('axax')).toBe(true);
    expect(journal.graph.attachedCount).toBe(before);
  }
  state.expression.lastIndex = [2];
  expect(() =>
    runTransaction(journal.graph, () => {
      state.expression.test('no');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(state.expression.lastIndex).toEqual([2]);
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test('arrays of a length in the billions take no time', { timeout: 5000 }, () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ list: [] });
  state.list.length = 4_000_000_000;
  state.list[3_999_999_999] = { last: true };
  const { list } = state;
  delete state.list;
  state.again = list;
  list.length = 1;
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test('a revoked proxy, a trap that throws and a typed array of another realm are refused with their paths', () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({});
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('trap');
      },
    },
  );
  for (const value of [proxy, throwing, runInNewContext('new Uint8Array(2)')]) {
    expect(() => (state.x = { deep: value })).toThrow(/^state\.x\.deep: /);
  }
  expect(state).toEqual({});
});

/** Each time it is copied it does something to the state. */
class Meddler {
  static meddle: () => void = () => {};
  readonly content: unknown;
  constructor(content: unknown) {
    this.content = content;
  }
}
registerCustom(
  {
    isApplicable: (value): value is Meddler => value instanceof Meddler,
    serialize(meddler) {
      Meddler.meddle();
      return meddler.content;
    },
    deserialize: (content) => new Meddler(content),
  },
  'Meddler',
);

describe('code that changes the state while a value is taken in', () => {
  test.each<[string, (state: any, graph: Parameters<typeof runTransaction>[0]) => void]>([
    ['a counter', (state) => state.count++],
    ['a new object under a new key', (state) => (state[`key ${state.count++}`] = { deep: [{}] })],
    ['what is being assigned to', (state) => (state.x = { other: true })],
    ['a transaction', (state, graph) => runTransaction(graph, () => state.count++)],
    [
      'a transaction that fails',
      (state, graph) => {
        try {
          runTransaction(graph, () => {
            state.count++;
            throw new Error('no');
          });
        } catch {
          // Nothing has happened.
        }
      },
    ],
  ])('%s', (_, meddle) => {
    const journal = openJournalInDirectory();
    const state: any = journal.graph.setRoot({ count: 0 });
    Meddler.meddle = () => meddle(state, journal.graph);
    state.x = { before: { x: 1 }, meddler: new Meddler({ z: 1 }), behind: [{}] };
    state.list = [new Meddler(1), { a: Array.from({ length: 30_000 }, (_, n) => ({ n })) }, new Meddler(2)];
    runTransaction(journal.graph, () => state.list.push(new Meddler(3), {}));
    Meddler.meddle = () => {};
    state.later = { still: 'right' };
    const { root, failure } = journal.replay();
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(describeGraph(state));
  });
});

test('a transaction that is cut off by a time limit ends with the code that runs', async () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ n: 0 });
  const global = globalThis as any;
  global.cutOff = () =>
    runTransaction(journal.graph, () => {
      state.half = { done: true };
      for (;;);
    });
  expect(() => new Script('cutOff()').runInThisContext({ timeout: 20 })).toThrow(/timed out/);
  delete global.cutOff;
  state.after = 1;
  await Promise.resolve();
  expect(journal.graph.undo).toBeUndefined();
  runTransaction(journal.graph, () => (state.second = 2));
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test('to assign to a setter does not call its getter', () => {
  class Plain {
    reads = 0;
    get balance(): number {
      return this.reads++;
    }
    set balance(value: number) {
      (this as any).last = value;
    }
  }
  registerClass(Plain);
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ account: new Plain() });
  state.account.balance = 5;
  expect({ ...state.account }).toEqual({ reads: 0, last: 5 });
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test.each<[string, () => any]>([
  ['a named property', () => Object.assign([1, 2, 3], { name: 'x' })],
  ['a hidden element', () => Object.defineProperty([1, 2, 3], 0, { enumerable: false })],
])('what is refused in the middle of a call changes nothing of an array with %s', (_, make) => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ list: make() });
  const before = describeGraph(state);
  for (const item of [() => {}, Symbol('nobody knows'), { f() {} }]) {
    for (const method of ['push', 'unshift'] as const) {
      expect(() => Reflect.apply((Array.prototype as any)[method], state.list, [])).not.toThrow();
      expect(() => state.list[method](1, item, 2)).toThrow(TypeError);
    }
    expect(() => Reflect.apply(state.list.splice, state.list, [0, 1, 5, item])).toThrow(TypeError);
    expect(describeGraph(state)).toBe(before);
  }
});

test('snapshots keep the properties of boxed primitives and expressions', () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({
    boxed: Object.assign(Object(5), { a: 1, valueOf: 2 }),
    expression: Object.assign(/x/, { a: 1 }),
  });
  const before: any = takeSnapshot(nodeOf(state) as TrackedNode);
  expect([before.boxed.a, before.expression.a]).toEqual([1, 1]);
  state.boxed.a = 2;
  const after: any = takeSnapshot(nodeOf(state) as TrackedNode);
  expect([after.boxed.a, before.boxed.a, after.expression === before.expression]).toEqual([2, 1, true]);
});

describe('a value of more than 256 KiB whose last part', () => {
  test.each<[string, () => unknown]>([
    ['is a Date', () => new Date(5)],
    ['is a typed array', () => new Uint8Array(3)],
    ['is an expression', () => /x/],
    ['is empty', () => ({})],
    ['is a boxed primitive', () => Object(1)],
  ])('%s is whole', (_, last) => {
    const journal = openJournalInDirectory();
    const state: any = journal.graph.setRoot({ text: 'x'.repeat(300_000), last: last() });
    state.again = { text: 'y'.repeat(300_000), deep: { text: 'z'.repeat(400_000) }, last: last() };
    state.again.text = 'short';
    state.later = [{ text: 'x'.repeat(1_100_000) }, last()];
    const { root, failure } = journal.replay();
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(describeGraph(state));
  });
});
