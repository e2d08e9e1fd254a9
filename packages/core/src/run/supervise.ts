/**
 * `faultguard run`: a command under supervision, in the process that calls this.
 *
 * A program that calls `attach` is guarded from here on (guard-program.ts); one that calls `start` is a guardian itself, and
 * started here once. Any other program is watched from outside: when it has crashed it is started again, if that is wanted.
 *
 * Invariants:
 * 1. Nothing stands between the program and its input, output and terminal: its descriptors are those of this process, and
 *    this process writes nothing but notes, to standard error.
 * 2. This process outlives the signals that mean the program, and ends as it has ended.
 * 3. There is one guardian.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Crash, describeCrash, type Hang } from '../rescue/crash.ts';
import { DossierFiles } from '../dossier/dossier-files.ts';
import { withDossier } from '../dossier/dossier.ts';
import { ResourceSampler } from '../dossier/resource-sample.ts';
import { endLikeApp } from '../guardian/end-like-app.ts';
import type { Exit } from '../guardian/guarded-app.ts';
import type { GuardedLife } from '../guardian/guardian.ts';
import { isAskedFor } from '../guardian/is-asked-for.ts';
import { type PassedSignals, passSignals } from '../guardian/pass-signals.ts';
import { print } from '../guardian/print.ts';
import { reapOrphans } from '../guardian/reap-orphans.ts';
import { HANG_GRACE_MS } from '../guardian/watch-app.ts';
import { RestartPolicy } from '../restart/restart-policy.ts';
import { rememberTerminal } from '../terminal/restore-terminal.ts';
import type { RunOutcome } from '../platform/bell.ts';
import { directoryAtStart } from '../platform/process-at-start.ts';
import { startTimeOf } from '../platform/process-identity.ts';
import { describeOutcome } from './describe-outcome.ts';
import { followStops, type FollowedStops } from './follow-stops.ts';
import type { ProgramGuard } from './guard-program.ts';
import { OutputWatchdog } from './output-watchdog.ts';
import { findTree, isAlive, killTree, type TreeProcess } from './process-tree.ts';
import { type Attachment, type Program, type ProgramOptions, startProgram } from './program.ts';

/** How the command has ended, and what has been done about it. */
export interface RunEnd extends RunOutcome {
  /** The program has called `start` or `attach`. */
  readonly isGuarded: boolean;
}

/**
 * Runs the command until it has ended and is not started again. This process then ends as the program has, unless somebody
 * sets another exit code. Rejects with what the system says when the command cannot be started in the first place.
 */
export async function superviseCommand(options: ProgramOptions): Promise<RunEnd> {
  const supervisor = new Supervisor(options);
  try {
    return await supervisor.run();
  } finally {
    supervisor.stop();
  }
}

/** How a program has ended that was not guarded from here. */
interface End {
  readonly exit: Exit;
  readonly crash: Crash | undefined;
}

const RESOURCES_MS = 1000;
/** A program of Node may take that long until it calls `start` or `attach`, and is watched otherwise then. */
const NODE_SETTLING_MS = 10_000;

