/** `attach`: a guardian beside a process that cannot be its child. */
import { FaultguardError } from './errors.ts';
import type { GuardableOptions } from './guardable.ts';
import { makeInertGuard } from './inert-guard.ts';
import { type AttachOptions, checkAttachOptions, type Recovered, type Stats } from './options.ts';
import { isAttachedGuardian } from './platform/process-at-start.ts';
import { withAttachSettings } from './run/settings.ts';
import { giveGuardBack, takeGuard } from './platform/one-guard.ts';
import { checkMainThread } from './platform/main-thread.ts';
import { checkNodeVersion } from './platform/node-version.ts';
import { guardBuiltins } from './state/guarded-builtins.ts';

/** This process under guard. */
export interface Guard<State extends object> {
  /** The guarded state: what is assigned to it is rescued. */
  readonly state: State;
  /** The state is that of an autosave (option `autosave.existing: 'resume'`). Absent for a first launch. */
  readonly recovered?: Recovered;
  /** As `context.stats()` of `start`. */
  stats(this: void): Stats;
  /** As `context.durable()` of `start`. */
  durable(this: void): Promise<void>;
  /**
   * Ends the guard, as a clean exit does: its guardian removes the files (or saves them, with `autosave.keep: 'always'`)
   * and ends. The state stays what it is, and what changes from now on is not rescued. Resolves when the guardian is
   * gone. Calling it again does nothing; `attach` can be called again then, for another state.
   */
  close(this: void): Promise<void>;
}

/**
 * Guards this process: for one that cannot be the child of its guardian (under PM2, in Electron, in a test runner, in a
 * debugger, started by somebody else's command line). The guardian is started beside it, in a session of its own, and
 * outlives it. It learns of its death by the end of a pipe, and calls `rescue` as for `start`.
 *
 * What has been assigned to the state is rescued from the first assignment on, also when the guardian has hardly begun by
 * then. Without an autosave nothing is waited for. With one the guardian takes the file into possession first.
 *
 * Only a parent is told how a process has ended: of a signal, a native fault or `abort()`, `crash.kind` is `'vanished'`, and
 * `crash.signal` is what the kernel says, which answers from Linux 6.15 on. An exit code and an uncaught exception are noted by
 * the process itself.
 *
 * A clean exit ends the guard.
 *
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`); FaultguardError with code
 *   `ERR_FAULTGUARD_NODE_TOO_OLD`, `ERR_FAULTGUARD_ALREADY_STARTED` (a process has one guard), `ERR_FAULTGUARD_NOT_MAIN_THREAD`,
 *   `ERR_FAULTGUARD_SESSION_UNUSABLE` (no place for the journal), `ERR_FAULTGUARD_SPAWN_FAILED` (the guardian cannot be
 *   started), or one of those of an autosave (see `start`). Nothing is left behind then, and nothing is guarded.
 */
export async function attach<State extends object = Record<string, unknown>>(
  options: AttachOptions<State> & GuardableOptions<NoInfer<State>> = {} as never,
): Promise<Guard<State>> {
  checkNodeVersion('attach');
  checkAttachOptions(options);
  const wanted = withAttachSettings(options);
  checkMainThread('attach');
  if (isAttachedGuardian) return makeInertGuard(options) as Guard<State>;
  if (!takeGuard()) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_ALREADY_STARTED',
      'attach() was called in a process that has a guard. That goes on undisturbed. ' +
        'Put everything that is to be guarded into its state.',
    );
  }
  try {
    guardBuiltins();
    const { attachApp } = await import('./app/attach-app.ts');
    const guard = (await attachApp(wanted)) as Guard<State>;
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await guard.close();
      giveGuardBack();
    };
    // Once: by the second time the process may have another guard.
    return { ...guard, close: () => (closing ??= close()) };
  } catch (error) {
    giveGuardBack();
    throw error;
  }
}
