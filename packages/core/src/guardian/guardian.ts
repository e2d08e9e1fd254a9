/**
 * The guardian of a script: starts the app, mirrors its state, calls the rescue function with it when the app dies, and
 * starts it again if it is to.
 *
 * Invariants:
 * 1. Everything that can be refused is refused before the app is started.
 * 2. When the app has died, all that it had appended is applied before anything else happens.
 * 3. Whatever happens, the signals get their meaning back, and the session's files are removed: those of an autosave as it
 *    says (autosave/guarded-autosave.ts).
 */
import { dirname } from 'node:path';
import { tell } from '../events.ts';
import type { Rescue, StartOptions } from '../options.ts';
import { DossierFiles } from '../dossier/dossier-files.ts';
import { adjustOomScore, type OomScore } from '../platform/oom-score.ts';
import { loadFunction } from '../platform/load-function.ts';
import { type AdoptedApp, runSettingsText } from '../platform/process-at-start.ts';
import { withFlags } from '../platform/run-flags.ts';
import { removeAbandonedSessions, removeSession } from '../platform/session.ts';
import { type LaunchOrder, writeLaunchOrder } from '../restart/launch-order.ts';
import { describeRestart } from '../restart/describe-restart.ts';
import { type Beginning, RestartPolicy } from '../restart/restart-policy.ts';
import type { Crash } from '../rescue/crash.ts';
import { prepareRescue } from '../rescue/run-rescue.ts';
import { type RememberedTerminal, rememberTerminal } from '../terminal/restore-terminal.ts';
import { type Death, leaveBehind, prepareNext, rescueState, type StateAfterDeath } from './after-death.ts';
import { greetAdopted } from './attached-app.ts';
import { endLikeApp } from './end-like-app.ts';
import { type GuardedApp, StartedApp } from './guarded-app.ts';
import { isAskedFor } from './is-asked-for.ts';
import { type PassedSignals, passSignals } from './pass-signals.ts';
import { findPlace, makeNextPlace, makePlace, type Place } from './place.ts';
import { print } from '../platform/print.ts';
import { type Reaper, reapOrphans } from './reap-orphans.ts';
import { type Relay, relayMessages } from './relay-messages.ts';
import { spawnApp } from './spawn-app.ts';
import { watchApp } from './watch-app.ts';

/** How the guarded app ended, and what was done about it. */
export interface Outcome {
  /** Null when a signal ended the app. */
  readonly exitCode: number | null;
  /** Null when the app ended with an exit code. */
  readonly signal: NodeJS.Signals | null;
  /** Absent after a clean exit (code 0). */
  readonly crash?: Crash;
  /** The rescue function was called after the last crash, and came to its end without an exception. */
  readonly rescued: boolean;
  /** The file that holds the state, when the rescue function failed, or there was none and the app was given up. */
  readonly rescueFile?: string;
  /** How often the app has been started again. */
  readonly restarts: number;
}

/** One launch of the app. */
interface Launch {
  readonly app: GuardedApp;
  readonly relay: Relay | undefined;
  readonly from: Beginning;
  readonly attempt: number;
  /** It has begun under another guardian. */
  readonly isAdopted: boolean;
}

/** An app's process that has just been started. */
export interface Spawned {
  readonly app: GuardedApp;
  readonly relay: Relay | undefined;
}

/** What a guardian has about it that somebody else has brought: `faultguard run`. */
export interface Surroundings {
  readonly signals: PassedSignals;
  readonly terminal: RememberedTerminal | undefined;
  /** A process of the app, for the session in that directory. The first one is there already. */
  readonly spawn: (directory: string) => Promise<Spawned>;
}

/** What becomes of an app. */
export type GuardedOptions = Omit<StartOptions<object>, 'launch' | 'initial'>;

/** How it has ended, and where dossiers have been written. */
export interface GuardedLife {
  readonly outcome: Outcome;
  readonly dossiers: readonly string[];
}

