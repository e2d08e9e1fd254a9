/** All or nothing: for a reader of the journal, and for the app when something throws. */
import { beforeAll, describe, expect, test } from 'vitest';
import { UnguardableValueError } from '../../src/errors.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

beforeAll(() => guardBuiltins());

describe.each(memoryKinds)('with the %s journal', (kind) => {
  function open(initial: object = { n: 0, list: [1, 2, 3], bag: { a: 1, b: 2, c: 3 } }) {
    const journal = openJournalInDirectory({ kind });
    const state: any = journal.graph.setRoot(initial);
    return {
      state,
      transaction: <Result>(run: () => Result) => runTransaction(journal.graph, run),
      mirrored: () => describeGraph(journal.replay().root),
      journal,
    };
  }

  test('a reader sees nothing of it until it is over, and then all of it', () => {
    const { state, transaction, mirrored } = open();
    const before = describeGraph(state);
    transaction(() => {
      state.n = 1;
      state.list.push({ x: 1 });
      delete state.bag;
      expect(mirrored()).toBe(before);
    });
    expect(describeGraph(state)).not.toBe(before);
    expect(mirrored()).toBe(describeGraph(state));
  });

  test('what throws leaves everything as it was, identities and order too', () => {
    const { state, transaction, mirrored } = open();
    const { bag, list } = state;
    const before = describeGraph(state);
    const failure = new Error('no');
    expect(() =>
      transaction(() => {
        state.n = 1;
        delete bag.a;
        delete state.bag;
        state.list = [];
        list.splice(0, 2, 'x', 'y', 'z');
        list.sort();
        throw failure;
      }),
    ).toThrow(failure);
    expect(describeGraph(state)).toBe(before);
    expect(state.bag).toBe(bag);
    expect(state.list).toBe(list);
    expect(mirrored()).toBe(before);
    state.bag.works = true;
    expect(mirrored()).toBe(describeGraph(state));
  });

  test('the inner one that throws takes back its own part alone', () => {
    const { state, transaction, mirrored } = open();
    transaction(() => {
      state.n = 1;
      expect(() =>
        transaction(() => {
          state.n = 2;
          state.list.length = 0;
          throw new Error('inner');
        }),
      ).toThrow('inner');
      expect([state.n, state.list.length]).toEqual([1, 3]);
      transaction(() => state.list.push(4));
    });
    expect(state).toEqual({ n: 1, list: [1, 2, 3, 4], bag: { a: 1, b: 2, c: 3 } });
    expect(mirrored()).toBe(describeGraph(state));
  });

  test('the outer one that throws takes back what inner ones have done', () => {
    const { state, transaction, mirrored } = open();
    const before = describeGraph(state);
    expect(() =>
      transaction(() => {
        transaction(() => state.list.push(4));
        throw new Error('outer');
      }),
    ).toThrow('outer');
    expect(describeGraph(state)).toBe(before);
    expect(mirrored()).toBe(before);
  });

  test('it returns what the function returns', () => {
    const { transaction } = open();
    expect(transaction(() => 7)).toBe(7);
  });

  test('what leaves and comes back in it, in inner ones too, has its place again', () => {
    const [one, two] = [Symbol.for('one'), Symbol.for('two')];
    const { state, transaction, mirrored } = open({
      map: new Map<unknown, unknown>([
        ['a', { n: 1 }],
        [{ key: 1 }, 2],
        ['c', 3],
      ]),
      set: new Set<unknown>(['a', { n: 1 }, 'c']),
      bag: Object.defineProperty({ a: 1, b: { n: 2 }, c: 3, [one]: 1 }, two, { value: 2 }),
      list: Object.assign([1, { n: 2 }, 3], { name: 'x', other: 'y' }),
    });
    const before = describeGraph(state);
    const failure = new Error('no');
    const change = (round: number): void => {
      const { map, set, bag, list } = state;
      const [, key] = map.keys();
      map.set('new', round);
      map.delete('a');
      map.set('a', round).set(key, { round });
      map.delete(key);
      set.delete('a');
      set.add({ round }).add('a');
      delete bag.a;
      bag.a = { round };
      bag.c = round;
      delete bag.c;
      Object.defineProperty(bag, 'c', { value: round, writable: true, configurable: true });
      delete bag.b;
      delete list.name;
      delete list[1];
      list.name = round;
      list.push(round);
    };
    for (let round = 0; round < 3; round++) {
      expect(() =>
        transaction(() => {
          change(0);
          const between = describeGraph(state);
          expect(() =>
            transaction(() => {
              state.map.clear();
              state.set.clear();
              change(1);
              transaction(() => change(2));
              throw failure;
            }),
          ).toThrow(failure);
          expect(describeGraph(state)).toBe(between);
          transaction(() => state.map.clear());
          change(3);
          throw failure;
        }),
      ).toThrow(failure);
      expect(describeGraph(state)).toBe(before);
      expect(mirrored()).toBe(before);
    }
  });

  test('an asynchronous function is refused, and nothing of it is kept', async () => {
    const { state, transaction, mirrored } = open();
    const before = describeGraph(state);
    expect(() => transaction(async () => void (state.n = 1))).toThrow(TypeError);
    expect(() =>
      transaction(() => {
        state.n = 2;
        return Promise.resolve();
      }),
    ).toThrow(/cannot be asynchronous/);
    expect(describeGraph(state)).toBe(before);
    expect(mirrored()).toBe(before);
  });

  test('a value that is refused in the middle can be caught, and the rest counts', () => {
    const { state, transaction, mirrored } = open();
    transaction(() => {
      state.n = 1;
      expect(() => state.list.push(4, () => {})).toThrow(UnguardableValueError);
      state.bag.d = 4;
    });
    expect(state).toEqual({ n: 1, list: [1, 2, 3], bag: { a: 1, b: 2, c: 3, d: 4 } });
    expect(mirrored()).toBe(describeGraph(state));
  });

  test.each<[string, (state: any) => void]>([
    ['freezing', ({ bag }) => Object.freeze(bag)],
    ['sealing', ({ list }) => Object.seal(list)],
    ['a constant property', ({ bag }) => Object.defineProperty(bag, 'x', { value: 1 })],
    ['deleting from what is closed', ({ closed }) => delete closed.x],
  ])('what cannot be taken back is refused: %s', (_, attempt) => {
    const { state, transaction, mirrored } = open({
      list: [1],
      bag: { a: 1 },
      closed: Object.preventExtensions({ x: 1 }),
    });
    const before = describeGraph(state);
    expect(() => transaction(() => attempt(state))).toThrow(/cannot be undone/);
    expect(describeGraph(state)).toBe(before);
    expect(mirrored()).toBe(before);
  });

  test('one that is larger than the journal is whole', () => {
    const journal = openJournalInDirectory({ kind, sizeBytesMax: 2 * 1024 * 1024 });
    const state: any = journal.graph.setRoot({ list: [] });
    runTransaction(journal.graph, () => {
      for (let k = 0; k < 200_000; k++) state.list.push(k + 0.5);
      expect((journal.replay().root as any).list.length).toBe(0);
    });
    expect(journal.warnings).toEqual([]);
    expect((journal.replay().root as any).list.length).toBe(200_000);
  });

  test('elements of typed arrays are taken back too', () => {
    const { state, transaction } = open({
      small: new Uint8Array([1, 2, 3]),
      large: new Float64Array(10_000),
    });
    expect(() =>
      transaction(() => {
        state.small[0] = 99;
        state.large.fill(7);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([...state.small]).toEqual([1, 2, 3]);
    expect(state.large.every((element: number) => element === 0)).toBe(true);
    transaction(() => (state.small[0] = 5));
    expect(state.small[0]).toBe(5);
  });

  test('the memory of values that a transaction has let go of is free', () => {
    const { state, transaction, journal } = open();
    const nodes = () => journal.graph.attachedCount;
    const before = nodes();
    for (let round = 0; round < 50; round++) {
      expect(() =>
        transaction(() => {
          state.list.push({ deep: [{}, {}] });
          throw new Error('no');
        }),
      ).toThrow('no');
    }
    expect(nodes()).toBe(before);
  });

  test.each<[string, (n: number) => object, (value: any) => void]>([
    [
      'entries of a Map',
      (n) => new Map(Array.from({ length: n }, (_, k) => [k, k])),
      (map) => {
        for (const key of map.keys()) map.delete(key);
      },
    ],
    [
      'members of a Set',
      (n) => new Set(Array.from({ length: n }, (_, k) => k)),
      (set) => {
        for (const member of set) set.delete(member);
      },
    ],
    [
      'properties',
      (n) => Object.fromEntries(Array.from({ length: n }, (_, k) => [`key ${k}`, k])),
      (bag) => {
        for (const key of Object.keys(bag)) delete bag[key];
      },
    ],
  ])('twenty thousand deletions are made and taken back in no time: %s', (_, make, empty) => {
    const { state, transaction, mirrored } = open({ value: make(20_000) });
    const before = describeGraph(state);
    const beganMs = performance.now();
    expect(() =>
      transaction(() => {
        empty(state.value);
        throw new Error('no');
      }),
    ).toThrow('no');
    // With the square of their number it was minutes, and all memory.
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(describeGraph(state)).toBe(before);
    expect(mirrored()).toBe(before);
  });

  test('what fails near the end of the stack is taken back too, at the latest with the code that runs', async () => {
    const { state, transaction, mirrored } = open({ list: [1, 2, 3], bag: { a: 1 } });
    const before = describeGraph(state);
    const failure = new Error('no');
    const attempt = (): void =>
      transaction(() => {
        state.bag.b = { deep: [1] };
        state.list.splice(0, 2);
        delete state.bag.a;
        throw failure;
      });
    const fallTo = (depth: number): void => (depth === 0 ? attempt() : fallTo(depth - 1));
    let deepest = 100;
    for (let thrown: unknown = failure; thrown === failure; deepest += 100) {
      try {
        fallTo(deepest);
      } catch (error) {
        thrown = error;
      }
      await Promise.resolve();
    }
    for (let depth = deepest - 400; depth < deepest; depth++) {
      expect(() => fallTo(depth)).toThrow(/no|call stack/);
      await Promise.resolve();
      expect(describeGraph(state)).toBe(before);
    }
    state.after = true;
    expect(mirrored()).toBe(describeGraph(state));
  });
});
