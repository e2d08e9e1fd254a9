/** What is on the screen of `faultguard watch`, and what keys make of it. Pure. */
import { SORT_NAMES, sortGuards } from '../../guards/columns.ts';
import type { Look, WatchedGuard } from '../../guards/sample-guards.ts';
import type { PressedKey } from '../use-keys.ts';

export interface ViewState {
  /** A column by its name in `SORT_NAMES`. */
  readonly sort: string;
  readonly isReversed: boolean;
  /** The guard that is selected, by the directory of its journal; without one, or when it has gone, the first. */
  readonly selected: string | undefined;
  /** That guard alone, in full. */
  readonly isInFull: boolean;
  /** What keys do is shown instead. */
  readonly isHelping: boolean;
  readonly isLeft: boolean;
}

export interface ViewAction {
  readonly pressed: PressedKey;
  /** What was looked at last. */
  readonly look: Look;
  /** There is no table to go back to. */
  readonly isOne: boolean;
}

export function sortedGuards({ guards }: Look, { sort, isReversed }: ViewState): readonly WatchedGuard[] {
  return sortGuards(guards, sort, isReversed);
}

export function cursorOf(guards: readonly WatchedGuard[], { selected }: ViewState): number {
  return Math.max(
    0,
    guards.findIndex(({ directory }) => directory === selected),
  );
}

export function reduceView(state: ViewState, { pressed, look, isOne }: ViewAction): ViewState {
  const { input, key } = pressed;
  if (input === 'q') return { ...state, isLeft: true };
  if (state.isHelping || input === '?') return { ...state, isHelping: !state.isHelping };
  if (state.isInFull) {
    const isBack = key.escape === true || key.return === true || key.leftArrow === true;
    return isBack && !isOne ? { ...state, isInFull: false } : state;
  }
  const guards = sortedGuards(look, state);
  const cursor = cursorOf(guards, state);
  const select = (index: number): ViewState => {
    const guard = guards[Math.max(0, Math.min(index, guards.length - 1))];
    return { ...state, selected: guard?.directory };
  };
  if (key.upArrow === true || input === 'k') return select(cursor - 1);
  if (key.downArrow === true || input === 'j') return select(cursor + 1);
  if (key.home === true || input === 'g') return select(0);
  if (key.end === true || input === 'G') return select(guards.length - 1);
  if (key.return === true || key.rightArrow === true)
    return { ...select(cursor), isInFull: guards.length > 0 };
  if (input === 's') return { ...state, sort: nextSort(state.sort, 1) };
  if (input === 'S') return { ...state, sort: nextSort(state.sort, -1) };
  if (input === 'r') return { ...state, isReversed: !state.isReversed };
  return state;
}

function nextSort(sort: string, by: number): string {
  return SORT_NAMES.at((SORT_NAMES.indexOf(sort) + by) % SORT_NAMES.length) as string;
}
