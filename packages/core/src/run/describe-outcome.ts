import { encodeCrash } from '../autosave/saved-crash.ts';
import type { Outcome } from '../guardian/guardian.ts';
import type { RunOutcome } from '../platform/messages.ts';

/** For another process: the crash with its facts alone. */
export function describeOutcome(
  { exitCode, signal, crash, rescued, rescueFile, restarts }: Outcome,
  dossiers: readonly string[],
): RunOutcome {
  return {
    exitCode,
    signal,
    crash: crash === undefined ? null : encodeCrash(crash),
    rescued,
    ...(rescueFile !== undefined && { rescueFile }),
    restarts,
    dossiers,
  };
}
