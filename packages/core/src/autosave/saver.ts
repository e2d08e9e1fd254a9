/**
 * The guardian's work for an autosave while the app lives: every interval the journal is synced, and once in a while
 * the mirror is written out as a checkpoint. All of it beside the tail: neither waits for the other.
 *
 * Invariants:
 * 1. `saved` never says more than what is on the disk.
 * 2. A segment is released when the checkpoint before the newest covers it, so that each of the two that are kept has
 *    its journal; or, when the disk takes nothing more and the app could not go on, when nobody has been told that it
 *    is saved.
 * 3. Trouble of the disk stops nothing and is said once, until it is over.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Control } from '../journal/layout.ts';
import { distance, readPosition, writePosition } from '../journal/position.ts';
import { JOURNAL_BEGINNING, type JournalPosition } from '../journal/reader.ts';
import { controlPath, segmentPath } from '../journal/segment-files.ts';
import type { JournalFollower } from '../guardian/journal-follower.ts';
import type { ControlPage } from '../memory/segment.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readBytesOf } from '../mirror/read-memory.ts';
import type { Disk } from '../platform/disk.ts';
import { listSessions, sessionPath } from './autosave-files.ts';
import type { CheckpointHeader } from './checkpoint-format.ts';
import { CheckpointEncoder } from './encode-checkpoint.ts';
import type { Packing } from './pack.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

export interface SaverOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly session: number;
  /** Of the session: journal, control file, memory. */
  readonly directory: string;
  readonly control: ControlPage;
  readonly mirror: Mirror;
  readonly follower: JournalFollower;
  readonly intervalMs: number;
  readonly packing: Packing;
  readonly loadMax: number;
  /** Bytes of all segments together, as the app has them. */
  readonly journalBytesMax: number;
  /** With restarts: a checkpoint from before that time (milliseconds since 1970) is of a state that the app has lived with. */
  readonly livedBeforeMs: (() => number) | undefined;
  /** Of a session that another guardian has begun: how far its journal is saved, and what has been released. */
  readonly adopted?: { readonly saved: JournalPosition; readonly released: number };
  /** What stands in front of a checkpoint of the state at that moment. */
  readonly headerAt: (position: JournalPosition) => CheckpointHeader;
  /** Something has been saved, or could not be: the app may be waiting for that. */
  readonly onSaved: () => void;
  /** The disk has more than before: everything up to there. */
  readonly onProgress: (position: JournalPosition) => void;
  /** The directory has vanished, or what was in it: makes it anew. The app then goes on in a new segment. */
  readonly restoreDirectory: () => void;
  /** Called when trouble begins. */
  readonly onTrouble: (reason: string) => void;
}

/** A checkpoint of up to this size may be written whenever there is time for it. */
const SMALL_BYTES = 65_536;

class Stopped extends Error {}

class CheckpointNeeded extends Error {
  override message = 'a checkpoint has to come before what follows can be saved';
}

