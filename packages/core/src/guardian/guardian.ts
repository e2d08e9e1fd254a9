/**
 * The guardian: starts the app, mirrors its state, and calls the rescue function with it when the app dies.
 *
 * Invariants:
 * 1. Everything that can be refused is refused before the app is started.
 * 2. When the app has died, all that it had appended is applied before anything else happens.
 * 3. Whatever happens, the session's files are removed and the signals get their meaning back.
 */
import type { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { openExistingFile } from '../memory/file.ts';
import { FileControl } from '../memory/written-segment.ts';
import { Control, CONTROL_BYTES, SEGMENT_HEADER_WORDS, WORD_BYTES } from '../journal/layout.ts';
import { controlPath } from '../journal/segment-files.ts';
import { RESCUE_TIMEOUT_MS_DEFAULT, type Rescue, type StartOptions } from '../options.ts';
import { BELL_FD } from '../platform/bell.ts';
import { locateReport } from '../platform/fatal-error-report.ts';
import { loadFunction } from '../platform/load-function.ts';
import { createSession, removeAbandonedSessions, removeSession } from '../platform/session.ts';
import { type Crash, describeCrash } from '../rescue/crash.ts';
import { prepareRescue, type RescueResult, runRescue } from '../rescue/run-rescue.ts';
import { RescueFile } from '../rescue/rescue-file.ts';
import { endLikeApp } from './end-like-app.ts';
import { JournalFollower } from './journal-follower.ts';
import { Mirror } from '../mirror/mirror.ts';
import { passSignals } from './pass-signals.ts';
import { ignoreLostPeer, relayMessages } from './relay-messages.ts';
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
  const session = createSession(options.journal?.directory);
  const signals = passSignals();
  // Also when the script or its rescue function calls process.exit().
  const removeFiles = (): void => removeSession(session.directory);
  process.once('exit', removeFiles);
  try {
    await closeInspector();
    const control = new FileControl(openExistingFile(controlPath(session.directory), CONTROL_BYTES, 'write'));
    const mirror = new Mirror();
    const follower = new JournalFollower(session, control, mirror);
    const app = await spawnApp(session.directory);
    const startedAt = new Date();
    const exited = onExit(app);
    signals.passTo(app);
    const relay = relayMessages(app);
    app.stdio[BELL_FD]?.on('data', () => follower.wake()).on('error', ignoreLostPeer);
    follower.start();
    removeAbandonedSessions(dirname(session.directory));
    prepareRescue();

    const exit = await exited;
    const crashedAt = new Date();
    follower.drain();
    warnOfLoss(app, follower, control.read(Control.degraded) === 1);
    for (const problem of mirror.finish(session.directory, isUndone(control, follower))) print(problem);
    follower.close();
    control.close();
    const crash = describeCrash({
      ...exit,
      pid: app.pid as number,
      startedAt,
      crashedAt,
      exception: mirror.exceptionReported,
      reportLocation: locateReport(session.directory),
    });
    const rescued =
      crash && rescue && mirror.root
        ? await callRescue(rescue, mirror.root, crash, options, () => {
            endLikeApp(exit, exitCodeBefore);
            process.exit();
          })
        : { rescued: false };
    await relay.finish();
    endLikeApp(exit, exitCodeBefore);
    return { ...exit, ...(crash && { crash }), ...rescued, restarts: 0 };
  } finally {
    signals.stop();
    process.off('exit', removeFiles);
    removeFiles();
  }
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

/** Was a transaction open that may have written to the memory of buffers? */
function isUndone(control: FileControl, follower: JournalFollower): boolean {
  if (control.read(Control.undoOpen) !== 1) return false;
  const { sequence, offsetBytes } = follower.tail;
  const openSequence = control.read(Control.undoSequence) >>> 0;
  // A change of segments may have come before its first record.
  const isInNext = sequence === openSequence + 1 && offsetBytes === SEGMENT_HEADER_WORDS * WORD_BYTES;
  return isInNext || (sequence === openSequence && offsetBytes === control.read(Control.undoOffset));
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
): Promise<{ rescued: boolean; rescueFile?: string }> {
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
