/**
 * What becomes of the state when the app has died: it is rescued, saved, and made ready for the next launch if there is
 * to be one.
 *
 * Invariants:
 * 1. No checkpoint keeps a rescue waiting, unless the files of the autosave have less than the mirror.
 * 2. Until the next launch has its state, everything of the last one is where it was, or in a checkpoint.
 */
import { copyFileSync, constants } from 'node:fs';
import { describe, type Rescue } from '../options.ts';
import type { Crash } from '../rescue/crash.ts';
import { formatAsideName, writeAside } from '../rescue/write-aside.ts';
import type { LaunchOrder } from '../restart/launch-order.ts';
import type { Beginning } from '../restart/restart-policy.ts';
import { callRescue, type Rescued, type RescueOptions, writeRescueFile } from './call-rescue.ts';
import type { Place } from './place.ts';
import { print } from '../platform/print.ts';
import type { EndOfApp } from './watch-app.ts';

export interface Death {
  readonly end: EndOfApp;
  readonly place: Place;
  readonly rescue: Rescue<object> | undefined;
  readonly options: RescueOptions;
  /** Without a rescue function nobody would keep the state: it goes to a file. */
  readonly isFileWanted: boolean;
  /** Ends the process while the rescue function holds its thread. */
  readonly endProcess: () => void;
}

export interface StateAfterDeath {
  readonly rescued: Rescued;
  /** What the rescue function has returned; undefined where it has not been called, or failed. */
  readonly answer: unknown;
  /** The mirror has been finished, and others may have changed it. */
  readonly isMirrorUsed: boolean;
  /** A checkpoint has been written before. */
  readonly isSaved: boolean;
  /** What went wrong with it. */
  readonly problem: string | undefined;
}

/**
 * Calls the rescue function, if there is a state and somebody wants it. Whatever the crash may be asked for has been read
 * when the mirror is let go; otherwise it is still to be (`EndOfApp.settle`): by `leaveBehind`, or when the next launch is on its way.
 */
export async function rescueState(death: Death): Promise<StateAfterDeath> {
  const { end, place, rescue, options, isFileWanted, endProcess } = death;
  const { crash, mirror, isUndone, directory } = end;
  const isWanted = rescue !== undefined || isFileWanted;
  if (crash === undefined || mirror.root === undefined || !isWanted) {
    return {
      rescued: { rescued: false },
      answer: undefined,
      isMirrorUsed: false,
      isSaved: false,
      problem: undefined,
    };
  }
  // A rescue may change what it is given: what is saved is read from the files again, if they have it all.
  const isSaved = place.autosave?.hasHole === true;
  const problem = isSaved ? await place.autosave?.saveLast(end) : undefined;
  for (const missing of mirror.finish(directory, isUndone)) print(missing);
  const { answer, ...rescued } =
    rescue === undefined
      ? { ...writeRescueFile(mirror.root, crash), answer: undefined }
      : await callRescue(rescue, mirror.root, crash, options, endProcess);
  end.settle();
  mirror.forget();
  return { rescued, answer, isMirrorUsed: true, isSaved, problem };
}

/** Nobody is started again: saves what is to be kept, and removes the rest. Returns what went wrong. */
export async function leaveBehind(
  { end, place: { autosave, isAutosaveOwn } }: Pick<Death, 'end' | 'place'>,
  { isMirrorUsed, isSaved, problem }: StateAfterDeath,
): Promise<string | undefined> {
  end.settle();
  if (autosave === undefined) return undefined;
  // One of its own goes with its directory.
  if (isAutosaveOwn) {
    await autosave.settle();
    return undefined;
  }
  const saveProblem = isSaved ? problem : await autosave.saveLast(isMirrorUsed ? { crash: end.crash } : end);
  return (await autosave.cleanUp()) ?? saveProblem;
}

/** What the next launch begins with. */
export interface Next {
  readonly from: Beginning;
  readonly order: Omit<LaunchOrder, 'attempt'>;
}

/**
 * Makes the state ready that the next launch is to have: that of the app, what a rescue has made of it, or an older one
 * when it is poisoned. A string says why there can be no next launch; then nothing is lost.
 */
export async function prepareNext(
  { end, place }: Pick<Death, 'end' | 'place'>,
  after: StateAfterDeath,
  { isPoisoned, livedBeforeMs }: { readonly isPoisoned: boolean; readonly livedBeforeMs: number },
): Promise<Next | string> {
  const { answer, isMirrorUsed, isSaved } = after;
  const autosave = place.autosave as NonNullable<Place['autosave']>;
  const crash = end.crash as Crash;
  const order = { autosave: autosave.path, resumes: true };
  if (answer === 'fresh') return { from: 'first', order: { ...order, resumes: false } };
  if (typeof answer === 'object' && answer !== null) {
    const problem = await saveRepaired(autosave, answer, crash, livedBeforeMs);
    if (problem === undefined) return { from: 'resumed', order };
    print(`${problem} The app goes on with the state as it has left it.`);
  } else if (answer !== undefined && answer !== 'resume') {
    print(
      `The rescue function has returned ${describe(answer)}, which is no verdict: 'resume', 'fresh', 'stop', or a state. The ` +
        'app goes on with the state as it has left it.',
    );
  }
  if (!isPoisoned) {
    // Files that have less than the mirror, and nobody has written a checkpoint of that yet.
    const problem = isSaved ? after.problem : autosave.hasHole ? await autosave.saveLast(end) : undefined;
    return problem ?? { from: 'resumed', order };
  }
  const last = isMirrorUsed ? { crash } : end;
  const problem = isSaved ? after.problem : await autosave.saveLast({ ...last, livedBeforeMs });
  if (problem !== undefined) return problem;
  // It removes the journal.
  end.settle();
  const kept = await autosave.stepBack(livedBeforeMs);
  if (kept === undefined) return { from: 'resumed', order };
  const poison = place.isAutosaveOwn ? keepAside(kept, crash) : kept;
  print(
    `The app has crashed at once with the state that it had resumed. It is started again with an older one, which it ` +
      `had lived with. The other is kept in ${poison}.`,
  );
  return { from: 'older', order: { ...order, crash, poison } };
}

/** The state that a rescue has returned, as a checkpoint. Returns why that cannot be done. */
async function saveRepaired(
  autosave: NonNullable<Place['autosave']>,
  state: object,
  crash: Crash,
  livedBeforeMs: number,
): Promise<string | undefined> {
  const { copyIn } = await import('../restart/copy-in.ts');
  try {
    const copy = copyIn(state);
    try {
      return await autosave.saveLast({
        crash,
        livedBeforeMs,
        mirror: copy.mirror,
        directory: copy.directory,
      });
    } finally {
      copy.remove();
    }
  } catch (error) {
    return `The state that the rescue function has returned cannot be resumed: ${(error as Error).message}`;
  }
}

/** Out of a directory that is removed in the end. */
function keepAside(path: string, crash: Crash): string {
  try {
    const name = `${formatAsideName('poison', crash)}.json.gz`;
    return writeAside(name, (kept) => copyFileSync(path, kept, constants.COPYFILE_EXCL));
  } catch {
    return `${path}, until this process ends: no other directory takes it`;
  }
}
