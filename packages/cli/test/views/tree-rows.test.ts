/** The tree of `inspect` without a terminal: rows, groups, keys, search. */
import { describe, expect, test } from 'vitest';
import { RowDescriber, showPath } from '../../src/views/tree/describe-row.ts';
import { searchTree } from '../../src/views/tree/search-tree.ts';
import { GROUP_SIZE, ordinalsOf, pathOf, Tree, type TreeRow } from '../../src/views/tree/tree-rows.ts';
import {
  firstTreeState,
  reduceTree,
  type TreeAction,
  type TreeState,
} from '../../src/views/tree/tree-state.ts';
import { firstViewState, reduceView, type ViewState } from '../../src/views/tree/view-state.ts';

const describer = new RowDescriber(() => undefined);
const namesOf = (rows: readonly TreeRow[]): string[] => rows.map((row) => describer.describe(row).name);

const rowsOf = (length: number): TreeRow[] => {
  const tree = new Tree(
    Array.from({ length }, (_, i) => i),
    'state',
  );
  return tree.childrenOf(tree.root);
};

function find(root: unknown, text: string, behind: readonly number[] = []): string | undefined {
  const steps = searchTree(root, text, behind);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const tree = new Tree(root, 'state');
  return step.value && pathOf(tree.wayTo(step.value).at(-1) as TreeRow);
}

describe('rows', () => {
  test('Up to a hundred children stand by themselves, more in groups, and groups in groups.', () => {
    expect(rowsOf(100)).toHaveLength(100);
    expect(namesOf(rowsOf(101))).toEqual(['0 … 99', '100 … 100']);
    expect(rowsOf(10_000)).toHaveLength(GROUP_SIZE);
    expect(namesOf(rowsOf(20_001))).toEqual(['0 … 9,999', '10,000 … 19,999', '20,000 … 20,000']);
  });

  test.each([
    ['array', Array.from({ length: 20_000 }, (_, i) => i)],
    ['typed array', Float64Array.from({ length: 20_000 }, (_, i) => i)],
    ['Map', new Map(Array.from({ length: 20_000 }, (_, i) => [i, i]))],
    ['Set', new Set(Array.from({ length: 20_000 }, (_, i) => i))],
    ['object', Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]))],
  ])('Every child of a large %s is found by its ordinal, with its value and its path.', (_, value) => {
    const tree = new Tree(value, 'state');
    for (const ordinal of [0, 99, 100, 9_999, 10_000, 12_345, 19_999]) {
      const way = tree.wayTo([ordinal]);
      const last = way.at(-1) as TreeRow;
      expect(last.value).toBe(ordinal);
      expect(ordinalsOf(last)).toEqual([ordinal]);
      expect(showPath(last)).toContain(String(ordinal));
      expect(way.every(({ level }, index) => level === index)).toBe(true);
    }
  });

  test('An array that says that it has thousands of millions of elements has the three that it has.', () => {
    const hollow: unknown[] = Object.assign([], { 5: 'a', 3e9: 'b', name: 'c' });
    const tree = new Tree(hollow, 'state');
    expect(namesOf(tree.childrenOf(tree.root))).toEqual(['[5]', '[3000000000]', 'name']);
  });

  test('An object that holds itself is named, not opened; one that stands twice is opened twice.', () => {
    const shared = { x: 1 };
    const state: Record<string, unknown> = { one: shared, other: shared, list: [] };
    (state['list'] as unknown[]).push(state);
    const tree = new Tree(state, 'state');
    const [one, other, list] = tree.childrenOf(tree.root);
    expect([one?.canOpen, other?.canOpen]).toEqual([true, true]);
    const [self] = tree.childrenOf(list as TreeRow);
    expect(self?.canOpen).toBe(false);
    expect(describer.describe(self as TreeRow).sameAs).toBe('state');
  });

  test('A state that is deeper than the stack is opened all the way.', () => {
    let deep: object = { end: true };
    for (let level = 0; level < 20_000; level++) deep = { in: deep };
    const tree = new Tree(deep, 'state');
    const found = find(deep, 'end') as string;
    expect(found).toMatch(/\.in\.in\.end$/);
    const ordinals = Array.from({ length: 20_001 }, () => 0);
    const shown = reduceTree(tree, firstTreeState(tree), { do: 'show', ordinals, height: 20 });
    expect(tree.rows(shown.open)).toHaveLength(20_002);
    expect(describer.describe(tree.rows(shown.open)[shown.cursor] as TreeRow).name).toBe('end');
    expect(showPath(tree.rows(shown.open)[shown.cursor] as TreeRow)).toMatch(/^….*\.end$/);
  });
});

