/**
 * One life of the app: its journal is followed until it is dead, and then read to its end.
 *
 * Invariants:
 * 1. When the app has died, all that it had appended is applied before anything else happens.
 * 2. An app that this process has not started is followed from where it has told its whole state.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Guarded, GuardedAutosave } from '../autosave/guarded-autosave.ts';
import { DossierGatherer } from '../dossier/gather-dossier.ts';
import { withDossier } from '../dossier/dossier.ts';
import { tell, trace } from '../events.ts';
import { FileControl } from '../memory/written-segment.ts';
import { Control } from '../journal/layout.ts';
import { readPosition } from '../journal/position.ts';
import type { JournalPosition } from '../journal/reader.ts';
import { Mirror } from '../mirror/mirror.ts';
import { isUndone } from '../mirror/is-undone.ts';
import type { GuardOptions } from '../options.ts';
import { locateReport } from '../platform/fatal-error-report.ts';
import type { Exit } from '../platform/process-end.ts';
import type { Session } from '../platform/session.ts';
import { type Crash, describeCrash, type Hang } from '../rescue/crash.ts';
import type { RememberedTerminal } from '../terminal/restore-terminal.ts';
import type { GuardedApp } from './guarded-app.ts';
import { findHangStack } from './hang-stack.ts';
import { JournalFollower } from './journal-follower.ts';
import { print } from '../platform/print.ts';
import { Watchdog } from './watchdog.ts';

/** Of `start` and `attach`. */
type WatchOptions = Pick<GuardOptions<object>, 'journal' | 'hangTimeoutMs' | 'dossier' | 'redact'>;

export interface Watched {
  readonly app: GuardedApp;
  readonly session: Session;
  readonly autosave: GuardedAutosave | undefined;
  readonly options: WatchOptions;
  /** The app has begun under another guardian, or before this one. */
  readonly isAdopted: boolean;
  readonly livedBeforeMs: (() => number) | undefined;
  /** `faultguard run` stands above: a hang is said. */
  readonly isRun: boolean;
  /** The one that app and guardian share. */
  readonly terminal: RememberedTerminal | undefined;
}

/** The app is dead. */
export interface EndOfApp {
  readonly exit: Exit;
  /** Undefined after a clean exit. */
  readonly crash: Crash | undefined;
  /** Its root is the state, if there is one. Not finished. */
  readonly mirror: Mirror;
  /** The bytes of buffers are those from before an open transaction, in the files there. */
  readonly isUndone: boolean;
  readonly directory: string;
  /** There was a state. The mirror may have been let go since. */
  readonly hasState: boolean;
  /** Before the mirror is let go, or files are removed: reads what the crash may be asked for. */
  readonly settle: () => void;
}

/** An app that has degraded is asked that often to tell its state anew, at most. */
const HEAL_MS_MIN = 1000;
const HEAL_MS_MAX = 60_000;
/** Of an app that is no child: from the end of its pipe until the kernel says how it has ended, if it says so at all. */
const END_MS_MAX = 100;
const END_POLL_MS = 1;
/** Between SIGTERM and SIGKILL, for an app that hangs. */
export const HANG_GRACE_MS = 2000;

export async function watchApp(watched: Watched): Promise<EndOfApp> {
  const { app, session, autosave, isAdopted, options } = watched;
  const { directory } = session;
  const control = FileControl.openIn(directory, 'write');
  const mirror = new Mirror({ isNumbered: autosave !== undefined });
  let follower: JournalFollower | undefined;
  let dossier: DossierGatherer | undefined;
  const healer = new Healer(
    app,
    () => (isAdopted && follower === undefined) || control.read(Control.degraded) === 1,
  );
  const follow = (from?: JournalPosition): JournalFollower => {
    follower = new JournalFollower(session, control, mirror, from);
    follower.onAppDegraded = () => healer.ask();
    dossier = new DossierGatherer(options, session, follower, app.pid);
    autosave?.start(guardedBy(watched, control, mirror, follower));
    return follower;
  };
  app.onRing(() => {
    if (follower !== undefined) follower.wake();
    else followFromRetold()?.start();
  });
  const followFromRetold = (): JournalFollower | undefined => {
    const from = readRetold(control);
    if (from === undefined) return undefined;
    trace(() => `follows the journal from segment ${from.segment}, byte ${from.offsetBytes}`);
    return follow(from);
  };
  if (isAdopted) {
    control.write(Control.guardianPid, process.pid);
    followFromRetold()?.start();
    healer.ask();
  } else follow().start();
  let hang: Hang | undefined;
  const endHang = async (forMs: number): Promise<void> => {
    hang = { forMs };
    if (watched.isRun)
      print(`The event loop of the app has stood still for ${forMs} ms, and the app is ended.`);
    const stack = await findHangStack(directory);
    hang = { forMs, ...(stack !== undefined && { stack }) };
    tell('hang', { pid: app.pid, ...hang });
    endHangingApp(app);
  };
  const watchdog =
    options.hangTimeoutMs === undefined
      ? undefined
      : new Watchdog(control, app.pid, options.hangTimeoutMs, (forMs) => void endHang(forMs));

  const ended = await app.ended;
  const crashedAt = new Date();
  const exit = await readExit(app, ended, control);
  trace(() => `process ${app.pid} has ended`);
  const isCrash = exit.exitCode !== 0 || hang !== undefined;
  if (isCrash) watched.terminal?.restore(control.read(Control.terminalModes));
  watchdog?.stop();
  healer.stop();
  autosave?.stop();
  if (follower === undefined) {
    follower = followFromRetold();
    // That has started it.
    autosave?.stop();
  }
  follower?.drain();
  if (follower !== undefined) warnOfLoss(app.pid, follower, control.read(Control.degraded) === 1);
  const found = isAdopted && mirror.root === undefined && isCrash ? await findState(autosave) : undefined;
  const facts = describeCrash({
    ...exit,
    isChild: app.readEnd === undefined,
    pid: app.pid,
    startedAt: app.startedAt,
    crashedAt,
    exception: (found?.mirror ?? mirror).exceptionReported,
    reportLocation: locateReport(directory),
    hang,
    ...(watchdog?.lastHeartbeatAt !== undefined && { lastHeartbeatAt: watchdog.lastHeartbeatAt }),
  });
  const gathered = dossier;
  const crash = gathered?.describe(facts, mirror) ?? (facts && withDossier(facts));
  const isUndoneAtEnd = follower !== undefined && isUndone(control, follower.tail);
  if (follower !== undefined && mirror.root !== undefined) autosave?.noteEnd(follower.tail);
  follower?.close();
  control.close();
  if (crash !== undefined) autosave?.noteCrash(crash);
  return {
    exit,
    crash,
    ...(found ?? { mirror, isUndone: isUndoneAtEnd, directory }),
    hasState: (found?.mirror ?? mirror).root !== undefined,
    settle: () => gathered?.settle(),
  };
}

