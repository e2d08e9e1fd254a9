/**
 * What `attach` gives in a guardian: Node loads there what it loads first in the app too (`--import`, NODE_OPTIONS), and that may
 * call `attach`. A guard of a guardian would have a guardian, and so on.
 */
import type { Guard } from './attach.ts';
import { FaultguardError } from './errors.ts';
import type { AttachOptions } from './options.ts';

/** The state is an ordinary one. */
export function makeInertGuard({ initial }: AttachOptions<object>): Guard<object> {
  const nothing = { appended: 0, mirrored: 0, saved: 0, guardianPid: process.pid, guardiansLost: 0 };
  return {
    state: initial?.() ?? {},
    stats: () => ({ ...nothing, degraded: 'journal' }),
    durable: () =>
      Promise.reject(
        new FaultguardError(
          'ERR_FAULTGUARD_NOT_SAVED',
          'This process is a guardian itself, and what attach() gives in it is not guarded. Nothing has been saved.',
        ),
      ),
    close: () => Promise.resolve(),
  };
}
