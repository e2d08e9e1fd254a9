import type { Stats } from '@faultguard/core';
import { useMemo, useSyncExternalStore } from 'react';
import { useGuarded } from './guard-context.ts';

/**
 * How far the guardian and the disk are, and what is wrong, as `stats()` says. It is looked up once a second while a
 * component shows it, and at once when something goes wrong, is well again, or has been saved. Undefined without `guard` at
 * the provider. A page in a browser has no guard: there it stays as it was when the server rendered the page.
 */
export function useGuardStatus(): Stats | undefined {
  const { facts } = useGuarded();
  const listen = useMemo(() => (listener: () => void) => facts.watchStatus(listener), [facts]);
  return useSyncExternalStore(
    listen,
    () => facts.status(),
    () => facts.shownStatus(),
  );
}
