/**
 * An autosave from the guardian's side: takes it into possession at the start, has it written while the app lives, and
 * leaves it behind as it is to be when the app has ended.
 */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultguardError } from '../errors.ts';
import type { JournalFollower } from '../guardian/journal-follower.ts';
import { Control } from '../journal/layout.ts';
import { bytesAt, readPosition } from '../journal/position.ts';
import { JOURNAL_BEGINNING, type JournalPosition } from '../journal/reader.ts';
import type { ControlPage } from '../memory/segment.ts';
import { Mirror } from '../mirror/mirror.ts';
import { readBytesOf } from '../mirror/read-memory.ts';
import {
  AUTOSAVE_INTERVAL_MS_DEFAULT,
  AUTOSAVE_LOAD_MAX_DEFAULT,
  AUTOSAVE_PRESET_DEFAULT,
  type AutosaveOptions,
  JOURNAL_BYTES_MAX_DEFAULT,
  JOURNAL_BYTES_MAX_LOWEST,
  type JournalOptions,
} from '../options.ts';
import { type Disk, realDisk } from '../platform/disk.ts';
import { lockFile, type LockResult } from '../platform/file-lock.ts';
import { createNamedSession, journalBytesLimit, type Session } from '../platform/session.ts';
import type { CrashFacts } from '../rescue/crash.ts';
import {
  agingPath,
  appPath,
  endPath,
  identityPath,
  linkPath,
  listSessions,
  livedPath,
  lockPath,
  poisonPath,
  previousPath,
  sessionPath,
  writingPath,
} from './autosave-files.ts';
import { CHECKPOINT_VERSION, type CheckpointHeader, TEXT_BYTES_MAX } from './checkpoint-format.ts';
import { decodeCheckpoint } from './decode-checkpoint.ts';
import { CheckpointEncoder } from './encode-checkpoint.ts';
import {
  identityOfMachine,
  identityOfProcess,
  type ProcessIdentity,
  readIdentity,
  type SessionIdentity,
  writeJson,
} from './identity.ts';
import { hasActiveSession, HEARTBEAT_MS, isBeingLeft } from './is-active.ts';
import { JournalTimesWriter } from './journal-times.ts';
import { loadLzma, type Packing, unpackFile } from './pack.ts';
import { checkStateVersion, peekAutosave } from './peek-autosave.ts';
import { type AutosaveReading, readAutosave } from './read-autosave.ts';
import { encodeCrash } from './saved-crash.ts';
import { AutosaveSaver } from './saver.ts';
import { listLived, writeCheckpoint } from './write-checkpoint.ts';

export interface Guarded {
  readonly control: ControlPage;
  readonly mirror: Mirror;
  readonly follower: JournalFollower;
  readonly pid: number;
  readonly startedAt: Date;
  readonly journal: JournalOptions | undefined;
  /** What the app has asked for has been saved, or could not be. */
  readonly onSaved: () => void;
  /** So many bytes of journal are on the disk. */
  readonly onProgress: (savedBytes: number) => void;
  /** With restarts: see `SaverOptions`. */
  readonly livedBeforeMs: (() => number) | undefined;
  readonly onTrouble: (message: string) => void;
  /** The files of the journal have vanished: the app shall go on in new ones. */
  readonly onJournalGone: () => void;
}

/** The state that the app had when it ended, or that a rescue has made of it. */
export interface LastState {
  /** Undefined after a clean exit. */
  readonly crash: CrashFacts | undefined;
  readonly mirror?: Mirror;
  /** Where the bytes of its buffers are. Default: in the session. */
  readonly directory?: string;
  /** It died in a transaction: the bytes of buffers are those from before. */
  readonly isUndone?: boolean;
  /** With restarts: checkpoints from before that time may be needed yet. */
  readonly livedBeforeMs?: number;
}

/** Where, and as what, its checkpoints are written. */
export interface Storing {
  readonly disk: Disk;
  readonly packing: Packing;
}

function storingFor({ preset = AUTOSAVE_PRESET_DEFAULT }: AutosaveOptions): Storing {
  return { disk: realDisk, packing: preset };
}