describe('search', () => {
  const state = {
    name: 'Ada',
    users: [{ name: 'Bob' }, { name: 'Ada L', age: 36 }],
    sessions: new Map<unknown, unknown>([['ada', { n: 1 }]]),
  };

  test('It finds names, strings and numbers, without regard to case, in the order of the rows.', () => {
    expect(find(state, 'ADA')).toBe('state.name');
    expect(find(state, 'bob')).toBe('state.users[0].name');
    expect(find(state, '36')).toBe('state.users[1].age');
    expect(find(state, '3')).toBeUndefined();
    expect(find(state, 'sess')).toBe('state.sessions');
    expect(find(5, 'x')).toBeUndefined();
  });

  test('It goes on behind the selected row, and from the beginning when it has come to the end.', () => {
    expect(find(state, 'ada', [0])).toBe('state.users[1].name');
    expect(find(state, 'ada', [1, 1, 0])).toBe('state.sessions.get("ada")');
    expect(find(state, 'ada', [2, 0])).toBe('state.name');
  });

  test('Cycles, and thirty objects that are a thousand million when each is written out, take no longer than they are.', () => {
    let doubled: Record<string, unknown> = { text: 'x' };
    for (let level = 0; level < 30; level++) doubled = { left: doubled, right: doubled };
    doubled['self'] = doubled;
    expect(find(doubled, 'nowhere')).toBeUndefined();
  });
});

describe('keys', () => {
  const tree = new Tree({ a: { b: 1, c: 2 }, d: Array.from({ length: 50 }, (_, i) => i) }, 'state');
  const act = (state: TreeState, ...actions: readonly TreeAction['do'][]): TreeState =>
    actions.reduce<TreeState>(
      (now, name) =>
        reduceTree(tree, now, {
          do: name,
          height: 10,
          by: 1,
          end: 'last',
          ordinals: [],
        } as unknown as TreeAction),
      state,
    );

  test('The selected row is always on the screen, and there is no empty room that need not be.', () => {
    let state = act(firstTreeState(tree), 'open below', 'to');
    expect([state.cursor, state.top]).toEqual([54, 45]);
    state = reduceTree(tree, state, { do: 'resize', height: 100 });
    expect(state.top).toBe(0);
    state = reduceTree(tree, state, { do: 'resize', height: 3 });
    expect([state.cursor, state.top]).toEqual([54, 52]);
    state = reduceTree(tree, state, { do: 'move', by: -1000, height: 3 });
    expect([state.cursor, state.top]).toEqual([0, 0]);
    state = reduceTree(tree, act(state, 'to'), { do: 'close all', height: 3 });
    expect([state.cursor, state.top, tree.rows(state.open).length]).toEqual([0, 0, 3]);
  });

  test('Keys that come in one piece are as many keys: a search that is typed at once finds what it would.', () => {
    const room = { height: 10, factLines: 5 };
    const press = (state: ViewState, text: string): ViewState =>
      text.split('').reduce<ViewState>(
        (now, input) =>
          reduceView(tree, now, {
            do: 'key',
            pressed: input === '\r' ? { input: '', key: { return: true } } : { input, key: {} },
            room,
          }),
        state,
      );
    const searching = press(firstViewState(tree), 'jj/4x');
    expect(searching.mode).toEqual({ is: 'typing', text: '4x' });
    const sent = press(searching, '\r');
    expect(sent.mode).toMatchObject({ is: 'searching', search: { text: '4x', behind: [1] } });
    // In a text that is searched for it is a character.
    expect(press(firstViewState(tree), '/?').mode).toEqual({ is: 'typing', text: '?' });
    const none = reduceView(tree, sent, { do: 'found', found: undefined, room });
    expect(none.mode).toEqual({ is: 'tree', note: 'nothing has "4x"' });
    expect(press(none, 'iq').mode).toEqual({ is: 'left' });
  });
});