/** The app has died before it could tell this guardian its state: the files of an autosave have it. */
async function findState(
  autosave: GuardedAutosave | undefined,
): Promise<Pick<EndOfApp, 'mirror' | 'isUndone' | 'directory'> | undefined> {
  if (autosave === undefined) {
    print(
      'The app has died before it could tell its new guardian its state, and no autosave is configured. The state is lost.',
    );
    return undefined;
  }
  try {
    // Not what it says of the crash: who was there knows more.
    const { mirror, isUndone, directory } = await autosave.readLast();
    return { mirror, isUndone, directory };
  } catch (error) {
    print(`The state of the app cannot be read from its autosave: ${(error as Error).message}`);
    return undefined;
  }
}

function guardedBy(
  { app, options: { journal }, livedBeforeMs }: Watched,
  control: FileControl,
  mirror: Mirror,
  follower: JournalFollower,
): Guarded {
  return {
    control,
    mirror,
    follower,
    journal,
    livedBeforeMs,
    pid: app.pid,
    startedAt: app.startedAt,
    onSaved: () => app.send({}),
    onProgress: (saved) => {
      tell('saved', { saved });
      app.send({});
    },
    onTrouble: (warning) => app.send({ warning }),
    onJournalGone: () => app.send({ isJournalGone: true }),
  };
}

/** Where the app has told its whole state; undefined as long as it has not. */
function readRetold(control: FileControl): JournalPosition | undefined {
  const retold = readPosition(control, Control.retoldSequence, Control.retoldOffset);
  return retold.offsetBytes === 0 ? undefined : retold;
}

/** Nobody has seen an app end that is no child: the kernel may say how, and it may have noted its exit code itself. */
async function readExit(app: GuardedApp, exit: Exit, control: FileControl): Promise<Exit> {
  if (exit.exitCode !== null || exit.signal !== null) return exit;
  const noted = control.read(Control.exitCode);
  // One that has noted it may go on for a while, or for ever, with its guard closed.
  const deadlineMs = performance.now() + (noted === 0 ? END_MS_MAX : 0);
  for (;;) {
    const told = app.readEnd?.();
    if (told !== undefined) return told;
    if (performance.now() >= deadlineMs) break;
    await sleep(END_POLL_MS);
  }
  return noted === 0 ? exit : { exitCode: noted - 1, signal: null };
}

/** Asks an app to tell its state anew, as long as that is needed: at once, and then more and more rarely. */
class Healer {
  readonly #app: GuardedApp;
  readonly #isNeeded: () => boolean;
  #waitMs = HEAL_MS_MIN;
  #timer: NodeJS.Timeout | undefined;

  constructor(app: GuardedApp, isNeeded: () => boolean) {
    this.#app = app;
    this.#isNeeded = isNeeded;
  }

  ask(): void {
    if (this.#timer !== undefined) return;
    this.#app.send({ isReady: true });
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isNeeded()) this.ask();
      else this.#waitMs = HEAL_MS_MIN;
    }, this.#waitMs).unref();
    this.#waitMs = Math.min(this.#waitMs * 2, HEAL_MS_MAX);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function endHangingApp(app: GuardedApp): void {
  app.kill('SIGTERM');
  const timer = setTimeout(() => app.kill('SIGKILL'), HANG_GRACE_MS);
  void app.ended.then(() => clearTimeout(timer));
}

function warnOfLoss(pid: number, follower: JournalFollower, isDegraded: boolean): void {
  if (follower.failure !== undefined) {
    print(
      `The journal of process ${pid} is damaged (${follower.failure.message}). ` +
        'The state is the last one before that place; what came after it is lost.',
    );
  } else if (isDegraded) {
    print(
      `Process ${pid} had stopped journaling before it ended. ` +
        'The state is the last one before that; what came after it is lost.',
    );
  }
}
