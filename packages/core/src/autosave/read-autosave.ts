/**
 * What an autosave holds: the newest checkpoint that is whole, and the journal from there to its last valid record.
 *
 * Invariants:
 * 1. Nothing is changed, made or removed.
 * 2. Nothing that is read is believed: files of another shape, damaged or hostile ones give an error or are passed
 *    over, and what has been passed over is said.
 * 3. A newer state is never passed over for an older one without saying so.
 */
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FaultguardError } from '../errors.ts';
import { RecordDecoder } from '../journal/decode-record.ts';
import { Control } from '../journal/layout.ts';
import { type JournalPosition, JournalReader, type JournalReaderOptions } from '../journal/reader.ts';
import { readPosition } from '../journal/position.ts';
import { FileControl } from '../memory/written-segment.ts';
import { Mirror } from '../mirror/mirror.ts';
import { isUndone } from '../mirror/is-undone.ts';
import { bootId } from '../platform/process-identity.ts';
import type { CrashFacts } from '../rescue/crash.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import {
  agingPath,
  appPath,
  endPath,
  identityPath,
  listSessions,
  livedPath,
  previousPath,
  sessionPath,
} from './autosave-files.ts';
import { TEXT_BYTES_MAX } from './checkpoint-format.ts';
import { decodeCheckpoint, InvalidCheckpointError } from './decode-checkpoint.ts';
import { readIdentity, readJson, readProcess } from './identity.ts';
import { UnpackError, unpackFile } from './pack.ts';
import type { RecoverySource } from './recovery-source.ts';
import { decodeCrash } from './saved-crash.ts';

export interface AutosaveReading {
  /** Finished: its root is the state. */
  readonly mirror: Mirror;
  readonly state: object;
  /** Of the session that had it. */
  readonly session: number;
  readonly stateVersion: number;
  /** The process that had it. */
  readonly pid: number;
  readonly startedAt: Date;
  /** Undefined after a clean exit. */
  readonly crash: CrashFacts | undefined;
  readonly source: RecoverySource;
  readonly droppedBytes: number;
  /** Of the session: the bytes of buffers are there, and are those from before an open transaction. */
  readonly directory: string;
  readonly isUndone: boolean;
  /** How far the journal has been replayed; undefined when there was none. */
  readonly end: JournalPosition | undefined;
  /** Of its session, and the journal's keys there, by their ids. */
  readonly nonce: readonly [low: number, high: number];
  readonly keys: readonly (string | symbol)[];
}

export interface ReadAutosaveOptions {
  /** Bytes that a checkpoint may unpack to. Default and highest: 536,870,888, as much as can be parsed. */
  readonly textBytesMax?: number;
  /** Is told while a checkpoint is unpacked how many bytes of text it has had so far. */
  readonly onUnpacked?: (textBytes: number) => void;
  /** Leave buffers and custom values as they are: for a checkpoint, which is to be of this very state. */
  readonly isUnfinished?: boolean;
}

/** Something that has, or might have, a state. */
export interface Candidate {
  readonly mirror: Mirror;
  readonly session: number;
  readonly nonce: readonly [low: number, high: number];
  readonly stateVersion: number;
  readonly from: JournalPosition | undefined;
  readonly keys: readonly (string | symbol)[];
  readonly checkpoint: string | undefined;
  readonly savedAt: Date | undefined;
  readonly pid: number;
  readonly startedAt: Date;
  readonly end: CrashFacts | null | undefined;
}