/** `adopted`: an app that lives and has lost its guardian. `dossierDirectory`: for one of each crash. */
export async function runGuardian(
  options: GuardedOptions,
  adopted?: AdoptedApp,
  dossierDirectory?: string,
): Promise<GuardedLife> {
  const rescue =
    options.rescue === undefined ? undefined : await loadFunction<Rescue<object>>('rescue', options.rescue);
  const place = adopted === undefined ? await makePlace(options) : await findPlace(options, adopted);
  return await new Guardian({ options, rescue, place, dossierDirectory }).run(adopted);
}

interface GuardianParts {
  readonly options: GuardedOptions;
  readonly rescue: Rescue<object> | undefined;
  readonly place: Place;
  readonly dossierDirectory: string | undefined;
  readonly surroundings?: Surroundings;
  /** A state that nobody else keeps goes to a file. */
  readonly isFileWanted?: boolean;
}

export class Guardian {
  readonly #options: GuardedOptions;
  readonly #rescue: Rescue<object> | undefined;
  readonly #exitCodeBefore = process.exitCode;
  readonly #surroundings: Surroundings | undefined;
  readonly #isFileWanted: boolean;
  /** `faultguard run` stands above, and somebody at a terminal is to know what happens. */
  readonly #isRun: boolean;
  readonly #dossiers: DossierFiles;
  readonly #signals: PassedSignals;
  readonly #reaper: Reaper | undefined;
  readonly #oomScore: OomScore = adjustOomScore();
  readonly #policy: RestartPolicy | undefined;
  #place: Place;
  #terminal: RememberedTerminal | undefined;

  constructor({ options, rescue, place, dossierDirectory, surroundings, isFileWanted }: GuardianParts) {
    this.#options = options;
    this.#rescue = rescue;
    this.#place = place;
    this.#surroundings = surroundings;
    this.#isFileWanted = isFileWanted === true;
    this.#isRun = surroundings !== undefined || runSettingsText !== undefined;
    this.#dossiers = new DossierFiles(dossierDirectory);
    this.#signals = surroundings?.signals ?? passSignals();
    this.#reaper = surroundings === undefined ? reapOrphans() : undefined;
    if (options.restart !== undefined) this.#policy = new RestartPolicy(options.restart);
  }