/**
 * Takes possession of an autosave. Rejects with a FaultguardError; then nothing has been changed.
 */
export async function openAutosave(
  options: AutosaveOptions,
  { disk, packing }: Storing = storingFor(options),
): Promise<GuardedAutosave> {
  const path = resolve(options.path);
  if (packing !== 'quick') await checkLzma(path);
  await waitUntilLeft(path);
  let lock: LockResult;
  try {
    lock = lockFile(lockPath(path));
  } catch (error) {
    throw unusable(path, `nothing can be written beside it (${(error as Error).message})`);
  }
  if (lock.is === 'held by another') throw active(path);
  // Where nothing can be locked, the file says nothing.
  const release = (): void => {
    if (lock.is === 'locked') lock.release();
  };
  try {
    if (hasActiveSession(path)) throw active(path);
    const { session, isResumed } = await checkExisting(path, options);
    return await beginSession(
      { disk, packing, path, options, isLocking: lock.is === 'locked', release },
      session,
      isResumed,
    );
  } catch (error) {
    if (lock.is === 'locked') rmSync(lockPath(path), { force: true });
    release();
    throw error;
  }
}

/**
 * Takes possession of the autosave of an app that lives, and whose guardian has died, in the session that it has begun.
 * Rejects with a FaultguardError; then nothing has been changed.
 */
export async function adoptAutosave(
  options: AutosaveOptions,
  directory: string,
  { disk, packing }: Storing = storingFor(options),
): Promise<GuardedAutosave> {
  const path = resolve(options.path);
  if (packing !== 'quick') await checkLzma(path);
  const lock = lockFile(lockPath(path));
  if (lock.is === 'held by another') throw active(path);
  const release = (): void => {
    if (lock.is === 'locked') lock.release();
  };
  const identity = readIdentity(identityPath(directory));
  if (identity === undefined || sessionPath(path, identity.session) !== directory) {
    release();
    throw unusable(path, `the session ${directory} of its app does not say what it is`);
  }
  if (!identity.isLocking) noteAdoption(directory, identity);
  const [nonceLow, nonceHigh] = identity.nonce;
  return new GuardedAutosave({
    disk,
    packing,
    path,
    options,
    isLocking: lock.is === 'locked',
    release,
    identity,
    journal: { directory, nonceLow, nonceHigh },
    // Whatever there was before is still there, if the app has no state yet.
    isResumed: true,
    isAdopted: true,
  });
}

function identityOfGuardian(): ProcessIdentity {
  return identityOfProcess(process.pid, new Date(Date.now() - performance.now()));
}

/** Without locks that file alone says whether there is a guardian, once the app is dead. */
function noteAdoption(directory: string, identity: SessionIdentity): void {
  const written = `${identityPath(directory)}.new`;
  try {
    rmSync(written, { force: true });
    writeJson(written, { ...identity, guardian: identityOfGuardian() }, false);
    renameSync(written, identityPath(directory));
  } catch {
    // Then it says so as long as the app lives.
  }
}

/** As long as a rescue may take by default, and a large checkpoint after it. */
const LEAVING_MS_MAX = 60_000;
const LEAVING_POLL_MS = 20;

/**
 * A supervisor (PM2, systemd, the primary of a cluster) starts an app again when it is dead, and does not know of its
 * guardian, which may still be rescuing.
 */
async function waitUntilLeft(path: string): Promise<void> {
  const deadlineMs = performance.now() + LEAVING_MS_MAX;
  while (isBeingLeft(path) && performance.now() < deadlineMs) await sleep(LEAVING_POLL_MS);
}

async function checkLzma(path: string): Promise<void> {
  try {
    await loadLzma();
  } catch (error) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
      `The autosave ${path} cannot be used: LZMA cannot be loaded (@napi-rs/lzma has no binary here). Nothing has been ` +
        'started. npm leaves the binary out when it is run by a Node that the binary is not for (it is for ^22.20, ' +
        '^24.12 and 25 or later), or with --omit=optional: install again with the Node that runs the app.',
      { cause: error },
    );
  }
}