/** Rejects with a FaultguardError: `…AUTOSAVE_NOT_FOUND`, or `…AUTOSAVE_CORRUPT` when nothing of it can be used. */
export async function readAutosave(
  path: string,
  options: ReadAutosaveOptions = {},
): Promise<AutosaveReading> {
  const { textBytesMax = TEXT_BYTES_MAX, onUnpacked } = options;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw notFound(path);
  const dropped: string[] = [];
  // An id is needed where what has been read is to be written again.
  const makeMirror = (): Mirror => new Mirror({ isNumbered: options.isUnfinished === true });
  const newest = await readCheckpoint(path, textBytesMax, dropped, makeMirror(), onUnpacked);
  const readPrevious = async (): Promise<Candidate | undefined> =>
    existsSync(previousPath(path))
      ? await readCheckpoint(previousPath(path), textBytesMax, dropped, makeMirror(), onUnpacked)
      : undefined;
  let previous = newest === undefined ? await readPrevious() : undefined;
  const known = (newest ?? previous)?.session ?? 0;
  const sessions = listSessions(path).toReversed();
  const readJournals = (isWanted: (session: number) => boolean): AutosaveReading | undefined => {
    for (const session of sessions.filter(isWanted)) {
      const reading = replay(path, fromJournal(path, session, makeMirror()), dropped, options);
      if (reading !== undefined) return reading;
    }
    return undefined;
  };
  // First the sessions that have begun and not yet written a checkpoint with their state.
  let reading = readJournals((session) => session > known);
  reading ??= replay(path, newest, dropped, options);
  if (reading !== undefined) return reading;
  previous ??= await readPrevious();
  reading = replay(path, previous, dropped, options);
  reading ??= readJournals((session) => session <= known);
  if (reading !== undefined) return reading;
  // A checkpoint without a state, and a journal that has no whole one: the app had only begun.
  throw newest !== undefined ? holdsNoState(path, dropped) : corrupt(path, dropped);
}

/**
 * A state from before the newest: that of the session of `reading`, with every record up to `until` and none behind it; of a
 * transaction that is not over by then, nothing. Undefined when no checkpoint of that session is so old and the journal does not go
 * back so far. The bytes of buffers are those of now.
 */
export async function readAutosaveAt(
  path: string,
  { session, pid, startedAt }: Pick<AutosaveReading, 'session' | 'pid' | 'startedAt'>,
  until: JournalPosition,
  options: ReadAutosaveOptions = {},
): Promise<AutosaveReading | undefined> {
  const { textBytesMax = TEXT_BYTES_MAX, onUnpacked } = options;
  for (const file of [path, ...[previousPath, agingPath, livedPath].map((name) => name(path))]) {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) continue;
    const dropped: string[] = [];
    const found = await readCheckpoint(file, textBytesMax, dropped, new Mirror(), onUnpacked);
    const isBefore = found?.from !== undefined && found.session === session && !isPast(found.from, until);
    const reading = isBefore ? replay(path, found, dropped, options, until) : undefined;
    if (reading !== undefined) return reading;
  }
  const begun = fromJournal(path, session, new Mirror());
  return begun && replay(path, { ...begun, pid, startedAt }, [], options, until);
}

