/** What keys do to the tree that is on the screen: from one state of the view to the next. Pure. */
import { ordinalsOf, type Tree, type TreeRow } from './tree-rows.ts';

export interface TreeState {
  /** Ids of the rows that are open. */
  readonly open: ReadonlySet<number>;
  /** Index of the row that is selected. */
  readonly cursor: number;
  /** Index of the first row on the screen. */
  readonly top: number;
}

export type TreeAction =
  | { readonly do: 'move'; readonly by: number; readonly height: number }
  | { readonly do: 'to'; readonly end: 'first' | 'last'; readonly height: number }
  | { readonly do: 'open' | 'close' | 'toggle'; readonly height: number }
  | { readonly do: 'open below' | 'close all'; readonly height: number }
  | { readonly do: 'show'; readonly ordinals: readonly number[]; readonly height: number }
  | { readonly do: 'resize'; readonly height: number };

export function firstTreeState({ root }: Tree): TreeState {
  return { open: new Set([root.id]), cursor: 0, top: 0 };
}

export function reduceTree(tree: Tree, state: TreeState, action: TreeAction): TreeState {
  const rows = tree.rows(state.open);
  const row = rows[state.cursor] as TreeRow;
  switch (action.do) {
    case 'move':
      return moveTo(tree, state, state.cursor + action.by, action.height);
    case 'to':
      return moveTo(tree, state, action.end === 'first' ? 0 : rows.length - 1, action.height);
    case 'open':
      // Of what is open already, to the first of its children.
      return state.open.has(row.id) || !row.canOpen
        ? moveTo(tree, state, state.cursor + (row.canOpen ? 1 : 0), action.height)
        : moveTo(tree, withOpen(state, [row.id]), state.cursor, action.height);
    case 'close':
      return closeOrLeave(tree, state, row, action.height);
    case 'toggle':
      if (!row.canOpen) return state;
      return state.open.has(row.id)
        ? moveTo(tree, without(state, row.id), state.cursor, action.height)
        : moveTo(tree, withOpen(state, [row.id]), state.cursor, action.height);
    case 'open below':
      return moveTo(tree, withOpen(state, idsBelow(tree, row)), state.cursor, action.height);
    case 'close all':
      return firstTreeState(tree);
    case 'show': {
      const way = tree.wayTo(action.ordinals);
      const shown = withOpen(
        state,
        way.slice(0, -1).map(({ id }) => id),
      );
      const last = way.at(-1)?.id;
      const index = tree.rows(shown.open).findIndex(({ id }) => id === last);
      return moveTo(tree, shown, index, action.height);
    }
    default:
      return moveTo(tree, state, state.cursor, action.height);
  }
}

/** Where a search begins: behind the row that is selected. */
export function searchFromOf(tree: Tree, { open, cursor }: TreeState): readonly number[] {
  return ordinalsOf(tree.rows(open)[cursor] as TreeRow);
}

function closeOrLeave(tree: Tree, state: TreeState, row: TreeRow, height: number): TreeState {
  if (state.open.has(row.id) && row.canOpen)
    return moveTo(tree, without(state, row.id), state.cursor, height);
  if (row.parent === undefined) return state;
  return moveTo(tree, state, tree.rows(state.open).indexOf(row.parent), height);
}

/** The selected row stays on the screen, and there is no empty room below the last one if there need not be. */
function moveTo(tree: Tree, { open, top }: TreeState, index: number, height: number): TreeState {
  const { length } = tree.rows(open);
  const cursor = Math.max(0, Math.min(index, length - 1));
  const lowest = Math.max(0, cursor - Math.max(1, height) + 1);
  const highest = Math.min(cursor, Math.max(0, length - Math.max(1, height)));
  return { open, cursor, top: Math.max(lowest, Math.min(top, Math.max(lowest, highest))) };
}

function withOpen(state: TreeState, ids: readonly number[]): TreeState {
  return { ...state, open: new Set([...state.open, ...ids]) };
}

function without(state: TreeState, id: number): TreeState {
  const open = new Set(state.open);
  open.delete(id);
  return { ...state, open };
}

/** Rows that are opened at once by one key: a screenful many times over, and no wait. */
const OPENED_AT_ONCE_MAX = 500;

/** Level by level, so that none is left out that stands higher than another. */
function idsBelow(tree: Tree, row: TreeRow): number[] {
  const ids: number[] = [];
  let level = [row];
  while (level.length > 0 && ids.length < OPENED_AT_ONCE_MAX) {
    const openable = level.filter(({ canOpen }) => canOpen).slice(0, OPENED_AT_ONCE_MAX - ids.length);
    ids.push(...openable.map(({ id }) => id));
    level = openable.flatMap((opened) => tree.childrenOf(opened));
  }
  return ids;
}