/** The number of the next session, and whether it goes on with a state that is there. */
async function checkExisting(
  path: string,
  options: AutosaveOptions,
): Promise<{ readonly session: number; readonly isResumed: boolean }> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw foreign(path, 'it is no file');
  const { existing = 'error' } = options;
  // What is there might be anything.
  if (stat !== undefined && existing !== 'resume' && (await peekAutosave(path)) === undefined) {
    throw foreign(path, 'it is no autosave, or one that is damaged');
  }
  if (stat !== undefined && existing === 'error' && (await holdsState(path, stat.size))) throw exists(path);
  const isResumed = stat !== undefined && existing === 'resume';
  const peek = isResumed ? await peekAutosave(path) : undefined;
  checkStateVersion(path, peek, options);
  return { session: 1 + Math.max(0, ...listSessions(path), peek?.session ?? 0), isResumed };
}

/** What stays the same from one session to the next. */
interface Possession extends Storing {
  readonly path: string;
  readonly options: AutosaveOptions;
  readonly isLocking: boolean;
  readonly release: () => void;
}

async function beginSession(
  possession: Possession,
  session: number,
  isResumed: boolean,
): Promise<GuardedAutosave> {
  const { disk, packing, path, options, isLocking } = possession;
  const directory = sessionPath(path, session);
  let journal: Session;
  try {
    journal = createNamedSession(directory);
  } catch (error) {
    throw unusable(path, `its journal cannot be made (${(error as Error).message})`);
  }
  // What is left over of one that has been deleted, or is to be.
  if (!isResumed) await removeAutosaveFiles(disk, path, session);
  const identity: SessionIdentity = {
    session,
    nonce: [journal.nonceLow, journal.nonceHigh],
    stateVersion: options.version ?? 0,
    ...identityOfMachine(),
    isLocking,
    guardian: identityOfGuardian(),
  };
  try {
    writeJson(identityPath(directory), identity);
    // From now on there is one.
    if (!isResumed) await writeCheckpoint(disk, path, emptyCheckpoint(identity), packing);
    else await disk.syncDirectory(dirname(path));
  } catch (error) {
    await disk.remove(directory);
    if (!isResumed) await removeAutosaveFiles(disk, path);
    throw unusable(path, `it cannot be written (${(error as Error).message})`);
  }
  return new GuardedAutosave({ ...possession, identity, journal, isResumed, isAdopted: false });
}

/** Of a session whose app has no state yet: the journal will have it. */
function emptyCheckpoint(identity: SessionIdentity): Iterator<string, void> {
  const { pid, startedAt } = identity.guardian;
  const header = headerOf(identity, JOURNAL_BEGINNING, pid, startedAt);
  return [
    `{"faultguard":${JSON.stringify(header)},"json":null,"meta":{"values":{},"v":1},` +
      '"exact":{"values":[],"slots":[],"ids":[],"keys":[]}}',
  ].values() as Iterator<string, void>;
}

function headerOf(
  { session, nonce, stateVersion }: SessionIdentity,
  position: JournalPosition,
  pid: number,
  startedAt: string,
): CheckpointHeader {
  const savedAt = new Date().toISOString();
  return { format: CHECKPOINT_VERSION, session, nonce, position, stateVersion, savedAt, pid, startedAt };
}

/** An app that died before it had a state leaves an autosave that holds none. */
async function holdsState(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes > EMPTY_BYTES_MAX) return true;
  try {
    await readAutosave(path);
    return true;
  } catch (error) {
    return !(error instanceof FaultguardError && error.code === 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND');
  }
}

/** Can an app begin with what a checkpoint holds? The first one holds none. */
async function hasWholeState(path: string): Promise<boolean> {
  try {
    const mirror = new Mirror({ isNumbered: true });
    decodeCheckpoint(await unpackFile(path, TEXT_BYTES_MAX), mirror);
    return mirror.root !== undefined;
  } catch {
    return false;
  }
}

/** A checkpoint without a state has some 300 bytes. */
const EMPTY_BYTES_MAX = 1024;

