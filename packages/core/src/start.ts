/** `start`: one script in two roles. */
import { keepStderr } from './app/keep-stderr.ts';
import { FaultguardError } from './errors.ts';
import type { Outcome } from './guardian/guardian.ts';
import type { GuardableOptions } from './guardable.ts';
import { checkStartOptions, type StartOptions } from './options.ts';
import { takeGuard } from './platform/one-guard.ts';
import { checkMainThread } from './platform/main-thread.ts';
import { checkNodeVersion } from './platform/node-version.ts';
import { keepRunPipe, tellRun } from './platform/run-pipe.ts';
import { dossierDirectory, withStartSettings } from './run/settings.ts';
import { describeOutcome } from './run/describe-outcome.ts';
import { guardBuiltins } from './state/guarded-builtins.ts';
import { adoptedApp, inheritedSession, isOrphanedApp } from './platform/process-at-start.ts';

// As early as possible, in the app alone: see guarded-builtins.ts.
if (inheritedSession !== undefined) guardBuiltins();
// Before anything in the script can have asked for it.
const forgetStderr = inheritedSession === undefined ? undefined : keepStderr(inheritedSession);

/**
 * Runs `launch` in a process of its own, under guard.
 *
 * The first process to get here becomes the guardian and runs the same script again; that child gets here
 * too, and runs `launch` with the guarded state. In the child the promise never resolves: what follows
 * `await start(…)` in the script is the guardian's, once the app has ended. Whatever comes before it runs in
 * both processes.
 *
 * Every mutation of the state that has returned survives the death of the app's process: exception, exit,
 * abort, segmentation fault, heap out-of-memory, SIGKILL. When the app dies, `rescue` is called in the
 * guardian with the state as plain values.
 *
 * Unless the script says otherwise, the guardian then ends with the app's exit code or signal.
 *
 * @returns how the app ended. By then its process is gone, `rescue` has come to its end, and the session's
 *   files are removed.
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`) for an option that means nothing;
 *   FaultguardError with code `ERR_FAULTGUARD_NODE_TOO_OLD`, `ERR_FAULTGUARD_ALREADY_STARTED` (a script can start one app),
 *   `ERR_FAULTGUARD_NOT_MAIN_THREAD`, `ERR_FAULTGUARD_NO_SCRIPT` (standard input cannot be run twice),
 *   `ERR_FAULTGUARD_SESSION_UNUSABLE` (no place for the journal), `ERR_FAULTGUARD_AUTOSAVE_EXISTS` (of an app that has ended),
 *   `…_AUTOSAVE_ACTIVE` (of a process that lives), `…_AUTOSAVE_VERSION` (of another release of the app),
 *   `…_AUTOSAVE_UNUSABLE` (no place for it) or `ERR_FAULTGUARD_SPAWN_FAILED` (the system
 *   starts no process). In each case nothing has been started.
 */
export async function start<State extends object = Record<string, unknown>>(
  options: StartOptions<State> & GuardableOptions<NoInfer<State>>,
): Promise<Outcome> {
  checkNodeVersion('start');
  checkStartOptions(options);
  const wanted = withStartSettings(options);
  checkMainThread('start');
  if (!takeGuard()) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_ALREADY_STARTED',
      'start() was called in a process that has a guard. That goes on undisturbed. ' +
        'Put what both are to run into one launch function.',
    );
  }
  if (isOrphanedApp) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_SESSION_UNUSABLE',
      'This process was started as the app of a guardian that has died before it could begin. ' +
        'Nothing has been started. Start the script again.',
    );
  }
  // Each process loads its own side only, and none of the modules of Node that only the other needs.
  if (inheritedSession !== undefined) {
    if (wanted.dossier?.stderrLines === 0) forgetStderr?.();
    const { runApp } = await import('./app/run-app.ts');
    return await runApp(inheritedSession, wanted);
  }
  keepRunPipe();
  tellRun({ guardianOf: adoptedApp?.pid ?? null });
  const { runGuardian } = await import('./guardian/guardian.ts');
  const { outcome, dossiers } = await runGuardian(wanted, adoptedApp, dossierDirectory());
  tellRun({ outcome: describeOutcome(outcome, dossiers) });
  return outcome;
}
