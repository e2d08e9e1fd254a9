/**
 * An autosave from the guardian's side: takes it into possession at the start, has it written while the app lives, and
 * leaves it behind as it is to be when the app has ended.
 */
import { lstatSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FaultguardError } from '../errors.ts';
import type { JournalFollower } from '../guardian/journal-follower.ts';
import { Control } from '../journal/layout.ts';
import { JOURNAL_BEGINNING, type JournalPosition } from '../journal/reader.ts';
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
import { type Disk, directoryOf, realDisk } from '../platform/disk.ts';
import { lockFile, type LockResult } from '../platform/file-lock.ts';
import { createNamedSession, journalBytesLimit, type Session } from '../platform/session.ts';
import type { Crash } from '../rescue/crash.ts';
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
import { readAutosave } from './read-autosave.ts';
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
}

/**
 * Takes possession of an autosave. Rejects with a FaultguardError; then nothing has been changed.
 */
export async function openAutosave(options: AutosaveOptions): Promise<GuardedAutosave> {
  const path = resolve(options.path);
  try {
    await loadLzma();
  } catch (error) {
    throw unusable(path, `LZMA cannot be written on this machine (${(error as Error).message})`);
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
  if (stat !== undefined && !stat.isFile()) throw unusable(path, 'it is not a file');
  const { existing = 'error', version = 0 } = options;
  if (stat !== undefined && existing === 'error') throw exists(path);
  const isResumed = stat !== undefined && existing === 'resume';
  const peek = isResumed ? await peekAutosave(path) : undefined;
  checkStateVersion(path, peek, options);
  // What is left over of one that has been deleted, or is to be.
  if (!isResumed) await removeAutosaveFiles(disk, path);
  const session = 1 + Math.max(0, ...listSessions(path), peek?.session ?? 0);
  const directory = sessionPath(path, session);
  const journal = createNamedSession(directory);
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
    else await disk.syncDirectory(directoryOf(path));
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

/** All but the lock, which is this process's own. */
async function removeAutosaveFiles(disk: Disk, path: string): Promise<void> {
  // First what says that there is one.
  await disk.remove(path);
  await disk.remove(previousPath(path));
  await disk.remove(linkPath(path));
  await disk.remove(writingPath(path));
  for (const session of listSessions(path)) await disk.remove(sessionPath(path, session));
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
  #pid: number = process.pid;
  #startedAt = new Date();

  constructor(taken: Taken) {
    this.#taken = taken;
    this.session = taken.journal;
  }

  /** The app runs. */
  start({ control, mirror, follower, pid, startedAt, journal, onSaved, onTrouble }: Guarded): void {
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

  /** The app has ended: nothing of the autosave keeps its rescue waiting. */
  stop(): void {
    this.#saver?.stop();
    clearInterval(this.#heartbeat);
  }

  /** Should the guardian die too, this is how it was. */
  noteCrash(crash: Crash): void {
    try {
      writeJson(endPath(this.session.directory), encodeCrash(crash));
    } catch {
      // Then a recovery says that the app has vanished.
    }
  }

  /**
   * The last checkpoint, or none, as it is to be kept. `given`: a mirror that nobody else has used, and that has not
   * been finished; without it the state is read from the files again. Returns what went wrong: the files then hold
   * the state all the same.
   */
  async finish(
    crash: Crash | undefined,
    given: { readonly mirror: Mirror; readonly isUndone: boolean } | undefined,
  ): Promise<string | undefined> {
    const { disk, path, options } = this.#taken;
    const { directory } = this.session;
    try {
      await this.#saver?.settle();
      if (crash === undefined && (options.keep ?? 'crash') === 'crash') await removeAutosaveFiles(disk, path);
      else await this.#writeLast(crash, given);
      await disk.remove(lockPath(path));
      return undefined;
    } catch (error) {
      return (
        `The last checkpoint of the autosave ${path} cannot be written (${(error as Error).message}). ` +
        `Nothing is lost: the journal in ${directory} has everything, and recover() reads it.`
      );
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
  }

  async #writeLast(
    crash: Crash | undefined,
    given: { readonly mirror: Mirror; readonly isUndone: boolean } | undefined,
  ): Promise<void> {
    const { disk, path, options, identity } = this.#taken;
    const { directory } = this.session;
    const reading = given === undefined ? await readAutosave(path, { isUnfinished: true }) : given;
    const { mirror, isUndone } = reading;
    const { root } = mirror;
    if (root === undefined) {
      await this.#leaveAsItWas();
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
    // It has everything: its session and the checkpoint before are not needed.
    for (const session of listSessions(path)) await disk.remove(sessionPath(path, session));
    await disk.remove(previousPath(path));
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

function unusable(path: string, what: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
    `The autosave ${path} cannot be used: ${what}. Nothing has been started. The directory ${dirname(path)} has to ` +
      'exist and to be writable.',
  );
}