/** All but the lock, which is this process's own, and the session that is to be kept. */
async function removeAutosaveFiles(disk: Disk, path: string, keptSession?: number): Promise<void> {
  // First what says that there is one.
  await disk.remove(path);
  await removeOlder(disk, path);
  for (const session of listSessions(path)) {
    if (session !== keptSession) await disk.remove(sessionPath(path, session));
  }
}

/** What is neither the newest checkpoint nor a session. */
async function removeOlder(disk: Disk, path: string): Promise<void> {
  for (const older of [previousPath, linkPath, writingPath, agingPath, livedPath])
    await disk.remove(older(path));
}

interface Taken extends Possession {
  readonly identity: SessionIdentity;
  readonly journal: Session;
  readonly isResumed: boolean;
  /** Another guardian has begun the session. */
  readonly isAdopted: boolean;
}

export class GuardedAutosave {
  /** The directory of the journal. */
  readonly session: Session;
  readonly #taken: Taken;
  #saver: AutosaveSaver | undefined;
  #times: JournalTimesWriter | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Gives up the lock on a file that has been made anew. */
  #relocked: (() => void) | undefined;
  #isKept = true;
  /** The last checkpoint has not been written: everything stays. */
  #hasFailed = false;
  #end: JournalPosition | undefined;
  /** The app has ended before it had a state. */
  #isWithoutState = false;
  #pid: number = process.pid;
  #startedAt = new Date();

  constructor(taken: Taken) {
    this.#taken = taken;
    this.session = taken.journal;
  }

  get path(): string {
    return this.#taken.path;
  }

  /** Resolves when nothing is being written any more. */
  async settle(): Promise<void> {
    await this.#saver?.settle();
  }

