/** Snapshots are immutable, share what has not changed, and are the same object when nothing has. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { takeSnapshot, watch } from '../../src/state/snapshot.ts';
import { nodeOf, type TrackedNode } from '../../src/state/tracked-node.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';
import { Money, Registry, registerTestClasses } from '../fixtures/random-values.ts';

beforeAll(() => {
  guardBuiltins();
  registerTestClasses();
});

function open(initial: object) {
  const journal = openJournalInDirectory();
  return { state: journal.graph.setRoot(initial) as any, graph: journal.graph };
}

const snapshot = (value: object): any => takeSnapshot(nodeOf(value) as TrackedNode);

describe('a snapshot', () => {
  test('is the same object until something changes, and shares what has not', () => {
    const { state } = open({ a: { x: 1 }, b: { deep: { y: 1 } }, list: [{ z: 1 }] });
    const before = snapshot(state);
    expect(snapshot(state)).toBe(before);
    state.b.deep.y = 2;
    const after = snapshot(state);
    expect(after).not.toBe(before);
    expect(after.b).not.toBe(before.b);
    expect(after.a).toBe(before.a);
    expect(after.list).toBe(before.list);
    expect(before.b.deep.y).toBe(1);
    expect(snapshot(state.list)).toBe(after.list);
  });

  test('is the same again when a change has been taken back', () => {
    const { state, graph } = open({ a: { x: 1 } });
    const before = snapshot(state);
    state.a.x = 2;
    state.a.x = 1;
    expect(snapshot(state)).toBe(before);
    expect(() =>
      runTransaction(graph, () => {
        delete state.a;
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(snapshot(state)).toBe(before);
  });

  test('does not change for what has left its subtree', () => {
    const { state } = open({ a: { child: { x: 1 } }, b: {} });
    const { child } = state.a;
    snapshot(state);
    state.b.child = child;
    delete state.a.child;
    const before = snapshot(state);
    child.x = 2;
    expect(snapshot(state).a).toBe(before.a);
    expect(snapshot(state).b.child.x).toBe(2);
  });

  test('keeps cycles and aliases', () => {
    const shared = { n: 1 };
    const { state } = open({ one: shared, two: [shared], map: new Map() });
    state.self = state;
    state.map.set(state.one, state.map);
    const copy = snapshot(state);
    expect(copy.self).toBe(copy);
    expect(copy.two[0]).toBe(copy.one);
    expect(copy.map.get(copy.one)).toBe(copy.map);
    state.one.n = 2;
    expect([copy.one.n, snapshot(state).two[0].n]).toEqual([1, 2]);
  });

  test('of a chain 100,000 deep is one', () => {
    let chain: object = {};
    for (let depth = 0; depth < 100_000; depth++) chain = { chain };
    const { state } = open({ chain });
    const before = snapshot(state);
    state.chain.chain.x = 1;
    expect(snapshot(state)).not.toBe(before);
  });

  test.each<[string, () => object, (value: any) => unknown]>([
    ['an object', () => ({ x: 1 }), (value) => (value.x = 2)],
    ['an array', () => [1], (value) => value.push(2)],
    ['a Map', () => new Map([[1, 2]]), (value) => value.set(3, 4)],
    ['a Map, by its prototype', () => new Map(), (value) => Map.prototype.set.call(value, 3, 4)],
    ['a Map that loses an entry', () => new Map([[1, 2]]), (value) => value.delete(1)],
    ['a Map that is emptied', () => new Map([[1, 2]]), (value) => value.clear()],
    ['a field of a Map', () => new Registry(), (value) => (value.label = 'x')],
    ['a Set', () => new Set([1]), (value) => value.add(2)],
    ['a Set that loses a member', () => new Set([1]), (value) => value.delete(1)],
    ['a Date', () => new Date(0), (value) => value.setTime(1)],
    ['a URL', () => new URL('http://host/'), (value) => (value.hash = 'x')],
    [
      'the parameters of a URL',
      () => new URL('http://host/'),
      (value) => value.searchParams.append('a', 'b'),
    ],
    ['URLSearchParams', () => new URLSearchParams('a=1'), (value) => value.sort()],
    ['an Error', () => new Error('x'), (value) => (value.message = 'y')],
    ['a RegExp', () => /x/g, (value) => (value.lastIndex = 1)],
  ])('cannot be changed: %s', (_, make, change) => {
    const { state } = open({ value: make() });
    const copy = snapshot(state);
    const before = describeGraph(copy);
    // The language's words, or ours: an error of our own making would be a TypeError too.
    expect(() => change(copy.value)).toThrow(
      /^Cannot (?:change a snapshot|assign to read only|add property|set property)/,
    );
    expect(describeGraph(copy)).toBe(before);
  });

  test('can be cloned and looked at as what it is', () => {
    const { state } = open({ map: new Map([['k', new Set([1])]]), at: new Date(5), list: [1, { x: 1 }] });
    const clone = structuredClone(snapshot(state));
    expect(clone).toEqual({ map: new Map([['k', new Set([1])]]), at: new Date(5), list: [1, { x: 1 }] });
  });

  test('has bytes of its own, looked at anew each time', () => {
    const { state } = open({ trace: new Float64Array([1, 2]), other: {} });
    const before = snapshot(state);
    expect(snapshot(state)).toBe(before);
    state.trace[0] = 9;
    expect(before.trace[0]).toBe(1);
    const after = snapshot(state);
    expect(after.trace[0]).toBe(9);
    expect(after.other).toBe(before.other);
    after.trace[1] = 100;
    expect(state.trace[1]).toBe(2);
  });

  test('has a copy of a custom value', () => {
    const { state } = open({ money: new Money(5) });
    const before = snapshot(state);
    state.money.add(1);
    expect([before.money.cents, snapshot(state).money.cents]).toEqual([5, 6]);
  });
});

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('snapshots hold no buffer that has left the state', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { state } = open({ bytes: new Uint8Array(1000) });
  snapshot(state);
  const held = new WeakRef(state.bytes.buffer as object);
  delete state.bytes;
  snapshot(state);
  for (let turn = 0; turn < 10 && held.deref() !== undefined; turn++) {
    await settled();
    collectGarbage();
  }
  expect(held.deref()).toBeUndefined();
});

describe('a subscriber', () => {
  test('is called once after each run of code that has changed the node or what is under it', async () => {
    const { state } = open({ a: { deep: [{ x: 1 }] }, b: { y: 1 } });
    const [onState, onA, onB] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
    for (const [value, listener] of [
      [state, onState],
      [state.a, onA],
      [state.b, onB],
    ] as const) {
      watch(nodeOf(value) as TrackedNode, listener);
    }
    state.a.deep[0].x = 2;
    state.a.deep.push(3);
    expect(onA).not.toHaveBeenCalled();
    await settled();
    expect([onState, onA, onB].map((listener) => listener.mock.calls.length)).toEqual([1, 1, 0]);
    state.b.y = 2;
    await settled();
    state.a.deep[0].x = 3;
    await settled();
    expect([onState, onA, onB].map((listener) => listener.mock.calls.length)).toEqual([3, 2, 1]);
  });

  test('is not called when nothing has changed in the end', async () => {
    const { state, graph } = open({ n: 1, map: new Map([[1, 1]]) });
    const listener = vi.fn<() => void>();
    watch(nodeOf(state) as TrackedNode, listener);
    state.n = 2;
    state.n = 1;
    expect(() =>
      runTransaction(graph, () => {
        state.map.clear();
        throw new Error('no');
      }),
    ).toThrow('no');
    await settled();
    expect(listener).not.toHaveBeenCalled();
  });

  test('hears of a change of which somebody has taken a snapshot in the same run of code', async () => {
    const { state } = open({ n: 1 });
    const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
    watch(nodeOf(state) as TrackedNode, first);
    state.n = 2;
    expect(snapshot(state)).toEqual({ n: 2 });
    // That one begins with what there is by now.
    watch(nodeOf(state) as TrackedNode, second);
    await settled();
    expect([first, second].map((listener) => listener.mock.calls.length)).toEqual([1, 0]);
  });

  test('is called no more once it has unsubscribed, also by another listener', async () => {
    const { state } = open({ n: 1 });
    const node = nodeOf(state) as TrackedNode;
    const second = vi.fn<() => void>();
    const ends: (() => void)[] = [];
    watch(node, () => {
      for (const end of ends) end();
    });
    ends.push(watch(node, second));
    state.n = 2;
    await settled();
    state.n = 3;
    await settled();
    expect(second).not.toHaveBeenCalled();
  });

  test('hears of what has come under its node since', async () => {
    const { state } = open({ list: [] });
    const listener = vi.fn<() => void>();
    watch(nodeOf(state) as TrackedNode, listener);
    state.list.push({ x: 1 });
    await settled();
    state.list[0].x = 2;
    await settled();
    expect(listener).toHaveBeenCalledTimes(2);
  });
});

describe('a snapshot of what is only held', () => {
  test('is the last one with other children: in every place, beside holes, of arrays and objects', () => {
    const { state } = open({ list: [{ n: 0 }, 'hole', { n: 2 }, { n: 3 }], map: {}, __proto__: null });
    delete state.list[1];
    const [first] = state.list;
    state.list.push(first, 'text');
    state.map.first = first;
    state.map['with a name'] = state.list[2];
    const before = snapshot(state);
    first.n = 10;
    const after = snapshot(state);
    expect(after.list).toEqual([{ n: 10 }, undefined, { n: 2 }, { n: 3 }, { n: 10 }, 'text']);
    expect([1 in after.list, after.list[0] === after.list[4], after.map.first === after.list[0]]).toEqual([
      false,
      true,
      true,
    ]);
    expect([
      after.list[2] === before.list[2],
      Object.isFrozen(after.list),
      Object.isFrozen(after.map),
    ]).toEqual([true, true, true]);
  });

  test('has all of many changes, also of children that have been looked at meanwhile', () => {
    const { state } = open({ list: Array.from({ length: 30 }, (_, n) => ({ n, deep: { n } })) });
    snapshot(state);
    for (let i = 0; i < 20; i++) state.list[i].deep.n = -i;
    expect(snapshot(state.list[3])).toEqual({ n: 3, deep: { n: -3 } });
    state.list[3].deep.n = 'again';
    snapshot(state.list[3].deep);
    state.list[3].n = 'and again';
    const after = snapshot(state);
    expect(after.list[3]).toEqual({ n: 'and again', deep: { n: 'again' } });
    expect(after).toEqual(state);
  });

  test('and of what has changed itself too', () => {
    const { state } = open({ list: [{ n: 1 }, { n: 2 }], a: { n: 1 } });
    snapshot(state);
    state.list[0].n = 10;
    state.list.reverse();
    state.list[0].n = 20;
    state.a = state.list[1];
    expect(snapshot(state)).toEqual({ list: [{ n: 20 }, { n: 10 }], a: { n: 10 } });
    state.a.n = 11;
    expect(snapshot(state)).toEqual({ list: [{ n: 20 }, { n: 11 }], a: { n: 11 } });
  });
});
