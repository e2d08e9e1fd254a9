import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { Path } from '../state/path.ts';
import type { Store } from '../state/store.ts';
import { useGuarded } from './guard-context.ts';

const ALL: Path = [];

type Selector = (state: never) => unknown;
type IsEqual = (before: never, after: never) => boolean;

/**
 * What `selector` makes of a snapshot of the whole state, and again whenever that is another. The snapshot is immutable
 * and plain, and what has not changed in it is the same object as before.
 *
 * @param selector - has to be pure, and is called again when it is another function and when something in the state has
 *   changed. Default: all of it.
 * @param isEqual - whether the component may go on with what it has; default `Object.is`. A selector that makes a new
 *   object each time needs one that looks into it.
 * @throws Error without a provider.
 */
export function useGuardedSnapshot<Selection>(
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the state is, when nobody has said
  selector: (state: any) => Selection,
  isEqual?: (before: Selection, after: Selection) => boolean,
): Selection;
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as of the state's type nobody else knows
export function useGuardedSnapshot<State = unknown>(): State;
export function useGuardedSnapshot(selector: Selector = itself, isEqual: IsEqual = Object.is): unknown {
  const { store } = useGuarded();
  store.noteRendered(ALL);
  /** What the component has on the screen, for a selector that is another function in each render. */
  const committed = useRef<Selected | undefined>(undefined);
  const [read, readFirst] = useMemo(
    () => [
      makeReader(() => store.snapshot(), selector, isEqual, committed),
      makeReader(() => store.firstSnapshot(), selector, isEqual, committed),
    ],
    [store, selector, isEqual],
  );
  const listen = useMemo(() => listenToAll(store), [store]);
  const value = useSyncExternalStore(listen, read, readFirst);
  useEffect(() => {
    committed.current = { value };
  }, [value]);
  return value;
}

/** An object, since what has been selected may be undefined. */
interface Selected {
  readonly value: unknown;
}

/** Calls the selector once for each snapshot, and goes on with the last selection as long as the new one is equal. */
function makeReader(
  snapshot: () => unknown,
  selector: Selector,
  isEqual: IsEqual,
  committed: { readonly current: Selected | undefined },
): () => unknown {
  let source: unknown;
  let last: Selected | undefined;
  return () => {
    const state = snapshot();
    if (last !== undefined && source === state) return last.value;
    const value = selector(state as never);
    const before = last ?? committed.current;
    if (before === undefined || !isEqual(before.value as never, value as never)) last = { value };
    else last = before;
    source = state;
    return last.value;
  };
}

function listenToAll(store: Store): (listener: () => void) => () => void {
  return (listener) => store.listen(ALL, listener);
}

function itself(state: unknown): unknown {
  return state;
}