  /** The app runs. */
  start(guarded: Guarded): void {
    const { control, mirror, follower, pid, startedAt, journal, onSaved, onTrouble, onJournalGone } = guarded;
    const { disk, packing, path, options, identity, isAdopted } = this.#taken;
    const { directory } = this.session;
    this.#pid = pid;
    this.#startedAt = startedAt;
    const saver = new AutosaveSaver({
      disk,
      path,
      session: identity.session,
      directory,
      control,
      mirror,
      follower,
      intervalMs: options.intervalMs ?? AUTOSAVE_INTERVAL_MS_DEFAULT,
      packing,
      loadMax: options.loadMax ?? AUTOSAVE_LOAD_MAX_DEFAULT,
      journalBytesMax: journalBytesLimit(
        directory,
        journal?.sizeBytesMax ?? JOURNAL_BYTES_MAX_DEFAULT,
        JOURNAL_BYTES_MAX_LOWEST,
      ),
      headerAt: (position) => headerOf(identity, position, pid, startedAt.toISOString()),
      onSaved,
      onProgress: (position) => guarded.onProgress(bytesAt(position)),
      livedBeforeMs: guarded.livedBeforeMs,
      ...(isAdopted && { adopted: readProgress(control) }),
      restoreDirectory: () => {
        this.#restoreDirectory(pid, startedAt);
        onJournalGone();
      },
      onTrouble: (reason) =>
        onTrouble(
          `The autosave ${path} cannot be written (${reason}). The app goes on; the last good one stays as it is, ` +
            'and what has changed since is on disk once this works again.',
        ),
    });
    this.#saver = saver;
    const times = new JournalTimesWriter(directory);
    this.#times = times;
    follower.onActivity = () => {
      times.note(follower.position, Date.now());
      saver.noticeActivity();
    };
    follower.onSegmentRead = (next) => saver.noticeSegmentRead(next);
    try {
      if (!isAdopted) writeJson(appPath(directory), identityOfProcess(pid, startedAt));
    } catch {
      // Without it only a recovery knows less of a crash.
    }
    if (identity.isLocking) return;
    this.#heartbeat = setInterval(
      () => control.write(Control.heartbeat, Date.now() | 0),
      HEARTBEAT_MS,
    ).unref();
  }

  /** As `openAutosave` has left it. */
  #restoreDirectory(pid: number, startedAt: Date): void {
    const { path, identity } = this.#taken;
    const { directory } = this.session;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!existsSync(identityPath(directory))) writeJson(identityPath(directory), identity);
    if (!existsSync(appPath(directory))) writeJson(appPath(directory), identityOfProcess(pid, startedAt));
    if (!identity.isLocking || existsSync(lockPath(path))) return;
    const lock = lockFile(lockPath(path));
    if (lock.is === 'locked') this.#relocked = lock.release;
  }

  /** The app has ended: nothing of the autosave keeps its rescue waiting. */
  stop(): void {
    this.#saver?.stop();
    this.#times?.close();
    clearInterval(this.#heartbeat);
  }

  /** Everything has been read: the journal ends there. */
  noteEnd(end: JournalPosition): void {
    this.#end = end;
  }

  /** The files have not everything, because the disk did not take it: what the mirror has is to be saved at once. */
  get hasHole(): boolean {
    return this.#saver?.hasHole ?? false;
  }

  /** Should the guardian die too, this is how it was. */
  noteCrash(crash: CrashFacts): void {
    try {
      // Not synced: a rescue does not wait for a disk.
      writeJson(endPath(this.session.directory), encodeCrash(crash), false);
    } catch {
      // Then a recovery says that the app has vanished.
    }
  }

  /**
   * Writes the last checkpoint, if one is to be kept. With a mirror, that is what is written: it has not been finished,
   * and nobody else has used it. Without, the state is read from the files again. Returns what went wrong: the files
   * then are what they were.
   */
  async saveLast(last: LastState): Promise<string | undefined> {
    const { path, options } = this.#taken;
    this.#isKept = last.crash !== undefined || options.keep === 'always';
    try {
      await this.settle();
      if (this.#isKept) await this.#writeLast(last);
      return undefined;
    } catch (error) {
      this.#hasFailed = true;
      return (
        `The last checkpoint of the autosave ${path} cannot be written (${(error as Error).message}). Its files are kept as ` +
        'they are, and recover() reads what they have.'
      );
    }
  }

  /** After `saveLast`: removes what is needed no more. Returns what went wrong. */
  async cleanUp(): Promise<string | undefined> {
    const { disk, path } = this.#taken;
    try {
      if (!this.#hasFailed) await this.#removeRest();
      await disk.remove(lockPath(path));
      return undefined;
    } catch (error) {
      return `Files of the autosave ${path} cannot be removed (${(error as Error).message}).`;
    }
  }

  async #removeRest(): Promise<void> {
    const { disk, path } = this.#taken;
    if (!this.#isKept) await removeAutosaveFiles(disk, path);
    else if (this.#isWithoutState) await this.#leaveAsItWas();
    else {
      // The last checkpoint has everything.
      for (const session of listSessions(path)) await disk.remove(sessionPath(path, session));
      await removeOlder(disk, path);
    }
  }

  /**
   * The app has crashed: the session of its next start. Of this one nothing is used any more but its files. `hasState`: its
   * journal has all of the state.
   */
  async next(hasState: boolean): Promise<GuardedAutosave> {
    const { disk, path, identity } = this.#taken;
    await this.settle();
    // An app that dies again and again before there is a checkpoint of its session leaves one after the other. The one
    // before this is kept, should this one be damaged.
    const older = hasState ? listSessions(path).filter((number) => number < identity.session) : [];
    for (const session of older.slice(0, -1)) await disk.remove(sessionPath(path, session));
    return await beginSession(this.#taken, identity.session + 1, true);
  }

  /**
   * After `saveLast`: puts an older checkpoint, one from before that time (milliseconds since 1970), in the place of the
   * last one, which is kept under a name of its own. Returns that name; undefined where there is no such checkpoint, and
   * then everything is as it was.
   */
  async stepBack(livedBeforeMs: number): Promise<string | undefined> {
    const { disk, path } = this.#taken;
    const candidates = await listLived(disk, path, livedBeforeMs);
    const areWhole = await Promise.all(candidates.map(hasWholeState));
    const lived = candidates[areWhole.indexOf(true)];
    if (lived === undefined) return undefined;
    // Their journals lead to the state that is to be left.
    for (const session of listSessions(path)) await disk.remove(sessionPath(path, session));
    let number = 1;
    while (existsSync(poisonPath(path, number))) number++;
    await disk.link(path, poisonPath(path, number));
    await disk.remove(linkPath(path));
    await disk.link(lived, linkPath(path));
    await disk.rename(linkPath(path), path);
    await disk.syncDirectory(dirname(path));
    return poisonPath(path, number);
  }

  /** No app has been started: leaves everything as it was. */
  async abandon(): Promise<void> {
    await this.#leaveAsItWas();
    await this.#taken.disk.remove(lockPath(this.#taken.path));
  }

  /** It is nobody's from now on. */
  release(): void {
    this.stop();
    this.#taken.release();
    this.#relocked?.();
  }

  /**
   * The state as the files have it, for a guardian that has not been told of it. Its buffers and custom values have not
   * been made yet. Rejects as `recover` does.
   */
  async readLast(): Promise<AutosaveReading> {
    return await readAutosave(this.#taken.path, { isUnfinished: true });
  }

  async #writeLast(last: LastState): Promise<void> {
    const { crash, mirror: given } = last;
    const { disk, packing, path, identity } = this.#taken;
    const read = given === undefined ? await this.readLast() : undefined;
    // The guardian has had it all: files that have less have been damaged or removed meanwhile.
    if (read !== undefined && !this.#isWhole(read)) throw new Error('the files do not have the last state');
    const mirror = given ?? (read as AutosaveReading).mirror;
    const directory = read?.directory ?? last.directory ?? this.session.directory;
    const isUndone = read?.isUndone ?? last.isUndone ?? false;
    const { root } = mirror;
    if (root === undefined) {
      this.#isWithoutState = true;
      return;
    }
    const source = {
      mirror,
      root,
      keys: [],
      readBytes: (buffer: ArrayBuffer) => readBytesOf(buffer, mirror.memoryOf(buffer), directory, isUndone),
      end: crash === undefined ? null : encodeCrash(crash),
    };
    const { pid, startedAt } = crash ?? { pid: this.#pid, startedAt: this.#startedAt };
    const header = headerOf(identity, END, pid, startedAt.toISOString());
    const pieces = new CheckpointEncoder(source, header).pieces();
    await writeCheckpoint(disk, path, pieces, packing, last.livedBeforeMs);
  }

  #isWhole({ session, end }: AutosaveReading): boolean {
    // A guardian that has adopted the app, and has not been told of its state, has nothing but the files.
    if (this.#end === undefined) return this.#taken.isAdopted;
    if (session !== this.#taken.identity.session) return false;
    return end?.segment === this.#end.segment && end.offsetBytes === this.#end.offsetBytes;
  }

  /** The app has ended before it had a state. One that was to be resumed is still there. */
  async #leaveAsItWas(): Promise<void> {
    const { disk, path, isResumed } = this.#taken;
    if (isResumed) await disk.remove(this.session.directory);
    else await removeAutosaveFiles(disk, path);
  }
}

/** How far the guardian before had come. */
function readProgress(control: ControlPage): { readonly saved: JournalPosition; readonly released: number } {
  const saved = readPosition(control, Control.savedSequence, Control.savedOffset);
  return {
    saved: saved.offsetBytes === 0 ? JOURNAL_BEGINNING : saved,
    released: control.read(Control.releasedSequence) >>> 0,
  };
}

/** Behind everything: the session is over. */
const END: JournalPosition = { segment: 0xffff_ffff, offsetBytes: 0 };

function active(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_ACTIVE',
    `The autosave ${path} belongs to a process that lives. Nothing has been started, and that process goes on ` +
      'undisturbed. End it, or give each app a path of its own.',
  );
}

function exists(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_EXISTS',
    `There is an autosave ${path} of an app that has ended. Nothing has been started, and it has not been touched. ` +
      `Get its state with recover(), then delete the file; or set option "autosave.existing" to 'resume' or 'discard'.`,
  );
}

function foreign(path: string, what: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
    `${path} cannot be used for an autosave: ${what}. Nothing has been started, and it has not been touched. Name another ` +
      'path, or move it away.',
  );
}

function unusable(path: string, what: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
    `The autosave ${path} cannot be used: ${what}. Nothing has been started. The directory ${dirname(path)} has to ` +
      'exist and to be writable.',
  );
}
