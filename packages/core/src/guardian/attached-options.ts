/** What an app that calls `attach` has told whoever is to guard it: the guardian beside it, or `faultguard run`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultguardError } from '../errors.ts';
import { type Rescue, RESCUE_TIMEOUT_MS_DEFAULT } from '../options.ts';
import { loadFunction } from '../platform/load-function.ts';
import type { AttachedOptions } from '../platform/messages.ts';
import { print } from '../platform/print.ts';
import type { GuardedApp } from './guarded-app.ts';
import { makePlace, type Place, type PlaceOptions } from './place.ts';

/** Where its journal and its autosave are to be. */
export function placeOptions({ autosave, journal, canMigrate }: AttachedOptions): PlaceOptions {
  return {
    // The app does that itself; here it is only asked whether anybody does.
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

/** Undefined when there is none: the app has been told why. */
export async function makePlaceFor(
  app: Pick<GuardedApp, 'send'>,
  options: PlaceOptions,
): Promise<Place | undefined> {
  try {
    return await makePlace(options);
  } catch (error) {
    if (!(error instanceof FaultguardError)) throw error;
    const { code, message } = error;
    app.send({ refusal: { code, message } });
    return undefined;
  }
}
