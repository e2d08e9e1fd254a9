/**
 * The guardian of a process that has started it: mirrors its state, and calls the rescue function when it has died. It
 * ends when it is done with that.
 */
import { dirname } from 'node:path';
import { tell } from '../events.ts';
import type { Rescue } from '../options.ts';
import { type AttachedGuard, type AttachedOptions, optionsPath } from '../platform/messages.ts';
import { readJson } from '../platform/json-file.ts';
import { adjustOomScore } from '../platform/oom-score.ts';
import { removeAbandonedSessions, removeSession } from '../platform/session.ts';
import { prepareRescue } from '../rescue/run-rescue.ts';
import { leaveBehind, rescueState } from './after-death.ts';
import { type AttachedApp, greetApp } from './attached-app.ts';
import { loadRescue, makePlaceFor, placeOptions } from './attached-options.ts';
import { findPlace, type Place } from './place.ts';
import { print } from '../platform/print.ts';
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
  const place = await makePlaceFor(app, given);
  if (place !== undefined) app.send({ session: place.session.directory });
  return place;
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