/** One file alone. Undefined when it cannot be used; why is added to `dropped`. Not finished yet. */
export async function readCheckpoint(
  path: string,
  textBytesMax: number,
  dropped: string[],
  mirror: Mirror,
  onUnpacked?: (textBytes: number) => void,
): Promise<Candidate | undefined> {
  try {
    const { header, keys, end } = decodeCheckpoint(await unpackFile(path, textBytesMax, onUnpacked), mirror);
    // The last one has everything: what files of its session may still hold came before the end.
    if (end !== undefined) mirror.forgetMemory();
    const { session, nonce, stateVersion, position, savedAt, pid, startedAt } = header;
    return {
      mirror,
      session,
      nonce,
      stateVersion,
      from: position,
      keys,
      checkpoint: path,
      savedAt: new Date(savedAt),
      pid,
      startedAt: new Date(startedAt),
      end: end === undefined || end === null ? end : decodeCrash(end),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    dropped.push(`${path} cannot be used: ${error.message}.`);
    return undefined;
  }
}

/** What a file can make of it; anything else is a bug. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof InvalidCheckpointError ||
    error instanceof InvalidRecordError ||
    error instanceof UnpackError ||
    error instanceof PastTheLimit ||
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}

/** A session whose journal might still have everything. */
function fromJournal(path: string, session: number, mirror: Mirror): Candidate | undefined {
  const directory = sessionPath(path, session);
  const identity = readIdentity(identityPath(directory));
  if (identity === undefined || identity.session !== session) return undefined;
  const { nonce, stateVersion, guardian } = identity;
  const app = readProcess(appPath(directory)) ?? guardian;
  return {
    mirror,
    session,
    nonce,
    stateVersion,
    from: undefined,
    keys: [],
    checkpoint: undefined,
    savedAt: undefined,
    pid: app.pid,
    startedAt: new Date(app.startedAt),
    end: undefined,
  };
}

/** Undefined when there is no state. */
function replay(
  path: string,
  candidate: Candidate | undefined,
  dropped: string[],
  { isUnfinished = false }: ReadAutosaveOptions,
  wanted?: JournalPosition,
): AutosaveReading | undefined {
  if (candidate === undefined) return undefined;
  const { mirror, session, stateVersion, checkpoint, savedAt } = candidate;
  const directory = sessionPath(path, session);
  const isNeeded = checkpoint !== undefined && candidate.end === undefined;
  const hasJournal = hasJournalDirectory(path, directory, isNeeded, dropped);
  const replayed = hasJournal
    ? replayJournal(directory, candidate, dropped, wanted)
    : { records: 0, droppedBytes: 0, isUndone: false, end: undefined, keys: candidate.keys };
  if (mirror.root === undefined) {
    if (replayed.records > 0 || replayed.droppedBytes > 0) {
      dropped.push(
        `The journal in ${directory} has no whole state: its app died before it had one, or its beginning is damaged.`,
      );
    }
    return undefined;
  }
  if (!hasJournal) mirror.forgetMemory();
  if (!isUnfinished) dropped.push(...mirror.finish(directory, replayed.isUndone));
  return {
    mirror,
    state: mirror.root,
    session,
    stateVersion,
    pid: candidate.pid,
    startedAt: candidate.startedAt,
    crash: endOf(candidate, directory, hasJournal),
    source: {
      checkpoint,
      savedAt,
      journal: hasJournal ? directory : undefined,
      recordsReplayed: replayed.records,
      dropped,
    },
    droppedBytes: replayed.droppedBytes,
    directory,
    isUndone: replayed.isUndone,
    end: replayed.end,
    nonce: candidate.nonce,
    keys: replayed.keys,
  };
}

function replayJournal(
  directory: string,
  candidate: Candidate,
  dropped: string[],
  wanted: JournalPosition | undefined,
): Replayed {
  const { mirror, keys, from, nonce } = candidate;
  const [nonceLow, nonceHigh] = nonce;
  const options = { directory, nonceLow, nonceHigh, ...(from !== undefined && { from }) };
  const until = wanted === undefined ? findLimit(options, dropped) : findBoundary(options, wanted);
  const reader = new JournalReader(options);
  const decoder = new RecordDecoder(mirror, keys);
  let records = 0;
  const take = (words: Int32Array, at: number, to: number): void => {
    if (until !== undefined && isPast(reader.reached, until)) throw new PastTheLimit();
    decoder.decode(words, at, to);
    records++;
  };
  try {
    let more = true;
    while (more) more = reader.readSegment(take);
  } catch (error) {
    if (!isExpected(error)) throw error;
    if (!(error instanceof PastTheLimit)) {
      dropped.push(`The journal in ${directory} cannot be used to its end: ${error.message}.`);
    }
  }
  const end = until ?? reader.reached;
  const droppedBytes = reader.bytesBehindTail();
  reader.close();
  return {
    records,
    droppedBytes,
    keys: decoder.keys,
    end,
    isUndone: readControl(directory, (control) => isUndone(control, end)) ?? false,
  };
}

/** How far a journal can be replayed, where that is not to its last valid record. */
function findLimit(options: JournalReaderOptions, dropped: string[]): JournalPosition | undefined {
  const { directory, from } = options;
  const saved = limitOf(directory, from);
  const transaction = findPartialTransaction(options);
  if (saved !== undefined && (transaction === undefined || isPast(transaction, saved))) {
    dropped.push(
      `The power has failed: the journal in ${directory} has been replayed to its last save, as old as the bytes of ` +
        'typed arrays are at least.',
    );
    return saved;
  }
  if (transaction === undefined) return undefined;
  dropped.push(`The journal in ${directory} ends inside of a transaction, so nothing of that counts.`);
  return transaction;
}

/** The last place at or before the wanted one between two mutations, a transaction being one. */
function findBoundary(options: JournalReaderOptions, wanted: JournalPosition): JournalPosition {
  const reader = new JournalReader(options);
  let boundary = reader.position;
  const note = (): void => {
    // In front of a transaction that is not over; behind a payload of which the last part has just been read.
    const place = reader.isInTransaction ? reader.position : reader.reached;
    if (isPast(place, wanted)) throw new PastTheLimit();
    boundary = place;
  };
  try {
    let more = true;
    while (more) more = reader.readSegment(note);
  } catch (error) {
    if (!isExpected(error)) throw error;
  } finally {
    reader.close();
  }
  return boundary;
}

/** Where a transaction begins that is not there to its end: pages of it were lost with the power, or are damaged. */
function findPartialTransaction(options: JournalReaderOptions): JournalPosition | undefined {
  const reader = new JournalReader(options);
  try {
    let more = true;
    while (more) more = reader.readSegment(() => {});
  } catch (error) {
    // Whoever replays it comes to the same place, and says so.
    if (!isExpected(error)) throw error;
  } finally {
    reader.close();
  }
  return reader.isInTransaction ? reader.position : undefined;
}

/** What is behind the limit is not even decoded. */
class PastTheLimit extends Error {}

interface Replayed {
  readonly records: number;
  readonly droppedBytes: number;
  readonly isUndone: boolean;
  readonly end: JournalPosition | undefined;
  readonly keys: readonly (string | symbol)[];
}

/**
 * After a loss of power the files of buffers are as old as the last time that everything was saved, or newer: the
 * journal is replayed no further than to that, so that both are of one moment as far as they can be.
 */
function limitOf(directory: string, from: JournalPosition | undefined): JournalPosition | undefined {
  const identity = readIdentity(identityPath(directory));
  if (identity === undefined || identity.bootId === bootId() || !hasMemoryFiles(directory)) return undefined;
  const until = readControl(directory, (control) =>
    readPosition(control, Control.savedSequence, Control.savedOffset),
  );
  return until !== undefined && from !== undefined && isPast(from, until) ? from : until;
}

function hasMemoryFiles(directory: string): boolean {
  return readdirSync(directory).some((name) => name.startsWith('memory-'));
}

function isPast(one: JournalPosition, other: JournalPosition): boolean {
  return one.segment === other.segment ? one.offsetBytes > other.offsetBytes : one.segment > other.segment;
}

function readControl<Result>(directory: string, read: (control: FileControl) => Result): Result | undefined {
  let control: FileControl;
  try {
    control = FileControl.openIn(directory, 'read');
  } catch {
    return undefined;
  }
  try {
    return read(control);
  } finally {
    control.close();
  }
}

/**
 * A directory, not a link, of whoever the autosave belongs to, that nobody else could have written to. Says so when there
 * is one that is not.
 */
function hasJournalDirectory(path: string, directory: string, isNeeded: boolean, dropped: string[]): boolean {
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (isNeeded)
      dropped.push(`The journal ${directory} is not there: what came after the checkpoint is not recovered.`);
    return false;
  }
  const isPrivate = process.platform === 'win32' || (stat.mode & 0o022) === 0;
  if (stat.isDirectory() && stat.uid === lstatSync(path).uid && isPrivate) return true;
  dropped.push(
    `The journal in ${directory} has not been used: it has to be a directory that belongs to the owner of ${path} and ` +
      'that nobody else can write to.',
  );
  return false;
}

