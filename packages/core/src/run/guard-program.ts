/**
 * The guardian of a program that `faultguard run` has started, and that has called `attach`: from then on, with all restarts.
 * It runs in the process of `run`, which is the program's parent, so that nothing about its end is missed.
 */
import { loadRescue, makePlaceFor, placeOptions } from '../guardian/attached-options.ts';
import { Guardian, type GuardedLife, type Spawned, type Surroundings } from '../guardian/guardian.ts';
import type { GuardedApp } from '../guardian/guarded-app.ts';
import type { RestartOptions } from '../options.ts';
import type { Greeting, GuardianMessage } from '../platform/messages.ts';
import type { Exit } from '../platform/process-end.ts';
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
  const wanted = { ...placeOptions(given), ...(restart && { restart }) };
  const place = await makePlaceFor(guard.program.app, wanted);
  if (place === undefined) return undefined;
  let { program } = guard;
  let next: Promise<Program> | undefined = Promise.resolve(program);
  const spawn = async (directory: string): Promise<Spawned> => {
    program = await (next ?? guard.startAgain());
    next = undefined;
    return { app: new AttachedProgram(program, directory), relay: relayOf(program) };
  };
  const { rescue: _, canMigrate: _can, ...others } = given;
  const life = await new Guardian({
    options: { ...others, ...wanted },
    rescue,
    place,
    dossierDirectory,
    surroundings: { signals, terminal, spawn },
    isFileWanted: rescue === undefined,
  }).run();
  return program.isGuardClosed ? undefined : life;
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
