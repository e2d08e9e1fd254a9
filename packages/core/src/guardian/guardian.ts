/**
 * The guardian: starts the app, mirrors its state, and calls the rescue function with it when the app dies.
 *
 * Invariants:
 * 1. Everything that can be refused is refused before the app is started.
 * 2. When the app has died, all that it had appended is applied before anything else happens.
 * 3. Whatever happens, the signals get their meaning back, and the session's files are removed: those of an autosave as it
 *    says (autosave/guard-autosave.ts).
 */
import type { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import type { Guarded, GuardedAutosave } from '../autosave/guard-autosave.ts';
import { openExistingFile } from '../memory/file.ts';
import { FileControl } from '../memory/written-segment.ts';
import { Control, CONTROL_BYTES } from '../journal/layout.ts';
import { controlPath } from '../journal/segment-files.ts';
import { RESCUE_TIMEOUT_MS_DEFAULT, type Rescue, type StartOptions } from '../options.ts';
import { BELL_FD, type GuardianMessage } from '../platform/bell.ts';
import { locateReport } from '../platform/fatal-error-report.ts';
import { loadFunction } from '../platform/load-function.ts';
import { createSession, removeAbandonedSessions, removeSession } from '../platform/session.ts';
import { type Crash, describeCrash } from '../rescue/crash.ts';
import { prepareRescue, type RescueResult, runRescue } from '../rescue/run-rescue.ts';
import { RescueFile } from '../rescue/rescue-file.ts';
import { endLikeApp } from './end-like-app.ts';
import { JournalFollower } from './journal-follower.ts';
import { Mirror } from '../mirror/mirror.ts';
import { isUndone } from '../mirror/undone.ts';
import { passSignals } from './pass-signals.ts';
import { ignoreLostPeer, relayMessages } from './relay-messages.ts';
import { rememberTerminal } from '../terminal/restore-terminal.ts';
import { spawnApp } from './spawn-app.ts';

/** How the guarded app ended, and what was done about it. */
export interface Outcome {
  /** Null when a signal ended the app. */
  readonly exitCode: number | null;
  /** Null when the app ended with an exit code. */
  readonly signal: NodeJS.Signals | null;
  /** Absent after a clean exit (code 0). */
  readonly crash?: Crash;
  /** The rescue function was called and came to its end without an exception. */
  readonly rescued: boolean;
  /** The file that holds the state, when the rescue function failed. */
  readonly rescueFile?: string;
  readonly restarts: number;
}

interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export async function runGuardian(options: StartOptions<object>): Promise<Outcome> {
  const exitCodeBefore = process.exitCode;
  const rescue =
    options.rescue === undefined ? undefined : await loadFunction<Rescue<object>>('rescue', options.rescue);
  const autosave = options.autosave === undefined ? undefined : await openAutosave(options.autosave);
  const session = autosave?.session ?? createSession(options.journal?.directory);
  const signals = passSignals();
  // Also when the script or its rescue function calls process.exit(). The files of an autosave are to stay.
  const removeFiles = (): void => {
    if (autosave === undefined) removeSession(session.directory);
  };
  process.once('exit', removeFiles);
  let isAppStarted = false;
  try {
    await closeInspector();
    const control = new FileControl(openExistingFile(controlPath(session.directory), CONTROL_BYTES, 'write'));
    const mirror = new Mirror({ isNumbered: autosave !== undefined });
    const follower = new JournalFollower(session, control, mirror);
    const terminal = rememberTerminal();
    const app = await spawnApp(session.directory);
    isAppStarted = true;
    const startedAt = new Date();
    const exited = onExit(app);
    signals.passTo(app);
    const relay = relayMessages(app);
    app.stdio[BELL_FD]?.on('data', () => follower.wake()).on('error', ignoreLostPeer);
    autosave?.start({ control, mirror, follower, pid: app.pid as number, startedAt, ...toApp(app, options) });
    follower.start();
    if (autosave === undefined) removeAbandonedSessions(dirname(session.directory));
    prepareRescue();

    const exit = await exited;
    const crashedAt = new Date();
    // First of all: what is printed from here on is to be read.
    if (exit.exitCode !== 0) terminal?.restore(control.read(Control.terminalModes));
    autosave?.stop();
    follower.drain();
    warnOfLoss(app, follower, control.read(Control.degraded) === 1);
    const crash = describeCrash({
      ...exit,
      pid: app.pid as number,
      startedAt,
      crashedAt,
      exception: mirror.exceptionReported,
      reportLocation: locateReport(session.directory),
    });
    const isUndoneAtEnd = isUndone(control, follower.tail);
    autosave?.noteEnd(follower.tail);
    follower.close();
    control.close();
    if (crash !== undefined) autosave?.noteCrash(crash);
    const last = { crash, mirror, isUndone: isUndoneAtEnd };
    let rescued: Rescued = { rescued: false };
    let problem: string | undefined;
    if (crash !== undefined && rescue !== undefined && mirror.root !== undefined) {
      // A rescue may change what it is given: what is saved is read from the files again, if they have it all.
      const isFirstSaved = autosave?.hasHole === true;
      if (isFirstSaved) problem = await autosave?.saveLast(last);
      for (const problem of mirror.finish(session.directory, isUndoneAtEnd)) print(problem);
      rescued = await callRescue(rescue, mirror.root, crash, options, () => {
        endLikeApp(exit, exitCodeBefore);
        process.exit();
      });
      mirror.forget();
      if (!isFirstSaved) problem = await autosave?.saveLast({ crash });
    } else problem = await autosave?.saveLast(last);
    problem = (await autosave?.cleanUp()) ?? problem;
    if (problem !== undefined) print(problem);
    await relay.finish();
    endLikeApp(exit, exitCodeBefore);
    return { ...exit, ...(crash && { crash }), ...rescued, restarts: 0 };
  } finally {
    if (!isAppStarted) await autosave?.abandon();
    autosave?.release();
    signals.stop();
    process.off('exit', removeFiles);
    removeFiles();
  }
}

/** An autosave is not loaded where there is none. */
async function openAutosave(
  options: NonNullable<StartOptions<object>['autosave']>,
): Promise<GuardedAutosave> {
  const { openAutosave: open } = await import('../autosave/guard-autosave.ts');
  return await open(options);
}

/** What the app is told of its autosave, in lines of JSON through the bell's pipe. */
function toApp(
  app: ChildProcess,
  { journal }: StartOptions<object>,
): Pick<Guarded, 'journal' | 'onSaved' | 'onTrouble' | 'onJournalGone'> {
  const send = (message: GuardianMessage): void => {
    const bell = app.stdio[BELL_FD];
    if (bell instanceof Writable && bell.writable) bell.write(`${JSON.stringify(message)}\n`);
  };
  return {
    journal,
    onSaved: () => send({}),
    onTrouble: (warning) => send({ warning }),
    onJournalGone: () => send({ isJournalGone: true }),
  };
}

interface Rescued {
  readonly rescued: boolean;
  readonly rescueFile?: string;
}

function onExit(app: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    app.once('exit', (exitCode, signal) => {
      app.stdio[BELL_FD]?.destroy();
      resolve({ exitCode, signal });
    });
  });
}

