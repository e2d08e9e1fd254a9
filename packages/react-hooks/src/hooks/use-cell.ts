/** The place of a key in the store above, subscribed to. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { type Cell, makeCell } from '../state/cell.ts';
import { ABSENT, idOf, type Key, toPath } from '../state/path.ts';
import { useGuarded } from './guard-context.ts';

/**
 * Rendering writes nothing: a component may be rendered twice, or be thrown away, or never reach a screen as on a server.
 * What a place begins with is noted, so that all components show the same, and written by the effect.
 */
export function useCell(key: Key, initial: unknown): readonly [value: unknown, cell: Cell] {
  const { store } = useGuarded();
  const path = toPath(key);
  const id = idOf(path);
  // oxlint-disable-next-line eslint/no-unused-vars -- the id stands for the path, which is another array each time
  const cell = useMemo(() => makeCell(store, path, id), [store, id]);
  const present = useSyncExternalStore(cell.listen, cell.read, cell.readFirst);
  const isBegun = present === ABSENT && initial !== undefined;
  useEffect(() => {
    if (isBegun) cell.settle();
  }, [cell, isBegun]);
  if (isBegun) return [cell.begin(initial), cell];
  return [present === ABSENT ? undefined : present, cell];
}
