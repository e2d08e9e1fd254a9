/**
 * An autosave from the guardian's side: takes it into possession at the start, has it written while the app lives, and
 * leaves it behind as it is to be when the app has ended.
 */
import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FaultguardError } from '../errors.ts';
import type { JournalFollower } from '../guardian/journal-follower.ts';
import { Control } from '../journal/layout.ts';
import { JOURNAL_BEGINNING, type JournalPosition, type JournalTail } from '../journal/reader.ts';
import type { ControlPage } from '../memory/segment.ts';
import type { Mirror } from '../mirror/mirror.ts';
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
  appPath,
  endPath,
  identityPath,
  linkPath,
  listSessions,
  lockPath,
  previousPath,
  sessionPath,
  writingPath,
} from './autosave-files.ts';
import { CHECKPOINT_VERSION, type CheckpointHeader } from './checkpoint-format.ts';
import { CheckpointEncoder } from './encode-checkpoint.ts';
import { identityOfMachine, identityOfProcess, type SessionIdentity, writeJson } from './identity.ts';
import { hasActiveSession, HEARTBEAT_MS } from './is-active.ts';
import { loadLzma } from './pack.ts';
import { checkStateVersion, peekAutosave } from './peek-autosave.ts';
import { type AutosaveReading, readAutosave } from './read-autosave.ts';
import { encodeCrash } from './saved-crash.ts';
import { AutosaveSaver } from './saver.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

export interface Guarded {
  readonly control: ControlPage;
  readonly mirror: Mirror;
  readonly follower: JournalFollower;
  readonly pid: number;
  readonly startedAt: Date;
  readonly journal: JournalOptions | undefined;
  /** Something has been saved, or could not be. */
  readonly onSaved: () => void;
  readonly onTrouble: (message: string) => void;
  /** The files of the journal have vanished: the app shall go on in new ones. */
  readonly onJournalGone: () => void;
}

/** The state that the app had when it ended. */
export interface LastState {
  /** Undefined after a clean exit. */
  readonly crash: CrashFacts | undefined;
  readonly mirror?: Mirror;
  /** It died in a transaction: the bytes of buffers are those from before. */
  readonly isUndone?: boolean;
}

/**
 * Takes possession of an autosave. Rejects with a FaultguardError; then nothing has been changed.
 */
export async function openAutosave(options: AutosaveOptions): Promise<GuardedAutosave> {
  const path = resolve(options.path);
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
    return await takeAutosave(path, options, lock.is === 'locked', release);
  } catch (error) {
    if (lock.is === 'locked') rmSync(lockPath(path), { force: true });
    release();
    throw error;
  }
}

async function takeAutosave(
  path: string,
  options: AutosaveOptions,
  isLocking: boolean,
  release: () => void,
): Promise<GuardedAutosave> {
  const disk = realDisk;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw foreign(path, 'it is no file');
  const { existing = 'error', version = 0 } = options;
  // What is there might be anything.
  if (stat !== undefined && existing !== 'resume' && (await peekAutosave(path)) === undefined) {
    throw foreign(path, 'it is no autosave, or one that is damaged');
  }
  if (stat !== undefined && existing === 'error' && (await holdsState(path, stat.size))) throw exists(path);
  const isResumed = stat !== undefined && existing === 'resume';
  const peek = isResumed ? await peekAutosave(path) : undefined;
  checkStateVersion(path, peek, options);
  const session = 1 + Math.max(0, ...listSessions(path), peek?.session ?? 0);
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
    stateVersion: version,
    ...identityOfMachine(),
    isLocking,
    guardian: identityOfProcess(process.pid, new Date(Date.now() - performance.now())),
  };
  try {
    writeJson(identityPath(directory), identity);
    // From now on there is one.
    if (!isResumed) await writeCheckpoint(disk, path, emptyCheckpoint(identity), 0);
    else await disk.syncDirectory(dirname(path));
  } catch (error) {
    await disk.remove(directory);
    if (!isResumed) await removeAutosaveFiles(disk, path);
    throw unusable(path, `it cannot be written (${(error as Error).message})`);
  }
  return new GuardedAutosave({ disk, path, options, identity, journal, isResumed, release });
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