  async run(adopted?: AdoptedApp): Promise<GuardedLife> {
    // Also when the script or its rescue function calls process.exit(). The files of an autosave are to stay.
    const removeFiles = (): void => {
      if (this.#place.scratch !== undefined) removeSession(this.#place.scratch);
    };
    process.once('exit', removeFiles);
    let isAppStarted = false;
    try {
      if (this.#surroundings === undefined) await closeInspector();
      let launch = adopted === undefined ? await this.#launchFirst() : await adopt(adopted);
      isAppStarted = true;
      prepareRescue();
      for (;;) {
        this.#oomScore.takeFirst(launch.app.pid);
        this.#signals.passTo(launch.app);
        const ended = await this.#live(launch);
        if ('restarts' in ended) return { outcome: ended, dossiers: this.#dossiers.paths };
        launch = ended;
      }
    } finally {
      // What an app has left that had begun under another guardian is no beginning of ours.
      if (!isAppStarted && adopted === undefined) await this.#place.autosave?.abandon();
      this.#place.autosave?.release();
      if (this.#surroundings === undefined) this.#signals.stop();
      this.#oomScore.restore();
      this.#reaper?.stop();
      process.off('exit', removeFiles);
      removeFiles();
    }
  }

  async #launchFirst(): Promise<Launch> {
    const { autosave, isAutosaveOwn, scratch } = this.#place;
    this.#terminal = this.#surroundings === undefined ? rememberTerminal() : this.#surroundings.terminal;
    const isResumed = this.#options.autosave?.existing === 'resume';
    const order = { attempt: 1, autosave: autosave?.path, resumes: false };
    const launch = await this.#start(isResumed ? 'resumed' : 'first', isAutosaveOwn ? order : undefined);
    if (scratch !== undefined) removeAbandonedSessions(dirname(scratch));
    return launch;
  }

  /** `order`: what is not as the options say. */
  async #start(from: Beginning, order?: LaunchOrder): Promise<Launch> {
    const { directory } = this.#place.session;
    if (order !== undefined) writeLaunchOrder(directory, order);
    const spawned = await (this.#surroundings?.spawn(directory) ?? spawnScript(directory));
    return { ...spawned, from, attempt: order?.attempt ?? 1, isAdopted: false };
  }

  /** Until the app is dead, and all is done about that. Returns the next launch, if there is one. */
  async #live(launch: Launch): Promise<Launch | Outcome> {
    const { app, relay, attempt, isAdopted } = launch;
    const policy = this.#policy;
    const startedMs = app.startedAt.getTime();
    const end = await watchApp({
      app,
      ...this.#place,
      options: this.#options,
      isAdopted,
      isRun: this.#isRun,
      terminal: this.#terminal,
      livedBeforeMs: policy && (() => policy.livedBeforeMs(startedMs, Date.now())),
    });
    const { exit, crash } = end;
    const crashedMs = Date.now();
    if (crash !== undefined) tell('crash', crash);
    const isAsked = crash !== undefined && (this.#signals.isEndWanted || isAskedFor(crash));
    const decision =
      crash === undefined || isAsked
        ? undefined
        : policy?.decide({ from: launch.from, startedMs, crashedMs });
    const death: Death = {
      end,
      place: this.#place,
      rescue: this.#rescue,
      options: this.#options,
      isFileWanted: this.#isFileWanted && this.#place.autosave === undefined,
      endProcess: () => {
        endLikeApp(exit, this.#exitCodeBefore);
        process.exit();
      },
    };
    let after = await rescueState(death);
    if (crash !== undefined) this.#dossiers.write(crash);
    if (decision?.is === 'give up') {
      const reason = this.#isRun ? withFlags(decision.reason) : decision.reason;
      print(`The app has crashed and is not started again: ${reason}.`);
    }
    if (decision?.is === 'restart' && after.answer !== 'stop') {
      const livedBeforeMs = (policy as RestartPolicy).livedBeforeMs(startedMs, crashedMs);
      const next = await this.#startAgain(launch, death, after, { ...decision, livedBeforeMs });
      if (next !== undefined) return next;
    }
    // Nobody else would keep the state of an app that was to go on.
    if (decision !== undefined && this.#place.isAutosaveOwn && !after.isMirrorUsed) {
      after = await rescueState({ ...death, isFileWanted: true });
    }
    const problem = await leaveBehind(death, after);
    if (problem !== undefined) print(problem);
    await relay?.finish();
    if (this.#surroundings === undefined) endLikeApp(exit, this.#exitCodeBefore);
    return { ...exit, ...(crash && { crash }), ...after.rescued, restarts: attempt - 1 };
  }

  /** Undefined when that cannot be done, which is said, or when somebody asks for the end meanwhile. */
  async #startAgain(
    { relay, attempt }: Launch,
    death: Death,
    after: StateAfterDeath,
    { delayMs, ...wanted }: Restart,
  ): Promise<Launch | undefined> {
    const { end } = death;
    const crash = end.crash as Crash;
    const next = await prepareNext(death, after, wanted);
    if (typeof next === 'string') {
      print(`The app has crashed and is not started again: ${next}`);
      return undefined;
    }
    if (this.#isRun) print(describeRestart('The app', crash, delayMs));
    await relay?.finish();
    if (!(await this.#signals.sleep(delayMs))) return undefined;
    tell('restart', { attempt: attempt + 1, delayMs, crash });
    this.#place = await makeNextPlace(this.#place, end.hasState);
    const started = await this.#start(next.from, { ...next.order, attempt: attempt + 1, lastCrash: crash });
    // While that begins. Its journal is another.
    end.settle();
    return started;
  }
}

/** How an app is to be started again. */
interface Restart {
  readonly delayMs: number;
  readonly isPoisoned: boolean;
  readonly livedBeforeMs: number;
}

/** The same script again. */
async function spawnScript(directory: string): Promise<Spawned> {
  const child = await spawnApp(directory);
  return { app: new StartedApp(child), relay: relayMessages(child) };
}

async function adopt(adopted: AdoptedApp): Promise<Launch> {
  const app = await greetAdopted(adopted);
  return { app, relay: undefined, from: 'first', attempt: app.greeting.attempt, isAdopted: true };
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