/** How the app has ended: what its guardian has written down, or that both were gone at once. */
function endOf(
  { end, pid, startedAt }: Candidate,
  directory: string,
  hasJournal: boolean,
): CrashFacts | undefined {
  if (end !== undefined) return end ?? undefined;
  const saved = hasJournal ? readJson(endPath(directory)) : undefined;
  const crash = saved === undefined ? undefined : decodeCrash(saved);
  if (crash !== undefined) return crash;
  const app = hasJournal ? readProcess(appPath(directory)) : undefined;
  return {
    kind: 'vanished',
    exitCode: null,
    signal: null,
    pid: app?.pid ?? pid,
    startedAt: app === undefined ? startedAt : new Date(app.startedAt),
    crashedAt: hasJournal ? lastSignOfLife(directory) : startedAt,
  };
}

/** When something of the session was last written. */
function lastSignOfLife(directory: string): Date {
  const times = readdirSync(directory).map(
    (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return new Date(Math.max(0, ...times));
}

function notFound(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND',
    `There is no autosave ${path}. Nothing has been changed. Option "autosave.path" of start() says where it is.`,
  );
}

function holdsNoState(path: string, dropped: readonly string[]): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND',
    `The autosave ${path} holds no state: its app died before it had one. ${dropped.map((text) => `${text} `).join('')}` +
      'Nothing has been changed.',
  );
}

function corrupt(path: string, dropped: readonly string[]): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_CORRUPT',
    `The autosave ${path} cannot be read, and neither can anything that lies beside it. ${dropped.join(' ')} ` +
      'Nothing has been changed: keep its files if their contents matter.',
  );
}
