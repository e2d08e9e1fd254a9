import { useEffect, useRef } from 'react';
import { searchTree } from './search-tree.ts';

export interface Search {
  readonly text: string;
  /** Ordinals of the row behind which it begins. */
  readonly behind: readonly number[];
}

/**
 * Searches while there is something to search for, in steps, so that keys are heard meanwhile. `onEnd` is told what has been found:
 * ordinals, or undefined. Another search, or none, ends it.
 */
export function useSearch(
  root: unknown,
  search: Search | undefined,
  onEnd: (found: readonly number[] | undefined) => void,
): void {
  const latest = useRef(onEnd);
  useEffect(() => {
    latest.current = onEnd;
  });
  useEffect(() => {
    if (search === undefined) return undefined;
    const steps = searchTree(root, search.text, search.behind);
    let next: NodeJS.Immediate | undefined;
    const go = (): void => {
      const { done, value } = steps.next();
      if (done === true) latest.current(value);
      else next = setImmediate(go);
    };
    next = setImmediate(go);
    return () => clearImmediate(next);
  }, [root, search]);
}
