/** What is assigned is copied; what reads back is one graph with real identities. */
import { expect, test } from 'vitest';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { type JournalInDirectory, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

function openState(initial: object): { state: any; journal: JournalInDirectory } {
  const journal = openJournalInDirectory();
  return { state: journal.graph.setRoot(initial), journal };
}

function expectMirrored(state: unknown, journal: JournalInDirectory): void {
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
}

test('changing the original afterwards changes nothing', () => {
  const original = { list: [{ n: 1 }] };
  const { state, journal } = openState({});
  state.value = original;
  original.list[0]!.n = 2;
  original.list.push({ n: 3 });
  expect(state.value).toEqual({ list: [{ n: 1 }] });
  expectMirrored(state, journal);
});

test('a value read twice is the same, and two ways to one node lead to one node', () => {
  const { state, journal } = openState({ a: { n: 1 }, list: [] });
  expect(state.a).toBe(state.a);
  state.b = state.a;
  state.list.push(state.a);
  state.b.n = 2;
  expect(state.a).toBe(state.b);
  expect([state.list[0].n, state.list.includes(state.a), state.list.indexOf(state.b)]).toEqual([2, true, 0]);
  expectMirrored(state, journal);
});

test('a detached value goes on working, and is taken in again as it then is', () => {
  const { state, journal } = openState({ list: [{ n: 1, child: { m: 1 } }], kept: null });
  const item = state.list.pop();
  state.kept = item.child;
  item.n = 2;
  item.child.m = 2;
  item.extra = [{ new: true }];
  expectMirrored(state, journal);
  expect(state.kept).toEqual({ m: 2 });
  state.list.push(item, item.extra);
  expect(state.list[0]).toBe(item);
  expect(state.list[0].child).toBe(state.kept);
  expect(state.list[0].extra).toBe(state.list[1]);
  state.list[1][0].new = false;
  expect(item.extra).toEqual([{ new: false }]);
  expectMirrored(state, journal);
});

test('a part of a removed tree can be put back at once', () => {
  const { state, journal } = openState({ tree: { left: { n: 1 }, right: { n: 2 } } });
  state.tree = state.tree.left;
  expect(state.tree).toEqual({ n: 1 });
  expectMirrored(state, journal);
});

test('a value can be put into itself, and over itself', () => {
  const { state, journal } = openState({ list: [1], a: { n: 1 } });
  state.list.push(state.list);
  state.list[0] = state.list;
  const { a } = state;
  state.a = a;
  state.a.up = state;
  state.self = state;
  expect(state.list[1][0][1]).toBe(state.list);
  expect(state.a.up.self.a.n).toBe(1);
  expectMirrored(state, journal);
  state.list.length = 0;
  delete state.self;
  expectMirrored(state, journal);
});

test('50,000 rounds of setting and deleting leave no node and no key behind', () => {
  const { state, journal } = openState({ bag: {} });
  for (let round = 0; round < 50_000; round++) {
    state.bag[`key ${round}`] = { round, list: [round] };
    delete state.bag[`key ${round}`];
  }
  const { root, mirror } = journal.replay();
  expect(root).toEqual({ bag: {} });
  state.after = {};
  expect(journal.writer.keys.size).toBeLessThan(32_768);
  // Ids are used again: the next node gets one of the first.
  expect(() => mirror.nodeById(10)).toThrow(/does not exist/);
});

test('nodes that only hold each other are freed on both sides', () => {
  const { state, journal } = openState({ live: { shared: { n: 1 } }, list: [] });
  for (let round = 0; round < 60_000; round++) {
    const node: any = { round, other: { back: null }, live: null };
    state.node = node;
    state.node.other.back = state.node;
    state.node.live = state.live.shared;
  }
  delete state.node;
  state.live.shared.n = 2;
  state.list.push(state.live.shared);
  delete state.live;
  expectMirrored(state, journal);
  const { mirror } = journal.replay();
  // 120,000 nodes have been made; two looks for cycles later, fewer than a third can be there.
  expect(() => mirror.nodeById(40_000)).toThrow(/does not exist/);
});

test('reads see what a rescue would see: property order, keys, JSON', () => {
  const { state, journal } = openState({ b: 1, a: 2 });
  state.c = { z: 1, y: [1, { x: undefined }] };
  delete state.b;
  state.b = 3;
  expect(Object.keys(state)).toEqual(['a', 'c', 'b']);
  expect(JSON.stringify(state)).toBe(JSON.stringify(journal.replay().root));
  expect({ ...state.c }).toEqual({ z: 1, y: [1, { x: undefined }] });
  expect('a' in state && !('d' in state)).toBe(true);
  expect(Array.isArray(state.c.y)).toBe(true);
  expect(Object.getPrototypeOf(state.c.y)).toBe(Array.prototype);
});
