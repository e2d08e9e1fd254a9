import { useSyncExternalStore } from 'react';
import type { RecoveredCrash } from '../state/facts.ts';
import { useGuarded } from './guard-context.ts';

/**
 * The crash that this launch goes on from, with the state that the dead process has left; undefined when it goes on from
 * none. Needs `guard` at the provider. It never changes.
 */
export function useCrash(): RecoveredCrash | undefined {
  const { facts } = useGuarded();
  return useSyncExternalStore(
    never,
    () => facts.crash(),
    () => facts.shownCrash(),
  );
}

function never(): () => void {
  return () => {};
}
