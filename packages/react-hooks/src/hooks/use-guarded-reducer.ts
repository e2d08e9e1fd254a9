import { useInsertionEffect, useMemo, useRef } from 'react';
import type { Key } from '../state/path.ts';
import { useCell, useCellValue } from './use-cell.ts';

/** From an immutable value, and what has happened, to the next value. Has to be pure. */
export type Reducer<Value, Action> = (present: Value, action: Action) => Value;
/** What `useGuardedReducer` returns. */
export type Dispatched<Value, Action> = readonly [value: Value, dispatch: (action: Action) => void];

/**
 * As `useReducer`, with a value that lives in the guarded state, as that of `useGuardedState` does. When `dispatch` has
 * returned, the next value survives the death of the process.
 *
 * `dispatch` is always the same function for one key. It calls the reducer of the last render that got to the screen,
 * at once and once. What the reducer throws, it throws.
 */
export function useGuardedReducer<Value, Action>(
  key: Key,
  reducer: (present: Value, action: Action) => NoInfer<Value>,
  initial: NoInfer<Value> | (() => NoInfer<Value>),
): Dispatched<Value, Action> {
  const cell = useCell(key);
  const value = useCellValue(cell, initial);
  const latest = useRef(reducer);
  useInsertionEffect(() => {
    latest.current = reducer;
  });
  const dispatch = useMemo(
    () => (action: Action) => cell.set((present: Value) => latest.current(present, action)),
    [cell],
  );
  return [value as Value, dispatch];
}