class JournalGone extends Error {
  constructor(segment: number) {
    super(`segment ${segment} of the journal is gone`);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

export class AutosaveSaver {
  readonly #options: SaverOptions;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #syncing: Promise<void> | undefined;
  #isSyncWanted = false;
  #saved: JournalPosition = JOURNAL_BEGINNING;
  /** The names of journal and memory that are on the disk. */
  #namesSynced = '';
  /** The checkpoint that is being written. */
  #writing: Promise<void> | undefined;
  /** Where the newest and the previous checkpoint are in the journal. */
  #newest: JournalPosition = JOURNAL_BEGINNING;
  #previous: JournalPosition = JOURNAL_BEGINNING;
  #hasCheckpoint = false;
  #checkpointAtMs: number;
  /** As `#checkpointAtMs`, by the clock that files have their times from. */
  #checkpointTimeMs = 0;
  #memoryModifiedMs = 0;
  #costMs = 0;
  #sizeBytes = 0;
  /** Nothing behind `saved` can be counted on to be on the disk, whatever a sync says: a checkpoint has to come first. */
  #hasHole = false;
  /** The first segment from which on a checkpoint makes up for it. */
  #holeEnd = 0;
  /** The app is given segments that no checkpoint covers, because it has no others. */
  #isFeeding = false;
  #isInTrouble = false;
  #hasCheckpointFailed = false;

  constructor(options: SaverOptions) {
    this.#options = options;
    if (options.adopted !== undefined) {
      // What the checkpoints so far need has not been released.
      const { saved, released } = options.adopted;
      this.#saved = saved;
      this.#newest = { ...JOURNAL_BEGINNING, segment: released };
      this.#previous = this.#newest;
      // Their directory has vanished with them: nothing that is on the disk leads to what is appended.
      this.#hasHole = !existsSync(options.path) || !existsSync(segmentPath(options.directory, released));
      // It has been said by a guardian that did not live to see its end.
      this.#isInTrouble = options.control.read(Control.autosaveDegraded) === 1;
    }
    this.#checkpointAtMs = performance.now() - options.intervalMs;
  }

  /** The follower has read something, or has been woken. */
  noticeActivity(): void {
    if (this.#isStopped) return;
    const { control, intervalMs } = this.#options;
    this.#timer ??= setTimeout(() => this.#tick(), intervalMs);
    if ((control.read(Control.saveWanted) | 0) !== (control.read(Control.saveDone) | 0)) this.#sync();
    if (control.read(Control.starving) === 1) this.#feed();
    // The first as soon as there is a state: until then the file shows none.
    else if (this.#isUrgent() || (!this.#hasCheckpoint && !this.#hasCheckpointFailed)) this.#checkpoint();
  }

  /** A segment has been read to its end. */
  noticeSegmentRead(nextSequence: number): void {
    // What is not saved anyway may as well be used again.
    if (this.#isFeeding && this.#writing === undefined) this.#release(nextSequence);
  }

  /** Nothing more is begun, and a checkpoint that is being written is given up. */
  stop(): void {
    // The control file is closed from now on: see #write.
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The files have not everything: what the mirror has is more. */
  get hasHole(): boolean {
    return this.#hasHole;
  }

  /** Resolves when nothing is being written or synced any more. */
  async settle(): Promise<void> {
    await this.#writing;
    await this.#syncing;
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#isStopped) return;
    this.#sync();
    const isWaiting = this.#considerCheckpoint();
    // Elements of buffers are written without a word.
    if (isWaiting || this.#isInTrouble || this.#options.mirror.hasMemory) {
      this.#timer = setTimeout(() => this.#tick(), this.#options.intervalMs);
    }
  }

  /** Returns whether there is something to be written later, when time has passed. */
  #considerCheckpoint(): boolean {
    if (this.#writing !== undefined) return true;
    if (this.#hasCheckpointFailed || this.#hasHole) {
      this.#checkpoint();
      return true;
    }
    const changedBytes = this.#changedBytes();
    if (changedBytes === 0) return false;
    // The bytes of a checkpoint shall not be many more than those of what has changed.
    if (this.#sizeBytes > Math.max(SMALL_BYTES, changedBytes)) return false;
    const sinceMs = performance.now() - this.#checkpointAtMs;
    if (this.#costMs > sinceMs * this.#options.loadMax) return true;
    this.#checkpoint();
    return true;
  }

  /** Of journal since the newest checkpoint, and of the memory of buffers if something has been written to it. */
  #changedBytes(): number {
    const { follower, mirror } = this.#options;
    const isMemoryChanged = this.#memoryModifiedMs >= this.#checkpointTimeMs;
    return distance(this.#newest, follower.position) + (isMemoryChanged ? mirror.memoryBytes : 0);
  }

  /** A quarter of the room for the journal is taken by what waits for a checkpoint: two of them need half. */
  #isUrgent(): boolean {
    const { follower, journalBytesMax } = this.#options;
    return distance(this.#newest, follower.position) > journalBytesMax / 4;
  }

  /** Syncs what has been appended by now. Calls at the same time share one sync. */
  #sync(): void {
    this.#isSyncWanted = true;
    this.#syncing ??= this.#syncUntilDone();
  }

  async #syncUntilDone(): Promise<void> {
    const { control } = this.#options;
    while (this.#isSyncWanted && !this.#isStopped) {
      this.#isSyncWanted = false;
      const wanted = control.read(Control.saveWanted);
      try {
        await this.#syncFiles();
        this.#answer(wanted, true);
        this.#endTrouble();
      } catch (error) {
        // What is going away meanwhile is nobody's trouble.
        if (this.#isStopped) break;
        if (error instanceof CheckpointNeeded) this.#checkpoint();
        else {
          // After a sync has failed, the next one may well succeed without the pages that could not be written.
          this.#hasHole = true;
          if (error instanceof JournalGone || isMissing(error)) this.#restoreDirectory();
          this.#beginTrouble((error as Error).message);
        }
        // The end of a checkpoint looks after requests again, and so does the state's arrival.
        const isStateToCome = error instanceof CheckpointNeeded && this.#options.mirror.root === undefined;
        if (this.#writing === undefined && !isStateToCome) this.#answer(wanted, false);
      }
    }
    this.#syncing = undefined;
  }

  /** To a request to save at once. */
  #answer(wanted: number, isSaved: boolean): void {
    if (this.#isStopped || wanted === this.#options.control.read(Control.saveDone)) return;
    if (!isSaved) this.#write(Control.saveFailed, wanted);
    this.#write(Control.saveDone, wanted);
    this.#options.onSaved();
  }

  #restoreDirectory(): void {
    this.#namesSynced = '';
    const { directory, follower } = this.#options;
    const { segment } = follower.position;
    // One that has no name any more is left by the app; in one that it has made since, it stays.
    this.#holeEnd = existsSync(segmentPath(directory, segment)) ? segment : segment + 1;
    try {
      this.#options.restoreDirectory();
    } catch {
      // Where it was is no place any more: tried again with the next sync.
    }
  }

  /** How far the journal goes at least: as far as it has been read, or as the app has said. */
  #findEnd(): JournalPosition {
    const { follower, control } = this.#options;
    const { position } = follower;
    const wanted = readPosition(control, Control.wantedSequence, Control.wantedOffset);
    return distance(position, wanted) > 0 ? wanted : position;
  }

  async #syncFiles(): Promise<void> {
    const { disk, directory } = this.#options;
    const position = this.#findEnd();
    // From then on its segments may be used again before they are saved.
    const isStarving = this.#options.control.read(Control.starving) === 1;
    if (this.#hasHole && distance(this.#saved, position) > 0) throw new CheckpointNeeded();
    const names = new Set(await disk.list(directory));
    const first = this.#saved.segment;
    let end = first;
    while (names.has(basename(segmentPath(directory, end)))) end++;
    // An app that has not yet begun has no segment.
    if (end === first && this.#options.mirror.root !== undefined) throw new JournalGone(first);
    const segments = Array.from({ length: end - first }, (_, index) => segmentPath(directory, first + index));
    await inTurns(segments, (path) => disk.syncFile(path));
    const memory = [...names].filter((name) => MEMORY_FILE.test(name));
    await inTurns(memory, (name) => this.#syncMemory(join(directory, name)));
    const namesNow = [...names]
      .filter((name) => FILE_OF_SESSION.test(name))
      .toSorted()
      .join();
    if (namesNow !== this.#namesSynced) {
      await disk.syncDirectory(directory);
      this.#namesSynced = namesNow;
    }
    if (distance(this.#saved, position) <= 0) return;
    if (isStarving || this.#hasHole) throw new CheckpointNeeded();
    this.#noteSaved(position);
    await syncIfThere(disk, controlPath(directory));
  }

  /** Files of buffers come and go. What is written to one leaves no record, but a time. */
  async #syncMemory(path: string): Promise<void> {
    const { disk } = this.#options;
    try {
      this.#memoryModifiedMs = Math.max(this.#memoryModifiedMs, await disk.modifiedAtMs(path));
      await disk.syncFile(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  #noteSaved(position: JournalPosition): void {
    this.#saved = position;
    writePosition(
      (word, value) => this.#write(word, value),
      Control.savedSequence,
      Control.savedOffset,
      position,
    );
    this.#options.onProgress(position);
  }

  #checkpoint(): void {
    const { mirror, follower } = this.#options;
    if (this.#isStopped || this.#writing !== undefined) return;
    // A state that the app has had, and that a reader of the journal can begin from.
    if (mirror.root === undefined || follower.failure !== undefined || follower.isMidway) return;
    this.#writing = this.#writeCheckpoint();
  }

  async #writeCheckpoint(): Promise<void> {
    const { disk, path, directory, mirror, follower, packing, headerAt } = this.#options;
    const { position } = follower;
    const hadHole = this.#hasHole;
    const beganMs = performance.now();
    const timeMs = Date.now();
    const encoder = new CheckpointEncoder(
      {
        mirror,
        root: mirror.root as object,
        keys: follower.keys,
        readBytes: (buffer) => readBytesOf(buffer, mirror.memoryOf(buffer), directory, follower.isUndoOpen),
      },
      headerAt(position),
    );
    // What goes wrong there is no fault of the journal's: it fails the checkpoint alone.
    let failure: unknown;
    const unwatch = mirror.watch((node) => {
      try {
        encoder.beforeChange(node);
      } catch (error) {
        failure ??= error;
      }
    });
    try {
      const pieces = this.#untilStopped(encoder.pieces(), unwatch, () => failure);
      const { sizeBytes } = await writeCheckpoint(
        disk,
        path,
        pieces,
        packing,
        this.#options.livedBeforeMs?.(),
      );
      this.#sizeBytes = sizeBytes;
      this.#checkpointAtMs = beganMs;
      this.#checkpointTimeMs = timeMs;
      this.#costMs = performance.now() - beganMs;
      this.#previous = this.#newest;
      this.#newest = position;
      this.#hasCheckpointFailed = false;
      await this.#finishCheckpoint(position, hadHole);
    } catch (error) {
      // The control file is closed when the app has ended.
      if (!this.#isStopped) {
        this.#hasCheckpointFailed = true;
        this.#checkpointAtMs = performance.now();
        this.#beginTrouble((error as Error).message);
        // Whoever waits for it is not to wait until the disk takes it one day.
        if (this.#hasHole) this.#answer(this.#options.control.read(Control.saveWanted), false);
      }
    } finally {
      unwatch();
      this.#writing = undefined;
    }
    // The app may have gone hungry meanwhile.
    if (!this.#isStopped) this.noticeActivity();
  }

  /** What came before the checkpoint before this one is needed no more. */
  async #finishCheckpoint(position: JournalPosition, hadHole: boolean): Promise<void> {
    const { disk, path, session } = this.#options;
    if (!this.#hasHole) {
      if (distance(this.#saved, position) > 0) this.#noteSaved(position);
    } else if (hadHole && position.segment >= this.#holeEnd) {
      this.#hasHole = false;
      this.#isFeeding = false;
      this.#write(Control.keptSequenceEnd, 0);
      // Between the previous checkpoint and this one the journal has a hole.
      this.#previous = position;
      this.#noteSaved(position);
      // Segments from here on stay until the next checkpoint: they can be saved again.
      this.#write(Control.starving, 0);
    }
    this.#release(this.#previous.segment);
    if (!this.#hasCheckpoint) {
      this.#hasCheckpoint = true;
      for (const older of listSessions(path).filter((number) => number < session)) {
        await disk.remove(sessionPath(path, older));
      }
    }
    this.#endTrouble();
  }

  *#untilStopped(
    pieces: Iterable<string>,
    unwatch: () => void,
    findFailure: () => unknown,
  ): Generator<string, void> {
    for (const piece of pieces) {
      if (this.#isStopped) throw new Stopped();
      const failure = findFailure();
      if (failure !== undefined) throw failure as Error;
      yield piece;
    }
    unwatch();
  }

  /** The app waits for a segment. */
  #feed(): void {
    if (this.#writing !== undefined) return;
    if (!this.#hasCheckpointFailed) {
      this.#checkpoint();
      return;
    }
    // The disk takes nothing: the app goes on with the segments that nobody has been told to be saved.
    const { follower } = this.#options;
    this.#hasHole = true;
    this.#isFeeding = true;
    this.#write(Control.keptSequence, this.#previous.segment);
    this.#write(Control.keptSequenceEnd, this.#saved.segment + 1);
    this.#release(follower.position.segment);
  }

  /** A word of the control file, for as long as there is somebody to read it. */
  #write(word: number, value: number): void {
    if (!this.#isStopped) this.#options.control.write(word, value);
  }

  #release(sequence: number): void {
    const { control } = this.#options;
    if (this.#isStopped) return;
    if (sequence > control.read(Control.releasedSequence) >>> 0)
      this.#write(Control.releasedSequence, sequence);
  }

  #beginTrouble(reason: string): void {
    if (this.#isInTrouble || this.#isStopped) return;
    this.#isInTrouble = true;
    this.#write(Control.autosaveDegraded, 1);
    this.#options.onTrouble(reason);
    this.#timer ??= setTimeout(() => this.#tick(), this.#options.intervalMs);
  }

  /** Over when both work: the sync and, if the last one failed, the checkpoint. */
  #endTrouble(): void {
    if (!this.#isInTrouble || this.#hasHole || this.#hasCheckpointFailed) return;
    this.#isInTrouble = false;
    this.#write(Control.autosaveDegraded, 0);
  }
}

const FILE_OF_SESSION = /^(?:journal|memory|undo)-\d+$/;
const MEMORY_FILE = /^(?:memory|undo)-\d+$/;

/** The control file is open, and may have no name any more. */
async function syncIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.syncFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** At once, but not more than the thread pool has threads: the others would only wait there. */
const AT_ONCE = 4;

async function inTurns<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map((item) => run(item)));
  }
}