/** `--inspect` is meant for the app: gives up the port before the app asks for it. */
async function closeInspector(): Promise<void> {
  const asked = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((text) =>
    text.includes('--inspect'),
  );
  if (!asked) return;
  const { default: inspector } = await import('node:inspector');
  inspector.close();
}

function warnOfLoss(app: ChildProcess, follower: JournalFollower, degraded: boolean): void {
  if (follower.failure !== undefined) {
    print(
      `The journal of process ${app.pid} is damaged (${follower.failure.message}). ` +
        'The state is the last one before that place; what came after it is lost.',
    );
  } else if (degraded) {
    print(
      `Process ${app.pid} had stopped journaling before it ended. ` +
        'The state is the last one before that; what came after it is lost.',
    );
  }
}

async function callRescue(
  rescue: Rescue<object>,
  state: object,
  crash: Crash,
  options: StartOptions<object>,
  endProcess: () => void,
): Promise<Rescued> {
  const timeoutMs = options.rescueTimeoutMs ?? RESCUE_TIMEOUT_MS_DEFAULT;
  const file = new RescueFile(state, crash);
  if (isHeapTight()) {
    // The function may be the last straw: then this is all that is left.
    print(
      `The guardian's heap is nearly full with the state. ${file.write()} It is removed after the rescue.`,
    );
  }
  const result = await runRescue({
    rescue,
    state,
    crash,
    context: { args: options.args ?? [] },
    timeoutMs,
    onThreadHeld: () => {
      print(
        `${describeFailure({ kind: 'timed out' }, timeoutMs)} It holds the thread, so the guardian ends.\n${file.write()}`,
      );
      endProcess();
    },
  });
  if (result.kind === 'done') {
    file.remove();
    return { rescued: true };
  }
  print(`${describeFailure(result, timeoutMs)}\n${file.write()}`);
  return { rescued: false, ...(file.path !== undefined && { rescueFile: file.path }) };
}

/** Guardian and app run with the same limit, and the guardian's copy of the state may fill it as well. */
function isHeapTight(): boolean {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used > limit / 2;
}

function describeFailure(result: Exclude<RescueResult, { kind: 'done' }>, timeoutMs: number): string {
  if (result.kind === 'timed out') {
    return `The rescue function did not come to an end within ${timeoutMs} ms (option "rescueTimeoutMs").`;
  }
  const { error } = result;
  return `The rescue function threw: ${describeThrown(error)}`;
}

/** `inspect` copes with every value, down to one whose own properties throw. */
function describeThrown(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return 'something that cannot be shown';
  }
}

/** At once, whatever comes after: by a plain write to standard error. */
function print(message: string): void {
  try {
    writeSync(2, `faultguard: ${message}\n`);
  } catch {
    // Nobody is listening.
  }
}
