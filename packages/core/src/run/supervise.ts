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
import type { Crash } from '../rescue/crash.ts';
import { DossierFiles } from '../dossier/dossier-files.ts';
import { endLikeApp } from '../guardian/end-like-app.ts';
import type { Exit } from '../platform/process-end.ts';
import type { GuardedLife } from '../guardian/guardian.ts';
import { isAskedFor } from '../guardian/is-asked-for.ts';
import { type PassedSignals, passSignals } from '../guardian/pass-signals.ts';
import { print } from '../platform/print.ts';
import { reapOrphans } from '../guardian/reap-orphans.ts';
import { describeRestart } from '../restart/describe-restart.ts';
import { RestartPolicy } from '../restart/restart-policy.ts';
import { withFlags } from '../platform/run-flags.ts';
import { rememberTerminal } from '../terminal/restore-terminal.ts';
import type { RunOutcome } from '../platform/messages.ts';
import { describeOutcome } from './describe-outcome.ts';
import { followStops, type FollowedStops } from './follow-stops.ts';
import type { ProgramGuard } from './guard-program.ts';
import { killTree } from './process-tree.ts';
import { type Attachment, type Program, type ProgramOptions, startProgram } from './program.ts';
import { type EndOfProgram, watchProgram } from './watch-program.ts';

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
      const watched = watchProgram(program, this.#options);
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
      const next = await this.#goOn(
        guarded.program,
        await watchProgram(guarded.program, this.#options).ended,
      );
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

  async #startAgain(): Promise<Program> {
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
          program = await this.#startAgain();
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

  /** Returns the program that is started next, or how all has ended. */
  async #goOn(program: Program, end: EndOfProgram): Promise<Program | RunEnd> {
    const { exit, crash } = end;
    this.#isGuarded ||= program.isGuarded;
    // One that has never had an app has crashed like any other program.
    if (program.guarded.length > 0) return await this.#outliveGuardian(program, end);
    if (crash !== undefined) {
      // Node puts the settings back when it exits, and nothing else.
      this.#terminal?.restoreUnseen(exit.signal !== null || crash.kind === 'hang' || this.#options.isNode);
      this.#dossiers.write(crash);
    }
    await program.relay?.finish();
    if (crash !== undefined && (await this.#isStartedAgain(program, crash))) return await this.#startAgain();
    return this.#tell(exit, crash);
  }

  async #isStartedAgain({ app }: Program, crash: Crash): Promise<boolean> {
    if (this.#policy === undefined || this.#signals.isEndWanted || isAskedFor(crash)) return false;
    const decision = this.#policy.decide({
      from: 'first',
      startedMs: app.startedAt.getTime(),
      crashedMs: crash.crashedAt.getTime(),
    });
    const { command } = this.#options;
    if (decision.is === 'restart') {
      print(describeRestart(command, crash, decision.delayMs));
      return await this.#signals.sleep(decision.delayMs);
    }
    print(withFlags(`${command} has crashed and is not started again: ${decision.reason}.`));
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
  async #outliveGuardian(program: Program, { exit, crash }: EndOfProgram): Promise<RunEnd> {
    const isLost = program.outcome === undefined;
    if (isLost) {
      this.#signals.passTo({ kill: (signal) => killTree(program.guarded, signal) });
      await program.pipeEnded;
    }
    program.endPipe();
    const unknown = { ...exit, ...(crash && { crash }), rescued: false, restarts: 0 };
    const told = program.outcome ?? describeOutcome(unknown, []);
    // The script may have set another code.
    const { exitCode, signal } = isLost ? told : exit;
    // Nobody else would: a guardian after the first has no terminal.
    if (isLost && told.crash !== null) this.#terminal?.restoreUnseen(true);
    await program.relay?.finish();
    endLikeApp({ exitCode, signal }, this.#exitCodeBefore);
    return { ...told, exitCode, signal, restarts: this.#restarts + told.restarts, isGuarded: true };
  }
}

interface Library {
  readonly guardProgram: (guard: ProgramGuard) => Promise<GuardedLife | undefined>;
}

async function loadLibrary(url: string): Promise<Library> {
  if (!url.startsWith('file:')) throw new Error(`its library is no file, but ${url}`);
  return (await import(url)) as Library;
}