class Supervisor {
  readonly #options: ProgramOptions;
  readonly #exitCodeBefore = process.exitCode;
  readonly #signals: PassedSignals = passSignals();
  readonly #stops: FollowedStops = followStops();
  readonly #reaper = reapOrphans();
  readonly #terminal = rememberTerminal();
  readonly #dossiers: DossierFiles;
  readonly #policy: RestartPolicy | undefined;
  #isGuarded = false;
  #restarts = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
    const { restart, dossierDirectory } = options.settings;
    this.#dossiers = new DossierFiles(dossierDirectory ?? undefined);
    if (restart != null) this.#policy = new RestartPolicy(restart);
  }

  stop(): void {
    this.#signals.stop();
    this.#stops.stop();
    this.#reaper.stop();
  }

  async run(): Promise<RunEnd> {
    let program = await this.#start();
    for (;;) {
      const watched = this.#watch(program);
      const attachment = await Promise.race([program.attached, watched.ended]);
      if ('exit' in attachment) {
        const next = await this.#goOn(program, attachment);
        if ('exitCode' in next) return next;
        program = next;
        continue;
      }
      watched.stop();
      const guarded = await this.#guard(program, attachment);
      if (guarded.life !== undefined) return this.#tellLife(guarded.life);
      // It goes on without a guard, and cannot have another one from here.
      void guarded.program.guardClosed.then(() => guarded.program.endPipe());
      const next = await this.#goOn(guarded.program, await this.#watch(guarded.program).ended);
      if ('exitCode' in next) return next;
      program = next;
    }
  }

  async #start(): Promise<Program> {
    const program = await startProgram(this.#options);
    this.#stops.follow(program.app);
    this.#signals.passTo(program.app);
    return program;
  }

  async #startAgain(ended: Program): Promise<Program> {
    const { exitCode, signal } = await ended.app.ended;
    const how = signal === null ? `has ended with exit code ${exitCode}` : `was ended by ${signal}`;
    print(`${this.#options.command} ${how}, and is started again.`);
    this.#restarts++;
    return await this.#start();
  }

  /** Of a program that has called `attach`: until it is not started again, or goes on without a guard. */
  async #guard(
    first: Program,
    { greeting, library }: Attachment,
  ): Promise<{ readonly program: Program; readonly life: GuardedLife | undefined }> {
    let program = first;
    const { restart, dossierDirectory } = this.#options.settings;
    try {
      const { guardProgram } = await loadLibrary(library);
      const life = await guardProgram({
        program,
        greeting,
        restart: restart ?? undefined,
        dossierDirectory: dossierDirectory ?? undefined,
        signals: this.#signals,
        terminal: this.#terminal,
        startAgain: async () => {
          program = await this.#startAgain(program);
          return program;
        },
      });
      return { program, life };
    } catch (error) {
      print(`${this.#options.command} cannot be guarded from here: ${(error as Error).message}`);
      // It takes that for the death of its guardian, and starts another one.
      program.endPipe();
      return { program, life: undefined };
    }
  }

  /** From outside. `stop`: somebody else does that from now on. */
  #watch(program: Program): { readonly ended: Promise<End>; readonly stop: () => void } {
    const { hangTimeoutMs, dossierDirectory } = this.#options.settings;
    const { app } = program;
    const settlingMs = this.#options.isNode ? NODE_SETTLING_MS : 0;
    const sampler = new ResourceSampler(app.pid);
    const sampling =
      dossierDirectory == null
        ? undefined
        : setInterval(() => sampler.noticeActivity(Date.now()), RESOURCES_MS).unref();
    let hang: Hang | undefined;
    let hangEnded: Promise<void> | undefined;
    const watchdog =
      hangTimeoutMs == null
        ? undefined
        : new OutputWatchdog(app.pid, hangTimeoutMs, settlingMs, (forMs) => {
            // Its guardian watches its event loop.
            if (program.isGuarded && !program.isGuardClosed) return;
            hang = { forMs };
            print(`${this.#options.command} has done nothing for ${forMs} ms, and is ended.`);
            hangEnded = endTree(app.pid);
          });
    const stop = (): void => {
      clearInterval(sampling);
      watchdog?.stop();
    };
    const ended = app.ended.then(async (exit): Promise<End> => {
      const crashedAt = new Date();
      stop();
      await hangEnded;
      const facts = describeCrash({
        ...exit,
        isChild: true,
        pid: app.pid,
        startedAt: app.startedAt,
        crashedAt,
        exception: undefined,
        reportLocation: { directory: directoryAtStart ?? '.' },
        hang,
      });
      const resources = sampler.last;
      return {
        exit,
        crash: facts && withDossier({ ...facts, ...(resources !== undefined && { resources }) }),
      };
    });
    return { ended, stop };
  }

  /** Returns the program that is started next, or how all has ended. */
  async #goOn(program: Program, { exit, crash }: End): Promise<Program | RunEnd> {
    this.#isGuarded ||= program.isGuarded;
    if (program.isGuardian) return await this.#outliveGuardian(program, exit);
    if (crash !== undefined) {
      // Node puts the settings back when it exits, and nothing else.
      this.#terminal?.restoreUnseen(exit.signal !== null || crash.kind === 'hang' || this.#options.isNode);
      this.#dossiers.write(crash);
    }
    await program.relay?.finish();
    if (crash !== undefined && (await this.#isStartedAgain(program, crash)))
      return await this.#startAgain(program);
    return this.#tell(exit, crash);
  }

  async #isStartedAgain({ app }: Program, crash: Crash): Promise<boolean> {
    if (this.#policy === undefined || this.#signals.isEndWanted || isAskedFor(crash)) return false;
    const decision = this.#policy.decide({
      from: 'first',
      startedMs: app.startedAt.getTime(),
      crashedMs: crash.crashedAt.getTime(),
    });
    if (decision.is === 'restart') return await this.#signals.sleep(decision.delayMs);
    print(`${this.#options.command} has crashed and is not started again: ${decision.reason}.`);
    return false;
  }

  #tell(exit: Exit, crash: Crash | undefined): RunEnd {
    endLikeApp(exit, this.#exitCodeBefore);
    const outcome = { ...exit, ...(crash && { crash }), rescued: false, restarts: this.#restarts };
    return { ...describeOutcome(outcome, this.#dossiers.paths), isGuarded: this.#isGuarded };
  }

  /** One that was guarded from here. */
  #tellLife({ outcome, dossiers }: GuardedLife): RunEnd {
    endLikeApp(outcome, this.#exitCodeBefore);
    const all = [...this.#dossiers.paths, ...dossiers];
    return { ...describeOutcome({ ...outcome, restarts: this.#restarts }, all), isGuarded: true };
  }

  /** Its app outlives a guardian that has been killed, and starts another one: all that is a part of this run. */
  async #outliveGuardian(program: Program, exit: Exit): Promise<RunEnd> {
    const isLost = program.outcome === undefined;
    if (isLost) {
      const { guardedPid } = program;
      if (guardedPid !== undefined) this.#passTo(guardedPid);
      await program.pipeEnded;
    }
    program.endPipe();
    const unknown = { ...exit, crash: null, rescued: false, restarts: 0, dossiers: [] };
    const told = program.outcome ?? unknown;
    // The script may have set another code.
    const { exitCode, signal } = isLost ? told : exit;
    // Nobody else would: a guardian after the first has no terminal.
    if (isLost && told.crash !== null) this.#terminal?.restoreUnseen(true);
    await program.relay?.finish();
    endLikeApp({ exitCode, signal }, this.#exitCodeBefore);
    return { ...told, exitCode, signal, restarts: this.#restarts + told.restarts, isGuarded: true };
  }

  /** A process that is no child, and never another one that has its pid meanwhile. */
  #passTo(pid: number): void {
    const process: TreeProcess = { pid, startTime: startTimeOf(pid) };
    this.#signals.passTo({ kill: (signal) => killTree([process], signal) });
  }
}

interface Library {
  readonly guardProgram: (guard: ProgramGuard) => Promise<GuardedLife | undefined>;
}

async function loadLibrary(url: string): Promise<Library> {
  if (!url.startsWith('file:')) throw new Error(`its library is no file, but ${url}`);
  return (await import(url)) as Library;
}

const LOOK_MS = 20;

/** A program that hangs, and all that it has started. */
async function endTree(pid: number): Promise<void> {
  const tree = findTree(pid);
  const deadlineMs = performance.now() + HANG_GRACE_MS;
  killTree(tree, 'SIGTERM');
  while (performance.now() < deadlineMs && tree.some((each) => isAlive(each))) await sleep(LOOK_MS);
  killTree(tree, 'SIGKILL');
}
