/** What is on the screen of `faultguard inspect`, and what keys make of it. Pure. */
import { cutText } from '../../terminal/escape-text.ts';
import type { PressedKey } from '../use-keys.ts';
import type { Tree } from './tree-rows.ts';
import { firstTreeState, reduceTree, searchFromOf, type TreeAction, type TreeState } from './tree-state.ts';
import type { Search } from './use-search.ts';

export type Mode =
  /** `note`: something to be said once, until the next key. */
  | { readonly is: 'tree'; readonly note: string }
  /** Files, processes and the rest, from that line on. */
  | { readonly is: 'facts'; readonly top: number }
  /** What keys do; and what they go back to. */
  | { readonly is: 'keys'; readonly from: Mode }
  | { readonly is: 'typing'; readonly text: string }
  | { readonly is: 'searching'; readonly search: Search }
  | { readonly is: 'left' };

export interface ViewState {
  readonly tree: TreeState;
  readonly mode: Mode;
  /** What was searched for last. */
  readonly sought: string;
}

/** The room that there is, in lines. */
interface Room {
  readonly height: number;
  readonly factLines: number;
}

export type ViewAction =
  | { readonly do: 'key'; readonly pressed: PressedKey; readonly room: Room }
  | { readonly do: 'resize'; readonly room: Room }
  /** Ordinals of what has been found. */
  | { readonly do: 'found'; readonly found: readonly number[] | undefined; readonly room: Room };

const TREE_MODE: Mode = { is: 'tree', note: '' };

export function firstViewState(tree: Tree): ViewState {
  return { tree: firstTreeState(tree), mode: TREE_MODE, sought: '' };
}

export function reduceView(tree: Tree, state: ViewState, action: ViewAction): ViewState {
  const { height } = action.room;
  switch (action.do) {
    case 'key':
      return press(tree, state, action.pressed, action.room);
    case 'found': {
      // It has been stopped meanwhile.
      if (state.mode.is !== 'searching') return state;
      const { found } = action;
      const note = found === undefined ? `nothing has "${cutText(state.sought, 40)}"` : '';
      const shown =
        found === undefined
          ? state.tree
          : reduceTree(tree, state.tree, { do: 'show', ordinals: found, height });
      return { ...state, tree: shown, mode: { is: 'tree', note } };
    }
    default:
      return { ...state, tree: reduceTree(tree, state.tree, { do: 'resize', height }) };
  }
}

function press(tree: Tree, state: ViewState, { input, key }: PressedKey, room: Room): ViewState {
  const { mode } = state;
  switch (mode.is) {
    case 'typing':
      if (key.return === true) return search(tree, state, mode.text);
      if (key.escape === true) return { ...state, mode: TREE_MODE };
      return { ...state, mode: { is: 'typing', text: edit(mode.text, input, key) } };
    case 'searching':
      return key.escape === true ? { ...state, mode: TREE_MODE } : state;
    case 'keys':
      return { ...state, mode: input === 'q' ? { is: 'left' } : mode.from };
    case 'facts':
      if (input === 'q') return { ...state, mode: { is: 'left' } };
      if (input === '?') return { ...state, mode: { is: 'keys', from: mode } };
      if (input === 'i' || key.escape === true) return { ...state, mode: TREE_MODE };
      return { ...state, mode: { is: 'facts', top: scroll(mode.top, key, room) } };
    case 'left':
      return state;
    default:
      return pressInTree(tree, state, { input, key }, room);
  }
}

function pressInTree(tree: Tree, state: ViewState, { input, key }: PressedKey, { height }: Room): ViewState {
  switch (input) {
    case 'q':
      return { ...state, mode: { is: 'left' } };
    case '/':
      return { ...state, mode: { is: 'typing', text: '' } };
    case 'n':
      return search(tree, state, state.sought);
    case 'i':
      return { ...state, mode: { is: 'facts', top: 0 } };
    case '?':
      return { ...state, mode: { is: 'keys', from: TREE_MODE } };
    default: {
      const action = actionOf(input, key, height);
      const moved = action === undefined ? state.tree : reduceTree(tree, state.tree, action);
      return { ...state, tree: moved, mode: TREE_MODE };
    }
  }
}

function search(tree: Tree, state: ViewState, text: string): ViewState {
  if (text === '') return { ...state, mode: TREE_MODE };
  const behind = searchFromOf(tree, state.tree);
  return { ...state, sought: text, mode: { is: 'searching', search: { text, behind } } };
}

function actionOf(input: string, key: PressedKey['key'], height: number): TreeAction | undefined {
  if (key.upArrow === true || input === 'k') return { do: 'move', by: -1, height };
  if (key.downArrow === true || input === 'j') return { do: 'move', by: 1, height };
  if (key.pageUp === true) return { do: 'move', by: -height, height };
  if (key.pageDown === true) return { do: 'move', by: height, height };
  if (key.rightArrow === true || input === 'l') return { do: 'open', height };
  if (key.leftArrow === true || input === 'h') return { do: 'close', height };
  if (key.return === true || input === ' ') return { do: 'toggle', height };
  if (key.home === true || input === 'g') return { do: 'to', end: 'first', height };
  if (key.end === true || input === 'G') return { do: 'to', end: 'last', height };
  if (input === '*') return { do: 'open below', height };
  if (input === '-') return { do: 'close all', height };
  return undefined;
}

function edit(text: string, input: string, key: PressedKey['key']): string {
  if (key.backspace === true || key.delete === true) return Array.from(text).slice(0, -1).join('');
  return key.ctrl === true || key.meta === true || key.tab === true ? text : text + input;
}

function scroll(top: number, key: PressedKey['key'], { height, factLines }: Room): number {
  const steps = [
    [key.upArrow, -1],
    [key.downArrow, 1],
    [key.pageUp, -height],
    [key.pageDown, height],
  ] as const;
  const by = steps.find(([isPressed]) => isPressed === true)?.[1] ?? 0;
  return Math.max(0, Math.min(top + by, factLines - height));
}