/** A checkpoint without a state has some 300 bytes. */
const EMPTY_BYTES_MAX = 1024;

/** All but the lock, which is this process's own, and the session that is to be kept. */
async function removeAutosaveFiles(disk: Disk, path: string, keptSession?: number): Promise<void> {
  // First what says that there is one.
  await disk.remove(path);
  await disk.remove(previousPath(path));
  await disk.remove(linkPath(path));
  await disk.remove(writingPath(path));
  for (const session of listSessions(path)) {
    if (session !== keptSession) await disk.remove(sessionPath(path, session));
  }
}

interface Taken {
  readonly disk: Disk;
  readonly path: string;
  readonly options: AutosaveOptions;
  readonly identity: SessionIdentity;
  readonly journal: Session;
  readonly isResumed: boolean;
  readonly release: () => void;
}

export class GuardedAutosave {
  /** The directory of the journal. */
  readonly session: Session;
  readonly #taken: Taken;
  #saver: AutosaveSaver | undefined;
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

  /** The app runs. */
  start(guarded: Guarded): void {
    const { control, mirror, follower, pid, startedAt, journal, onSaved, onTrouble, onJournalGone } = guarded;
    const { disk, path, options, identity } = this.#taken;
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
      preset: options.preset ?? AUTOSAVE_PRESET_DEFAULT,
      loadMax: options.loadMax ?? AUTOSAVE_LOAD_MAX_DEFAULT,
      journalBytesMax: journalBytesLimit(
        directory,
        journal?.sizeBytesMax ?? JOURNAL_BYTES_MAX_DEFAULT,
        JOURNAL_BYTES_MAX_LOWEST,
      ),
      headerAt: (position) => headerOf(identity, position, pid, startedAt.toISOString()),
      onSaved,
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
    follower.onActivity = () => saver.noticeActivity();
    follower.onSegmentRead = (next) => saver.noticeSegmentRead(next);
    try {
      writeJson(appPath(directory), identityOfProcess(pid, startedAt));
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
    clearInterval(this.#heartbeat);
  }

  /** Everything has been read: the journal ends there. */
  noteEnd({ sequence, offsetBytes }: JournalTail): void {
    this.#end = { segment: sequence, offsetBytes };
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
      await this.#saver?.settle();
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
      await disk.remove(previousPath(path));
    }
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

  async #writeLast({ crash, mirror: given, isUndone: isGivenUndone = false }: LastState): Promise<void> {
    const { disk, path, options, identity } = this.#taken;
    const read = given === undefined ? await readAutosave(path, { isUnfinished: true }) : undefined;
    // The guardian has had it all: files that have less have been damaged or removed meanwhile.
    if (read !== undefined && !this.#isWhole(read)) throw new Error('the files do not have the last state');
    const mirror = given ?? (read as AutosaveReading).mirror;
    const directory = read?.directory ?? this.session.directory;
    const isUndone = read?.isUndone ?? isGivenUndone;
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
    await writeCheckpoint(disk, path, pieces, options.preset ?? AUTOSAVE_PRESET_DEFAULT);
  }

  #isWhole({ session, end }: AutosaveReading): boolean {
    if (session !== this.#taken.identity.session || this.#end === undefined) return false;
    return end?.segment === this.#end.segment && end.offsetBytes === this.#end.offsetBytes;
  }

  /** The app has ended before it had a state. One that was to be resumed is still there. */
  async #leaveAsItWas(): Promise<void> {
    const { disk, path, isResumed } = this.#taken;
    if (isResumed) await disk.remove(this.session.directory);
    else await removeAutosaveFiles(disk, path);
  }
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
