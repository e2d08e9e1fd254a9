/** The app's side of `attach`: makes the session, starts the guardian, makes the state. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Guard } from '../attach.ts';
import { writeJson } from '../platform/json-file.ts';
import { FaultguardError, type FaultguardErrorCode } from '../errors.ts';
import { Control } from '../journal/layout.ts';
import { FileControl } from '../memory/written-segment.ts';
import type { AttachOptions, AutosaveOptions } from '../options.ts';
import { type AttachedOptions, type Greeting, optionsPath } from '../platform/messages.ts';
import { GUARDIAN_MARKER } from '../platform/process-at-start.ts';
import { sharedEnvironment, sharedExecArguments } from '../platform/script-arguments.ts';
import { createSession, removeSession } from '../platform/session.ts';
import { GuardedState } from './guarded-state.ts';
import { GuardianLink } from './guardian-link.ts';
import { keepStderr } from './keep-stderr.ts';
import { readLaunchOrder } from '../restart/launch-order.ts';
import { takeRun } from '../platform/run-pipe.ts';
import { firstState, greetingOf, orderOf, recoveredFrom, resumeState } from './beginning.ts';
import { watchTerminal } from './watch-terminal.ts';

/** Beside the file that this code is in, once it is built. */
const PROGRAM = new URL('./attached-guardian.js', import.meta.url);
/** What `faultguard run` loads to be the guardian: classes are known by the copy of the library that the app uses. */
const RUN_LIBRARY = new URL('./run-guardian.js', import.meta.url);

export async function attachApp(options: AttachOptions<object>): Promise<Guard<object>> {
  const program = fileURLToPath(PROGRAM);
  if (!existsSync(program)) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_SPAWN_FAILED',
      `The guardian's program ${program} is not there, as it is where a bundler has taken the library apart. Nothing has ` +
        'been started. Leave @faultguard/core out of the bundle.',
    );
  }
  const { journal, hangTimeoutMs } = options;
  const runPid = takeRun();
  const isSessionMade = runPid === undefined && options.autosave === undefined;
  let directory = isSessionMade ? createSession(journal?.directory).directory : undefined;
  const attachedOptions = toGuardian(options);
  const greetingWith = (given: AttachedOptions | undefined): Greeting => ({
    ...greetingOf(1),
    attached: { directory, ...(given !== undefined && { options: given }) },
  });
  const link = new GuardianLink(() => ({
    args: [...sharedExecArguments('a program'), program],
    env: sharedEnvironment(GUARDIAN_MARKER),
    greeting: greetingWith(options.autosave === undefined ? undefined : attachedOptions),
  }));
  let opened: GuardedState | undefined;
  try {
    // At once, however much it is: what waits in a pipe dies with this process.
    if (directory !== undefined) writeJson(optionsPath(directory), attachedOptions, false);
    if (runPid === undefined) startGuardian(link);
    else link.inheritRun(runPid, { attach: greetingWith(attachedOptions), library: RUN_LIBRARY.href });
    directory ??= await findSession(link);
    // Should `faultguard run` die, there will be another guardian.
    if (runPid !== undefined && options.autosave === undefined)
      writeJson(optionsPath(directory), attachedOptions, false);
    // From now on the session is in use, whatever becomes of this process.
    noteInControl(directory, Control.guardianPid, link.pid);
    const order = readLaunchOrder(directory) ?? orderOf(options);
    const recovered = await resumeState(options, order);
    const guarded = new GuardedState({
      directory,
      journal,
      hangTimeoutMs,
      hasAutosave: order.autosave !== undefined,
      isAttached: true,
      isAutosaveOwn: options.autosave === undefined,
      link,
    });
    opened = guarded;
    const state = guarded.begin(recovered ?? { state: firstState(options) });
    // It may be asleep already.
    link.ring();
    // A guardian that is no parent has no terminal.
    if (runPid !== undefined) watchTerminal((modes) => guarded.noteTerminalModes(modes));
    const forgetStderr = options.dossier?.stderrLines === 0 ? undefined : keepStderr(directory);
    // A console that has been used has its stream already.
    if (forgetStderr !== undefined) setImmediate(() => process.stderr).unref();
    return {
      state,
      ...(recovered !== undefined && { recovered: recoveredFrom(recovered.from, order) }),
      stats: () => guarded.stats(),
      durable: () => guarded.durable(),
      async close() {
        forgetStderr?.();
        await guarded.close();
      },
    };
  } catch (error) {
    // Nothing has been guarded, so nothing has been lost: for its guardian that is a clean end.
    if (opened !== undefined) await opened.close();
    else {
      if (directory !== undefined) noteInControl(directory, Control.exitCode, 1);
      await link.close();
    }
    if (directory !== undefined && isSessionMade) removeSession(directory);
    throw error;
  }
}

function startGuardian(link: GuardianLink): void {
  try {
    link.start();
  } catch (cause) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_SPAWN_FAILED',
      `The guardian's process could not be started: ${(cause as Error).message}. Nothing has been changed.`,
      { cause },
    );
  }
}

/** With an autosave the guardian takes it into possession, and says where the journal is to be. */
function findSession(link: GuardianLink): Promise<string> {
  return new Promise((resolve, reject) => {
    link.ref();
    const settle = (settle: () => void): void => {
      link.unref();
      settle();
    };
    link.listen({
      onMessage({ session, refusal }) {
        if (session !== undefined) settle(() => resolve(session));
        else if (refusal !== undefined) {
          const { code, message } = refusal;
          settle(() => reject(new FaultguardError(code as FaultguardErrorCode, message)));
        }
      },
      onLost: () =>
        settle(() =>
          reject(
            new FaultguardError(
              'ERR_FAULTGUARD_SPAWN_FAILED',
              'The guardian has died before it could begin. Nothing has been changed.',
            ),
          ),
        ),
    });
  });
}

function noteInControl(directory: string, word: number, value: number): void {
  const control = FileControl.openIn(directory, 'write');
  control.write(word, value);
  control.close();
}

function toGuardian({
  rescue,
  args,
  rescueTimeoutMs,
  journal,
  autosave,
  hangTimeoutMs,
  dossier,
  redact,
}: AttachOptions<object>): AttachedOptions {
  return {
    ...(rescue !== undefined && { rescue: rescue.href }),
    ...(args !== undefined && { args }),
    ...(rescueTimeoutMs !== undefined && { rescueTimeoutMs }),
    ...(journal !== undefined && { journal }),
    ...(autosave !== undefined && autosaveToGuardian(autosave)),
    ...(hangTimeoutMs !== undefined && { hangTimeoutMs }),
    ...(dossier !== undefined && { dossier }),
    ...(redact !== undefined && { redact }),
  };
}

/** A function goes to no other process: there it is only asked whether there is one. */
function autosaveToGuardian({
  migrate,
  ...autosave
}: AutosaveOptions): Pick<AttachedOptions, 'autosave' | 'canMigrate'> {
  return { autosave, canMigrate: migrate !== undefined };
}
