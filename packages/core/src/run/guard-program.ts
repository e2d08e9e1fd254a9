/**
 * The guardian of a program that `faultguard run` has started, and that has called `attach`: from then on, with all restarts.
 * It runs in the process of `run`, which is the program's parent, so that nothing about its end is missed.
 */
import { placeOptions, loadRescue } from '../guardian/attached-guardian.ts';
import { FaultguardError } from '../errors.ts';
import {
  Guardian,
  type GuardedLife,
  type GuardedOptions,
  type Spawned,
  type Surroundings,
} from '../guardian/guardian.ts';
import type { Exit, GuardedApp } from '../guardian/guarded-app.ts';
import { makePlace, type Place } from '../guardian/place.ts';
import type { RestartOptions } from '../options.ts';
import type { AttachedOptions, Greeting, GuardianMessage } from '../platform/bell.ts';
import type { Relay } from '../guardian/relay-messages.ts';
import type { Program } from './program.ts';

export interface ProgramGuard {
  /** It has called `attach`, and waits for an answer. */
  readonly program: Program;
  readonly greeting: Greeting;
  readonly restart: RestartOptions | undefined;
  readonly dossierDirectory: string | undefined;
  readonly signals: Surroundings['signals'];
  readonly terminal: Surroundings['terminal'];
  /** The same command again. */
  readonly startAgain: () => Promise<Program>;
}

/** Undefined when the program has been refused, or has closed its guard: it goes on without. */
export async function guardProgram(guard: ProgramGuard): Promise<GuardedLife | undefined> {
  const { greeting, restart, dossierDirectory, signals, terminal } = guard;
  const given = greeting.attached?.options ?? {};
  const rescue = await loadRescue(given);
  const place = await findPlace(guard.program, given, restart);
  if (place === undefined) return undefined;
  let { program } = guard;
  let next: Promise<Program> | undefined = Promise.resolve(program);
  const spawn = async (directory: string): Promise<Spawned> => {
    program = await (next ?? guard.startAgain());
    next = undefined;
    return { app: new AttachedProgram(program, directory), relay: relayOf(program) };
  };
  const { rescue: _, ...others } = given;
  const options = { ...(others as GuardedOptions), ...placeOptions(given), ...(restart && { restart }) };
  const life = await new Guardian({
    options,
    rescue,
    place,
    dossierDirectory,
    surroundings: { signals, terminal, spawn },
    isFileWanted: rescue === undefined,
  }).run();
  return program.isGuardClosed ? undefined : life;
}

/** Undefined when there is none: the program has been told why. */
async function findPlace(
  program: Program,
  given: AttachedOptions,
  restart: RestartOptions | undefined,
): Promise<Place | undefined> {
  try {
    return await makePlace({ ...placeOptions(given), ...(restart && { restart }) });
  } catch (error) {
    if (!(error instanceof FaultguardError)) throw error;
    const { code, message } = error;
    program.app.send({ refusal: { code, message } });
    return undefined;
  }
}

/** One that has closed its guard goes on, and so does its channel. */
function relayOf(program: Program): Relay | undefined {
  const { relay } = program;
  return relay && { finish: () => (program.isGuardClosed ? Promise.resolve() : relay.finish()) };
}

/** For a guardian it has ended when it has closed its guard. */
class AttachedProgram implements GuardedApp {
  readonly pid: number;
  readonly startedAt: Date;
  readonly ended: Promise<Exit>;
  readonly #program: Program;

  constructor(program: Program, directory: string) {
    const { app, guardClosed } = program;
    this.#program = program;
    this.pid = app.pid;
    this.startedAt = app.startedAt;
    const closed = guardClosed.then((): Exit => ({ exitCode: 0, signal: null }));
    this.ended = Promise.race([app.ended, closed]);
    void program.attached.then(() => app.send({ session: directory }));
  }

  onRing(listener: () => void): void {
    this.#program.app.onRing(listener);
  }

  send(message: GuardianMessage): void {
    this.#program.app.send(message);
  }

  kill(signal: NodeJS.Signals): void {
    this.#program.app.kill(signal);
  }
}
