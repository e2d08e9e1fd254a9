/**
 * A mutation can be cut off at any call: by a stack overflow that the app catches, or by the time limit of
 * `vm`, which runs no `finally`. The state goes on as it then is, and the mirror becomes the same again.
 */
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { memoryKinds, openJournalInDirectory, replayJournal } from '../fixtures/journal-in-directory.ts';

const loops: Record<string, (state: any) => void> = {
  'setting numbers': (state) => {
    for (let n = 0; ; n++) state.n = n;
  },
  'pushing and cutting': (state) => {
    for (;;) {
      state.list.push(1);
      if (state.list.length > 50) state.list.length = 0;
    }
  },
  'setting objects': (state) => {
    for (;;) state.o = { a: { b: [1, 2] } };
  },
  'splicing objects': (state) => {
    for (;;) {
      state.list.unshift({ n: 1 }, state.o);
      if (state.list.length > 20) state.list.splice(3, 15);
    }
  },
  'new keys': (state) => {
    for (let n = 0; ; n++) {
      state.bag[`key ${n}`] = n;
      if (n % 100 === 0) state.bag = {};
    }
  },
};

describe.each(memoryKinds)('with the %s journal', (kind) => {
  test.each(Object.entries(loops))('%s until the time is up', (_, loop) => {
    const journal = openJournalInDirectory({ kind, sizeBytesMax: 1024 * 1024 * 1024 });
    const state: any = journal.graph.setRoot({ n: 0, list: [], o: {}, bag: {} });
    const script = new Script("globalThis[Symbol.for('test.loop')]()");
    Reflect.set(globalThis, Symbol.for('test.loop'), () => loop(state));
    for (let round = 0; round < 40; round++) {
      expect(() => script.runInThisContext({ timeout: 2 + (round % 3) })).toThrow(/timed out/);
    }
    state.after = { list: [state.o] };
    expect(journal.warnings).toEqual([]);
    const { root, failure } = replayJournal(journal.directory);
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(describeGraph(state));
  });

  test.each<[string, (state: any, depth: number) => void]>([
    ['setting', (state, depth) => (state.n = depth)],
    ['pushing objects', (state, depth) => state.list.push({ depth, more: [{}] })],
    ['replacing objects', (state, depth) => (state.o = { depth, list: [state.list.length] })],
    [
      'splicing',
      (state, depth) => state.list.splice(0, state.list.length, { depth }, 'x'.repeat(depth % 3000)),
    ],
  ])('%s down to the end of the stack', (_, change) => {
    const journal = openJournalInDirectory({ kind, sizeBytesMax: 1024 * 1024 * 1024 });
    const state: any = journal.graph.setRoot({ n: 0, list: [], o: {} });
    const descend = (depth: number): void => {
      if (depth % 50 === 0 || depth > 5000) change(state, depth);
      descend(depth + 1);
    };
    for (let round = 0; round < 20; round++) {
      expect(() => descend(0)).toThrow(RangeError);
      state.list.length = 0;
      state.round = { round };
    }
    expect(journal.warnings).toEqual([]);
    const { root, failure } = replayJournal(journal.directory);
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(describeGraph(state));
  });
});

test.each<[string, (list: any[]) => void]>([
  ['splice', (list) => list.splice(shrinking(list, 5) as number, 0, 'x')],
  ['splice by its count', (list) => list.splice(0, shrinking(list, 3) as number, 'x')],
  ['fill', (list) => list.fill('x', 0, shrinking(list, 4) as number)],
  ['copyWithin', (list) => list.copyWithin(0, shrinking(list, 2) as number)],
  ['the end of copyWithin', (list) => list.copyWithin(0, 1, shrinking(list, 4) as number)],
])('an argument of %s that changes the array while it becomes a number', (_, change) => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ list: [1, 2, 3, 4, 5, 6] });
  change(state.list);
  state.list.push('after');
  const { root, failure } = journal.replay();
  expect(failure).toBeUndefined();
  expect(describeGraph(root)).toBe(describeGraph(state));
});

function shrinking(list: unknown[], value: number): unknown {
  return {
    valueOf() {
      list.length = 1;
      return value;
    },
  };
}

test('a trap of a foreign proxy may change the state while the proxy is refused', () => {
  const journal = openJournalInDirectory();
  const state: any = journal.graph.setRoot({ n: 0, list: [{ a: 1 }], shared: { b: 1 } });
  const detached = state.list.pop();
  const evil = new Proxy(
    {},
    {
      getPrototypeOf() {
        state.n++;
        state.list.push(detached, { c: state.shared });
        return Object.prototype;
      },
    },
  );
  const { shared } = state;
  for (let round = 0; round < 5; round++) {
    expect(() => (state.value = [{ a: shared }, detached, evil])).toThrow(/a Proxy cannot be guarded/);
    delete state.shared;
    state.shared = shared;
    expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
  }
  expect([state.n, state.list.length, state.value]).toEqual([5, 10, undefined]);
});
