/**
 * An autosave that a guardian has taken into possession: has it written while the app lives, and leaves it behind as it is to be
 * when the app has ended.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
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
  JOURNAL_BYTES_MAX_DEFAULT,
  JOURNAL_BYTES_MAX_LOWEST,
  type JournalOptions,
} from '../options.ts';
import { lockFile } from '../platform/file-lock.ts';
import { writeJson } from '../platform/json-file.ts';
import { journalBytesLimit, type Session } from '../platform/session.ts';
import type { CrashFacts } from '../rescue/crash.ts';
import {
  appPath,
  endPath,
  identityPath,
  linkPath,
  listSessions,
  lockPath,
  poisonPath,
  sessionPath,
} from './autosave-files.ts';
import { beginSession, type BegunSession, headerOf } from './begin-session.ts';
import { JOURNAL_END, TEXT_BYTES_MAX } from './checkpoint-format.ts';
import { decodeCheckpoint } from './decode-checkpoint.ts';
import { CheckpointEncoder } from './encode-checkpoint.ts';
import { identityOfProcess } from './identity.ts';
import { HEARTBEAT_MS } from './is-active.ts';
import { JournalTimesWriter } from './journal-times.ts';
import { unpackFile } from './pack.ts';
import { type AutosaveReading, readAutosave } from './read-autosave.ts';
import { removeAutosaveFiles, removeOlder } from './remove-autosave.ts';
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

export class GuardedAutosave {
  /** The directory of the journal. */
  readonly session: Session;
  readonly #taken: BegunSession;
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

  constructor(taken: BegunSession) {
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
      // The last checkpoint has everything. The sessions last: as long as one is there, no other guardian begins.
      await removeOlder(disk, path);
      for (const session of listSessions(path)) await disk.remove(sessionPath(path, session));
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
    return new GuardedAutosave(await beginSession(this.#taken, identity.session + 1, true));
  }

  /**
   * After `saveLast`: puts an older checkpoint, one from before that time (milliseconds since 1970), in the place of the
   * last one, which is kept under a name of its own. Returns that name; undefined where there is no such checkpoint, and
   * then everything is as it was.
   */
  async stepBack(livedBeforeMs: number): Promise<string | undefined> {
    const { disk, path } = this.#taken;
    const candidates = await listLived(disk, path, livedBeforeMs);
    const lived = await findWhole(candidates);
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
    const header = headerOf(identity, JOURNAL_END, pid, startedAt.toISOString());
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

/** The first from which an app can begin: the first checkpoint of a session holds no state. */
async function findWhole(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await hasWholeState(path)) return path;
  return undefined;
}

async function hasWholeState(path: string): Promise<boolean> {
  try {
    const mirror = new Mirror({ isNumbered: true });
    decodeCheckpoint(await unpackFile(path, TEXT_BYTES_MAX), mirror);
    return mirror.root !== undefined;
  } catch {
    return false;
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
