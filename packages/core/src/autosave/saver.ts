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
import { Control, SEGMENT_BYTES } from '../journal/layout.ts';
import { JOURNAL_BEGINNING, type JournalPosition } from '../journal/reader.ts';
import { controlPath, segmentPath } from '../journal/segment-files.ts';
import type { JournalFollower } from '../guardian/journal-follower.ts';
import type { ControlPage } from '../memory/segment.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readBytesOf } from '../mirror/read-memory.ts';
import type { Disk } from '../platform/disk.ts';
import { listSessions, sessionPath } from './autosave-files.ts';
import { type CheckpointHeader, TEXT_BYTES_MAX } from './checkpoint-format.ts';
import { CheckpointEncoder } from './encode-checkpoint.ts';
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
  readonly preset: number;
  readonly loadMax: number;
  /** Bytes of all segments together, as the app has them. */
  readonly journalBytesMax: number;
  /** What stands in front of a checkpoint of the state at that moment. */
  readonly headerAt: (position: JournalPosition) => CheckpointHeader;
  /** Something has been saved, or could not be: the app may be waiting for that. */
  readonly onSaved: () => void;
  /** Called when trouble begins. */
  readonly onTrouble: (reason: string) => void;
}

/** A checkpoint of up to this size may be written whenever there is time for it. */
const SMALL_BYTES = 65_536;

class Stopped extends Error {}

export class AutosaveSaver {
  readonly #options: SaverOptions;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isSyncing = false;
  #isSyncWanted = false;
  #saved: JournalPosition = JOURNAL_BEGINNING;
  /** The last segment whose name is on the disk. */
  #namedSegment = -1;
  /** The checkpoint that is being written. */
  #writing: Promise<void> | undefined;
  /** Where the newest and the previous checkpoint are in the journal. */
  #newest: JournalPosition = JOURNAL_BEGINNING;
  #previous: JournalPosition = JOURNAL_BEGINNING;
  #hasCheckpoint = false;
  #checkpointAtMs: number;
  #costMs = 0;
  #sizeBytes = 0;
  /** Nothing behind `saved` can be counted on: segments have been given to the app that no checkpoint covers. */
  #hasHole = false;
  #isInTrouble = false;
  #hasCheckpointFailed = false;

  constructor(options: SaverOptions) {
    this.#options = options;
    this.#checkpointAtMs = performance.now() - options.intervalMs;
  }

