/**
 * The guardian of a process that has started it: mirrors its state, and calls the rescue function when it has died. It
 * ends when it is done with that.
 */
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tell } from '../events.ts';
import { FaultguardError } from '../errors.ts';
import {
  type AutosaveOptions,
  type JournalOptions,
  type Rescue,
  RESCUE_TIMEOUT_MS_DEFAULT,
} from '../options.ts';
import { type AttachedGuard, type AttachedOptions, optionsPath } from '../platform/bell.ts';
import { readJson } from '../autosave/identity.ts';
import { adjustOomScore } from '../platform/oom-score.ts';
import { loadFunction } from '../platform/load-function.ts';
import { removeAbandonedSessions, removeSession } from '../platform/session.ts';
import { prepareRescue } from '../rescue/run-rescue.ts';
import { leaveBehind, rescueState } from './after-death.ts';
import { type AttachedApp, greetApp } from './attached-app.ts';
import { findPlace, makePlace, type Place } from './place.ts';
import { print } from './print.ts';
import { watchApp } from './watch-app.ts';

/** What ends the app and everything around it is no reason to leave it without a guardian: that ends after it. */
const OUTLIVED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

export async function runAttachedGuardian(): Promise<void> {
  for (const signal of OUTLIVED) process.on(signal, () => {});
  // Whoever reads what the app writes may be gone when a rescue writes.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const app = await greetApp();
  const { directory, options: given } = app.greeting.attached as AttachedGuard;
  const options: AttachedOptions = given ?? readJson(optionsPath(directory as string)) ?? {};
  // Before anything is read of the state: it registers the classes that are in it.
  const rescue = await loadRescue(options);
  const place = await takePlace(app, directory, options);
  if (place === undefined) return;
  // Also when a rescue function calls process.exit(), or holds the thread.
  process.once('exit', () => {
    if (place.scratch !== undefined) removeSession(place.scratch);
  });
  try {
    await guard(app, place, options, rescue);
  } finally {
    place.autosave?.release();
  }
}

/** Undefined when there is none: the app has been told why. */
async function takePlace(
  app: AttachedApp,
  directory: string | undefined,
  options: AttachedOptions,
): Promise<Place | undefined> {
  const given = placeOptions(options);
  if (directory !== undefined) return await findPlace(given, { pid: app.pid, directory });
  try {
    const place = await makePlace(given);
    app.send({ session: place.session.directory });
    return place;
  } catch (error) {
    if (!(error instanceof FaultguardError)) throw error;
    const { code, message } = error;
    app.send({ refusal: { code, message } });
    return undefined;
  }
}

/** Of what the app has said. */
export function placeOptions(options: AttachedOptions): {
  readonly autosave?: AutosaveOptions;
  readonly journal?: JournalOptions;
} {
  const { autosave, journal, canMigrate } = options as AttachedOptions & {
    autosave?: AutosaveOptions;
    journal?: JournalOptions;
  };
  return {
    // The app does that itself; here it is asked for alone.
    ...(autosave !== undefined && {
      autosave: { ...autosave, ...(canMigrate === true && { migrate: asItIs }) },
    }),
    ...(journal !== undefined && { journal }),
  };
}

const asItIs = (old: unknown): object => old as object;

/** Undefined when there is none, and when it cannot be loaded, which is said. */
export async function loadRescue({
  rescue,
  rescueTimeoutMs = RESCUE_TIMEOUT_MS_DEFAULT,
}: AttachedOptions): Promise<Rescue<object> | undefined> {
  if (rescue === undefined) return undefined;
  try {
    const loading = loadFunction<Rescue<object>>('rescue', new URL(rescue));
    // A module may wait at its top level for what never comes.
    const waiting = new AbortController();
    const tooLate = sleep(rescueTimeoutMs, undefined, { signal: waiting.signal }).then(() => {
      throw new Error(`it has not been loaded within ${rescueTimeoutMs} ms (option "rescueTimeoutMs").`);
    });
    try {
      return await Promise.race([loading, tooLate]);
    } finally {
      waiting.abort();
      tooLate.catch(() => {});
    }
  } catch (error) {
    print(`The rescue module cannot be loaded: ${(error as Error).message} The state is kept without it.`);
    return undefined;
  }
}

async function guard(
  app: AttachedApp,
  place: Place,
  options: AttachedOptions,
  rescue: Rescue<object> | undefined,
): Promise<void> {
  prepareRescue();
  adjustOomScore().takeFirst(app.pid);
  if (place.scratch !== undefined) removeAbandonedSessions(dirname(place.scratch));
  const end = await watchApp({
    app,
    ...place,
    options,
    isAdopted: true,
    livedBeforeMs: undefined,
    isRun: false,
    terminal: undefined,
  });
  if (end.crash !== undefined) tell('crash', end.crash);
  const death = {
    end,
    place,
    options,
    rescue,
    isFileWanted: place.autosave === undefined,
    endProcess: () => process.exit(1),
  };
  const problem = await leaveBehind(death, await rescueState(death));
  if (problem !== undefined) print(problem);
}
