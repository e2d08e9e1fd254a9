/** `faultguard history --follow`: what an app does to its state, as it does it, over its restarts to its end. */
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bytesAt,
  HistoryFollower,
  isActive,
  listJournals,
  readHistory,
  type RecordedChange,
} from '@faultguard/core/internal';
import { type LiveReading, readLive } from '../files/read-live.ts';
import { type CrashJson, describeCrash } from '../state/describe-crash.ts';
import type { Step } from '../state/path.ts';
import { formatCount, formatTimeExactly } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { canonicalPath, describeMutation, isAtOrBelow, knownTimes, toMutationJson } from './changes.ts';
import { noJournal } from './no-journal.ts';

export interface FollowOptions {
  readonly steps: readonly Step[] | undefined;
  /** Mutations that are told at the beginning, and of each look at most. */
  readonly limit: number;
  readonly textBytesMax: number;
  readonly isJson: boolean;
}

/** Of one look, to find among them what was done at a place: as many as eight segments of the journal can have. */
export const CHANGES_MAX = 350_000;
const LOOK_EVERY_MS = 200;
/** Paths are looked for in all of the state: of a large one that takes a while, and shall not take a processor. */
const LOAD_MAX = 1 / 4;

/** Resolves when the app has ended, or nobody reads any more. */
export async function followHistory(path: string, options: FollowOptions, output: Output): Promise<void> {
  const { isJson, textBytesMax } = options;
  let session = 0;
  let told = 0;
  for (;;) {
    const live = await readLive(path, textBytesMax, output, true);
    const { reading } = live;
    if (reading.source.journal === undefined || reading.end === undefined) {
      if (session === 0) throw noJournal(path);
      tellEnd(live.assessment.crash, isJson, output);
      return;
    }
    if (reading.session !== session) {
      if (session !== 0) tellNext(isJson, output);
      session = reading.session;
      told = 0;
    }
    told = await tellSoFar(path, live, told, options, output);
    const follower = new HistoryFollower(reading);
    try {
      const why = await tellAsItComes(path, live, follower, options, output);
      if (why === 'closed') return;
      told = follower.record;
      if (why === 'lost')
        output.note('faultguard: some of the journal has been used again before it could be read.');
      if (why === 'ended') {
        tellEnd(await readEnd(path, textBytesMax, output), isJson, output);
        return;
      }
    } finally {
      follower.close();
    }
  }
}

/** What is there already, behind the record that was told last. Returns the last of them. */
async function tellSoFar(
  path: string,
  { reading, root }: LiveReading,
  told: number,
  options: FollowOptions,
  output: Output,
): Promise<number> {
  const { directory, nonce, keys, mirror } = reading;
  const end = reading.end as NonNullable<typeof reading.end>;
  const now = new Date();
  const times = await knownTimes(resolve(path), reading, now);
  const count = options.steps === undefined ? options.limit : CHANGES_MAX;
  const changes = readHistory({ directory, nonce, end, keys, mirror }, times, now, count);
  const wanted = wantedOf(changes, root, options).filter(({ record }) => record > told);
  tell(wanted.slice(-options.limit), options, output);
  return bytesAt(end);
}

type Why = 'closed' | 'ended' | 'next' | 'lost';

async function tellAsItComes(
  path: string,
  { reading }: LiveReading,
  follower: HistoryFollower,
  options: FollowOptions,
  output: Output,
): Promise<Why> {
  const absolute = resolve(path);
  for (;;) {
    const beganMs = performance.now();
    // Asked first: what the app has done before it ended is to be read all the same.
    const isOver = !isActive(absolute);
    const isNext = listJournals(absolute).some(({ session }) => session > reading.session);
    const { changes, leftOut } = follower.read(options.steps === undefined ? options.limit : CHANGES_MAX);
    const wanted = wantedOf(changes, reading.mirror.root as object, options);
    const tooMany = leftOut + Math.max(0, wanted.length - options.limit);
    if (tooMany > 0) tellLeftOut(tooMany, options.isJson, output);
    tell(wanted.slice(-options.limit), options, output);
    if (output.isClosed) return 'closed';
    if (follower.isLost) return 'lost';
    if (isNext) return 'next';
    if (isOver) return 'ended';
    const tookMs = performance.now() - beganMs;
    await sleep(Math.max(LOOK_EVERY_MS, tookMs / LOAD_MAX));
  }
}

function wantedOf(
  changes: readonly RecordedChange[],
  root: object,
  { steps }: FollowOptions,
): readonly RecordedChange[] {
  if (steps === undefined || changes.length === 0) return changes;
  const wanted = canonicalPath(root, steps);
  return changes.filter(({ path }) => isAtOrBelow(path, wanted));
}

function tell(changes: readonly RecordedChange[], { isJson }: FollowOptions, output: Output): void {
  for (const change of changes) {
    const mutation = toMutationJson(change, []);
    if (isJson) output.jsonLine({ event: 'mutation', ...mutation });
    else {
      const time = output.style('dim', formatTimeExactly(change.at));
      output.line(`${time} ${describeMutation(mutation, output)}`);
    }
  }
}

function tellLeftOut(count: number, isJson: boolean, output: Output): void {
  if (isJson) output.jsonLine({ event: 'left-out', count });
  else output.line(output.style('dim', `… ${formatCount(count, 'mutation')} more`));
}

function tellNext(isJson: boolean, output: Output): void {
  if (isJson) output.jsonLine({ event: 'restarted' });
  else output.line('The app has ended, and has been started again.');
}

function tellEnd(crash: CrashJson | null, isJson: boolean, output: Output): void {
  if (isJson) output.jsonLine({ event: 'ended', crash });
  else output.line(`The end: ${crash === null ? 'in order' : describeCrash(crash)}`);
}

/** After a clean exit there may be no autosave any more. */
async function readEnd(path: string, textBytesMax: number, output: Output): Promise<CrashJson | null> {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  return (await readLive(path, textBytesMax, output, true)).assessment.crash;
}