  /** The follower has read something, or has been woken. */
  noticeActivity(): void {
    if (this.#isStopped) return;
    const { control, intervalMs } = this.#options;
    this.#timer ??= setTimeout(() => this.#tick(), intervalMs);
    if ((control.read(Control.saveWanted) | 0) !== (control.read(Control.saveDone) | 0)) void this.#sync();
    if (control.read(Control.starving) === 1) this.#feed();
    else if (this.#isUrgent()) this.#checkpoint();
  }

  /** A segment has been read to its end. */
  noticeSegmentRead(nextSequence: number): void {
    // What is not saved anyway may as well be used again.
    if (this.#hasHole && this.#writing === undefined) this.#release(nextSequence);
  }

  /** Nothing more is begun, and a checkpoint that is being written is given up. */
  stop(): void {
    // The control file is closed from now on: see #write.
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Resolves when nothing is being written any more. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#isStopped) return;
    void this.#sync();
    const isWaiting = this.#considerCheckpoint();
    // Elements of buffers are written without a word.
    if (isWaiting || this.#isInTrouble || this.#options.mirror.hasMemory) {
      this.#timer = setTimeout(() => this.#tick(), this.#options.intervalMs);
    }
  }

  /** Returns whether there is something to be written later, when time has passed. */
  #considerCheckpoint(): boolean {
    if (this.#writing !== undefined) return true;
    const changedBytes = this.#changedBytes();
    if (changedBytes === 0) return false;
    if (this.#hasCheckpointFailed || this.#hasHole) {
      this.#checkpoint();
      return true;
    }
    // The bytes of a checkpoint shall not be many more than those of what has changed.
    if (this.#sizeBytes > Math.max(SMALL_BYTES, changedBytes)) return false;
    const sinceMs = performance.now() - this.#checkpointAtMs;
    if (this.#costMs > sinceMs * this.#options.loadMax) return true;
    this.#checkpoint();
    return true;
  }

  /** Of journal since the newest checkpoint; the memory of buffers counts as changed. */
  #changedBytes(): number {
    const { follower, mirror } = this.#options;
    return distance(this.#newest, follower.position) + mirror.memoryBytes;
  }

  /** Half of the room for the journal is taken by what waits for a checkpoint. */
  #isUrgent(): boolean {
    const { follower, journalBytesMax } = this.#options;
    return distance(this.#newest, follower.position) > journalBytesMax / 4;
  }

  /** Syncs what has been appended by now. Calls at the same time share one sync. */
  async #sync(): Promise<void> {
    this.#isSyncWanted = true;
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const { control } = this.#options;
    while (this.#isSyncWanted && !this.#isStopped) {
      this.#isSyncWanted = false;
      const wanted = control.read(Control.saveWanted);
      try {
        await this.#syncFiles();
        this.#write(Control.saveDone, wanted);
        this.#endTrouble();
      } catch (error) {
        this.#write(Control.saveFailed, wanted);
        this.#write(Control.saveDone, wanted);
        this.#beginTrouble((error as Error).message);
      }
      this.#options.onSaved();
    }
    this.#isSyncing = false;
  }

  /** How far the journal goes at least: as far as it has been read, or as the app has said. */
  #findEnd(): JournalPosition {
    const { follower, control } = this.#options;
    const { position } = follower;
    const wanted = {
      segment: control.read(Control.wantedSequence) >>> 0,
      offsetBytes: control.read(Control.wantedOffset),
    };
    return distance(position, wanted) > 0 ? wanted : position;
  }

  async #syncFiles(): Promise<void> {
    const { disk, directory } = this.#options;
    const position = this.#findEnd();
    // From then on its segments may be used again before they are saved.
    const isStarving = this.#options.control.read(Control.starving) === 1;
    const names = new Set(await disk.list(directory));
    let segment = this.#saved.segment;
    const first = segment;
    for (; names.has(nameOf(segmentPath(directory, segment))); segment++) {
      await disk.syncFile(segmentPath(directory, segment));
    }
    // An app that has not yet begun has no segment.
    if (segment === first && position.segment > 0)
      throw new Error(`segment ${segment} of the journal is gone`);
    for (const name of names) {
      if (MEMORY_FILE.test(name)) await syncIfThere(disk, `${directory}/${name}`);
    }
    if (segment - 1 !== this.#namedSegment || this.#options.mirror.hasMemory) {
      await disk.syncDirectory(directory);
      this.#namedSegment = segment - 1;
    }
    if (isStarving || this.#hasHole) {
      if (distance(this.#saved, position) > 0)
        throw new Error('there is no room for what comes after the last save');
      return;
    }
    if (distance(this.#saved, position) <= 0) return;
    this.#noteSaved(position);
    await disk.syncFile(controlPath(directory));
  }

  #noteSaved(position: JournalPosition): void {
    this.#saved = position;
    this.#write(Control.savedSequence, position.segment);
    this.#write(Control.savedOffset, position.offsetBytes);
  }

  #checkpoint(): void {
    const { mirror, follower } = this.#options;
    if (this.#isStopped || this.#writing !== undefined) return;
    if (mirror.root === undefined || follower.failure !== undefined) return;
    this.#writing = this.#writeCheckpoint();
  }

  async #writeCheckpoint(): Promise<void> {
    const { disk, path, directory, mirror, follower, preset, headerAt } = this.#options;
    const { position } = follower;
    const beganMs = performance.now();
    const encoder = new CheckpointEncoder(
      {
        mirror,
        root: mirror.root as object,
        keys: follower.keys,
        readBytes: (buffer) =>
          readBytesOf(buffer, mirror.memoryOf(buffer), directory, follower.isInTransaction()),
      },
      headerAt(position),
    );
    const unwatch = mirror.watch((node) => encoder.beforeChange(node));
    try {
      const { sizeBytes } = await writeCheckpoint(disk, path, this.#limit(encoder.pieces(), unwatch), preset);
      this.#sizeBytes = sizeBytes;
      this.#checkpointAtMs = beganMs;
      this.#costMs = performance.now() - beganMs;
      this.#previous = this.#newest;
      this.#newest = position;
      this.#hasCheckpointFailed = false;
      await this.#finishCheckpoint(position);
    } catch (error) {
      if (!(error instanceof Stopped)) {
        this.#hasCheckpointFailed = true;
        this.#checkpointAtMs = performance.now();
        this.#beginTrouble((error as Error).message);
      }
    } finally {
      unwatch();
      this.#writing = undefined;
    }
    // The app may have gone hungry meanwhile.
    if (!this.#isStopped) this.noticeActivity();
  }

  /** What came before the checkpoint before this one is needed no more. */
  async #finishCheckpoint(position: JournalPosition): Promise<void> {
    const { disk, path, session } = this.#options;
    if (this.#hasHole) {
      this.#hasHole = false;
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

  *#limit(pieces: Iterable<string>, unwatch: () => void): Generator<string, void> {
    let chars = 0;
    for (const piece of pieces) {
      if (this.#isStopped) {
        unwatch();
        throw new Stopped();
      }
      chars += piece.length;
      if (chars > TEXT_BYTES_MAX) {
        throw new Error(
          `the state is larger than ${TEXT_BYTES_MAX} characters of JSON, which could not be read back`,
        );
      }
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

const MEMORY_FILE = /^(?:memory|undo)-\d+$/;

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Files of buffers come and go. */
async function syncIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.syncFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Bytes of journal from one position to another. */
export function distance(from: JournalPosition, to: JournalPosition): number {
  return (to.segment - from.segment) * SEGMENT_BYTES + to.offsetBytes - from.offsetBytes;
}
