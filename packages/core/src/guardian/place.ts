/** Where the journal of a launch is, and the autosave beside it. */
import { join, resolve } from 'node:path';
import type { Storing } from '../autosave/begin-session.ts';
import type { GuardedAutosave } from '../autosave/guarded-autosave.ts';
import type { AutosaveOptions, StartOptions } from '../options.ts';
import { type Disk, realDisk } from '../platform/disk.ts';
import type { AdoptedApp } from '../platform/process-at-start.ts';
import { createPrivateDirectory, createSession, findSession, type Session } from '../platform/session.ts';
import { readLaunchOrder } from '../restart/launch-order.ts';

export interface Place {
  readonly session: Session;
  readonly autosave: GuardedAutosave | undefined;
  /** Nobody but this guardian knows of the autosave: it is there for a restart alone. */
  readonly isAutosaveOwn: boolean;
  /** Removed in the end, with all that is in it. Undefined where an autosave of the user's stays. */
  readonly scratch: string | undefined;
}

export type PlaceOptions = Pick<StartOptions<object>, 'autosave' | 'journal' | 'restart'>;

/** For the first launch. Rejects with a FaultguardError; nothing is left behind then. */
export async function makePlace({ autosave, journal, restart }: PlaceOptions): Promise<Place> {
  if (autosave !== undefined) {
    const { openAutosave } = await import('../autosave/open-autosave.ts');
    return withAutosave(await openAutosave(autosave));
  }
  if (restart === undefined) {
    const session = createSession(journal?.directory);
    return { session, autosave: undefined, isAutosaveOwn: false, scratch: session.directory };
  }
  const { openAutosave } = await import('../autosave/open-autosave.ts');
  const scratch = createPrivateDirectory(journal?.directory);
  return withAutosave(await openAutosave(ownAutosave(join(scratch, OWN_NAME)), forRestart), scratch);
}

/** Where an app is that has begun under another guardian. Rejects with a FaultguardError; it has not been touched then. */
export async function findPlace({ autosave }: PlaceOptions, { directory }: AdoptedApp): Promise<Place> {
  const own = readLaunchOrder(directory)?.autosave;
  const { adoptAutosave } = await import('../autosave/open-autosave.ts');
  if (autosave !== undefined) return withAutosave(await adoptAutosave(autosave, directory));
  if (own !== undefined) {
    return withAutosave(await adoptAutosave(ownAutosave(own), directory, forRestart), resolve(own, '..'));
  }
  const session = findSession(directory);
  return { session, autosave: undefined, isAutosaveOwn: false, scratch: directory };
}

/** For a launch after the first: a session of its own, which goes on with what the last one has left. */
export async function makeNextPlace(place: Place, hadState: boolean): Promise<Place> {
  const autosave = await (place.autosave as GuardedAutosave).next(hadState);
  return { ...place, autosave, session: autosave.session };
}

function withAutosave(autosave: GuardedAutosave, scratch?: string): Place {
  return { autosave, session: autosave.session, isAutosaveOwn: scratch !== undefined, scratch };
}

const OWN_NAME = 'state.gz';

function ownAutosave(path: string): AutosaveOptions {
  return { path, existing: 'discard' };
}

const nothing = (): Promise<void> => Promise.resolve();

/** What is there for a restart alone is to survive processes, not the power, and to be read soon and often, not kept. */
const unsyncedDisk: Disk = {
  ...realDisk,
  create: async (path) => ({ ...(await realDisk.create(path)), sync: nothing }),
  syncFile: nothing,
  syncDirectory: nothing,
};
const forRestart: Storing = { disk: unsyncedDisk, packing: 'quick' };
