import { createGuardHooks } from '@faultguard/react-hooks';
import { useEffect } from 'react';
import type { Look } from '../../guards/sample-guards.ts';

const { useGuardedState } = createGuardHooks<{ readonly look: Look }>();

/** The last look, and another one at each interval as long as it is shown. */
export function useLooks(first: Look, lookNow: () => Look, intervalMs: number): Look {
  const [look, setLook] = useGuardedState('look', first);
  useEffect(() => {
    const timer = setInterval(() => setLook(lookNow()), intervalMs);
    return () => clearInterval(timer);
  }, [lookNow, intervalMs, setLook]);
  return look;
}
