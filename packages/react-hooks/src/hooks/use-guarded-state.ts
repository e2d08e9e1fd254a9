import type { Snapshot } from '@faultguard/core';
import type { Key } from '../state/path.ts';
import { useCell, useCellValue } from './use-cell.ts';

/** Sets a value, or what a function makes of the present one. It is always the same function for one key. */
export type SetGuarded<Value> = (
  next: Snapshot<Value> | ((present: Snapshot<Value>) => Snapshot<Value>),
) => void;
/** What `useGuardedState` returns: the value, as an immutable plain one, and its setter. */
export type GuardedValue<Value> = readonly [value: Snapshot<Value>, set: SetGuarded<Value>];
/** What a place begins with, or a function that says so. */
export type Initial<Value> = Snapshot<Value> | (() => Snapshot<Value>);

/**
 * As `useState`, with a value that lives in the guarded state of the provider above: when the setter has returned, the
 * value survives the death of the process.
 *
 * The value is an immutable plain one, and the same object until something in it changes. All components with the same
 * key have the same value.
 *
 * @param key - a property of the state, a path of steps (names, indices, keys of Maps), or a function that goes there:
 *   `(state) => state.user.name`.
 * @param initial - what to begin with where nothing stands; a function is called once. It is written to the state when the
 *   component is on the screen. Without it the value may be undefined.
 * @returns the value and its setter. The setter throws UnguardableValueError (`ERR_FAULTGUARD_UNGUARDABLE_VALUE`) for what
 *   cannot be guarded, and TypeError where nothing can be set; nothing has changed then.
 * @throws Error without a provider; TypeError for a key that is none.
 */
export function useGuardedState<Value>(key: Key, initial: Value | (() => Value)): GuardedValue<Value>;
export function useGuardedState<Value = unknown>(key: Key): GuardedValue<Value | undefined>;
export function useGuardedState(key: Key, initial?: unknown): GuardedValue<unknown> {
  const cell = useCell(key);
  return [useCellValue(cell, initial) as never, cell.set];
}
