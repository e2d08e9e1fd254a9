/** The place of a key in the store above, subscribed to. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { beginCell, type Cell, makeCell, settleCell } from '../state/cell.ts';
import { ABSENT, type Key, toPath } from '../state/path.ts';
import { useGuarded } from './guard-context.ts';

/** The same one as long as the key names the same place, whatever it looks like in each rendering. */
export function useCell(key: Key): Cell {
  const { store } = useGuarded();
  const path = toPath(key);
  // A text of all the steps takes longer than the rest of a hook, and hardly any path has so many.
  const others = path.length > 3 ? JSON.stringify(path) : path.length;
  return useMemo(() => makeCell(store, path), [store, path[0], path[1], path[2], others]);
}

/**
 * What stands there, else what it begins with. Rendering writes nothing: a component may be rendered twice, or be thrown
 * away, or never reach a screen as on a server. What a place begins with is noted, so that all components show the same,
 * and written by the effect.
 */
export function useCellValue(cell: Cell, initial: unknown): unknown {
  cell.initial = initial;
  cell.store.noteRendered(cell.path);
  const present = useSyncExternalStore(cell.listen, cell.read, cell.readFirst);
  const isBegun = present === ABSENT && initial !== undefined;
  useEffect(() => {
    if (isBegun) settleCell(cell);
  }, [cell, isBegun]);
  return present === ABSENT ? beginCell(cell) : present;
}
