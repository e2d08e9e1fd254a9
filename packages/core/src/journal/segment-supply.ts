/**
 * Where the writer's next segment comes from: one that has been released, the spare, a new file, the reserve, or a wait
 * for the guardian. What has been sealed is kept here until it is used again.
 *
 * Invariants:
 * 1. A segment is used again only when the guardian has released it, and never under the same number.
 * 2. `take` can be cut off at any call, and then be called again: what has been taken is not lost.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { ControlPage, Segment, SegmentMemory } from '../memory/segment.ts';
import { Control, SEGMENT_BYTES } from './layout.ts';
import { reservePath, segmentPath, sparePath } from './segment-files.ts';

export interface SegmentSupplyOptions {
  readonly directory: string;
  readonly memory: SegmentMemory;
  readonly control: ControlPage;
  /** Bytes of all segments together. When they are full the app waits for the guardian. */
  readonly sizeBytesMax: number;
  readonly isGuardianAlive: () => boolean;
  /** Called again and again while the app waits for the guardian. */
  readonly onWait?: () => void;
  /**
   * Segments that are kept for the time when no more can be created. Two are enough to go on for ever: while one is
   * written, the guardian reads the other. Default: none.
   */
  readonly reserveSegments?: number;
  /** Make the directory anew when it has vanished, and go on in it. Default: the journal stops then. */
  readonly recreatesDirectory?: boolean;
  /** How long the app waits for a guardian that releases nothing. Default 10,000 ms. */
  readonly stallTimeoutMs?: number;
}

/** The writer, for which it is. */
interface SupplyUser {
  ring(): void;
  /** If the guardian has said that it sleeps. */
  ringIfAsleep(): void;
  degrade(reason: string): void;
}

export interface SealedSegment {
  readonly segment: Segment;
  readonly sequence: number;
}

/** A segment and the name that its file has so far. */
interface NamedSegment {
  readonly segment: Segment;
  readonly path: string;
}

/** What is under way while a segment is wanted. */
export interface Situation {
  /** What is withheld cannot be read: to wait for the guardian would be to wait for ever. */
  readonly isWithholding: boolean;
  /** The guardian is being told the whole state: that takes the room that it needs, and does not wait for it. */
  readonly isHealing: boolean;
}

/** Segments that are kept for the next burst; more are given back to the system. */
const IDLE_SEGMENTS_MAX = 8;
/** One wait for the guardian. Short, because an app that waits here does nothing else. */
const WAIT_MS = 1;
/** For a guardian that cannot save: if it has anything to release, it does so at once. */
const DEGRADED_WAIT_MS = 2000;

const WAIT_CELL = new Int32Array(new SharedArrayBuffer(4));

export class SegmentSupply {
  /** Has its final name, and is not in use yet. Taken out by an assignment, which nothing can cut off. */
  next: Segment | undefined;
  readonly #options: SegmentSupplyOptions;
  readonly #user: SupplyUser;
  readonly #stallTimeoutMs: number;
  /** Oldest first: not yet released, or waiting to be used again. */
  readonly #sealed: SealedSegment[] = [];
  /** Allocated at the start, so that there is a second segment whatever the disk does later. */
  #spare: Segment | undefined;
  /** Allocated and not in use; and how many there shall be. */
  readonly #reserve: NamedSegment[] = [];
  readonly #reserveCount: number;
  #reservedCount = 0;
  /** The one that is to become the next, under the name that it has had. */
  #taken: NamedSegment | undefined;
  /** The file of the segment that is being written has no name any more. */
  #isCurrentGone = false;

  /** Throws when the spare cannot be created. */
  constructor(options: SegmentSupplyOptions, user: SupplyUser) {
    this.#options = options;
    this.#user = user;
    this.#stallTimeoutMs = options.stallTimeoutMs ?? 10_000;
    this.#reserveCount = options.reserveSegments ?? 0;
    this.#spare = options.memory.createSegment(sparePath(options.directory));
    this.#fillReserve();
  }

  /** The segment `sequence` as `next`, or undefined when the journal has stopped. */
  take(sequence: number, situation: Situation): Segment | undefined {
    const path = segmentPath(this.#options.directory, sequence);
    try {
      if (!situation.isWithholding) this.#recreateDirectory(sequence - 1);
      if (this.#taken === undefined) this.#takeReleased();
      if (this.#taken !== undefined) this.#starve(false);
      else this.#takeSpare();
      if (this.#taken === undefined && this.#mayCreate(situation)) this.#create(path, situation);
      if (this.next !== undefined) return this.next;
      if (this.#taken === undefined && situation.isHealing) throw new Error('there is no room for it');
      if (this.#taken === undefined) this.#waitForReleased();
      return this.#moveTaken(path);
    } catch (error) {
      this.#user.degrade(`the journal cannot go on to its next segment: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** It has been sealed, and is kept until it may be used again. */
  keep(sealed: SealedSegment): void {
    if (this.#isCurrentGone) {
      // Its file has no name any more, so it cannot be used again.
      this.#isCurrentGone = false;
      sealed.segment.close();
    } else this.#sealed.push(sealed);
  }

  /** After each change of segments: as much is kept as should be. */
  review(): void {
    this.#trim();
    this.#fillReserve();
  }

  /** Gives the files and the memory of all that it has back. Nothing may be taken afterwards. */
  close(): void {
    const held = [...this.#sealed, ...this.#reserve, this.#taken].map((one) => one?.segment);
    for (const segment of [...held, this.#spare, this.next]) segment?.close();
  }

  #takeSpare(): void {
    if (this.#spare === undefined) return;
    this.#taken = { segment: this.#spare, path: sparePath(this.#options.directory) };
    this.#spare = undefined;
  }

  #mayCreate({ isWithholding, isHealing }: Situation): boolean {
    const isRoom = (this.#sealed.length + 2) * SEGMENT_BYTES <= this.#options.sizeBytesMax;
    return isWithholding || isHealing || isRoom;
  }

  #create(path: string, { isWithholding }: Situation): void {
    try {
      // One that was being created when the app was cut off.
      rmSync(path, { force: true });
      this.next = this.#options.memory.createSegment(path);
      this.#starve(false);
    } catch (error) {
      // The disk is full or the limit of open files is reached: go on with the segments that exist. What is
      // withheld cannot be read, so none of them would ever be released.
      this.#starve(true);
      this.#taken = this.#reserve.pop();
      if (this.#taken === undefined && isWithholding) throw error;
    }
  }

  /** What was in it is gone: only the segment that is being written still counts, for the guardian has it open. */
  #recreateDirectory(currentSequence: number): void {
    const { directory, recreatesDirectory = false } = this.#options;
    if (!recreatesDirectory || existsSync(segmentPath(directory, currentSequence))) return;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const { segment } of [...this.#sealed, ...this.#reserve]) segment.close();
    this.#taken?.segment.close();
    this.#spare?.close();
    this.#sealed.length = 0;
    this.#reserve.length = 0;
    this.#taken = undefined;
    this.#spare = undefined;
    this.#isCurrentGone = true;
  }

  #takeReleased(): void {
    const index = this.#findReleased();
    const oldest = this.#sealed[index];
    if (oldest === undefined) return;
    const path = segmentPath(this.#options.directory, oldest.sequence);
    this.#taken = { segment: oldest.segment, path };
    this.#sealed.splice(index, 1);
  }

  /** The oldest segment that may be used again, among the sealed ones. */
  #findReleased(): number {
    const { control } = this.#options;
    const released = control.read(Control.releasedSequence) >>> 0;
    const oldest = this.#sealed[0];
    if (oldest === undefined || oldest.sequence >= released) return -1;
    const keptEnd = control.read(Control.keptSequenceEnd) >>> 0;
    if (keptEnd === 0) return 0;
    const kept = control.read(Control.keptSequence) >>> 0;
    return this.#sealed.findIndex(
      ({ sequence }) => sequence < released && !(sequence >= kept && sequence < keptEnd),
    );
  }

  /** Undefined when nothing has been taken: the journal has stopped. */
  #moveTaken(path: string): Segment | undefined {
    const taken = this.#taken;
    if (taken === undefined) return undefined;
    renameUnlessDone(taken.path, path);
    this.next = taken.segment;
    this.#taken = undefined;
    return taken.segment;
  }

  /** Gives back what a burst has left, oldest first, as far as it is released. What fails here costs memory. */
  #trim(): void {
    if (this.#sealed.length <= IDLE_SEGMENTS_MAX) return;
    const { control, directory } = this.#options;
    try {
      const released = control.read(Control.releasedSequence) >>> 0;
      let idle = this.#sealed.findIndex(({ sequence }) => sequence >= released);
      if (idle < 0) idle = this.#sealed.length;
      // Those that are kept are the oldest.
      if (control.read(Control.keptSequenceEnd) !== 0) return;
      for (; idle > IDLE_SEGMENTS_MAX; idle--) {
        const { segment, sequence } = this.#sealed.shift() as SealedSegment;
        segment.close();
        rmSync(segmentPath(directory, sequence), { force: true });
      }
    } catch {
      // The directory is gone or not ours any more: the next change of segments finds out and says so.
    }
  }

  /** As far as that is possible. */
  #fillReserve(): void {
    if (this.#reserve.length === this.#reserveCount || this.#isStarving) return;
    const { memory, directory } = this.#options;
    while (this.#reserve.length < this.#reserveCount) {
      const path = reservePath(directory, this.#reservedCount++);
      try {
        this.#reserve.push({ segment: memory.createSegment(path), path });
      } catch {
        return;
      }
    }
  }

  /** The guardian is told, so that it does what it can to release some. */
  #starve(isStarving: boolean): void {
    if (this.#isStarving === isStarving) return;
    this.#options.control.write(Control.starving, isStarving ? 1 : 0);
    if (isStarving) this.#user.ring();
  }

  /** Segments can neither be created nor taken from the released ones. */
  get #isStarving(): boolean {
    return this.#options.control.read(Control.starving) === 1;
  }

  #waitForReleased(): void {
    const { control } = this.#options;
    this.#starve(true);
    let releasedBefore = control.read(Control.releasedSequence);
    const beganMs = performance.now();
    let progressMs = beganMs;
    for (;;) {
      this.#user.ringIfAsleep();
      this.#options.onWait?.();
      Atomics.wait(WAIT_CELL, 0, 0, WAIT_MS);
      this.#takeReleased();
      // Where the guardian cannot save, what is kept for that is used, and read and released in turn.
      if (this.#taken === undefined && control.read(Control.autosaveDegraded) === 1) {
        this.#taken = this.#reserve.pop();
      }
      if (this.#taken !== undefined) return;
      const nowMs = performance.now();
      const released = control.read(Control.releasedSequence);
      if (released !== releasedBefore) {
        releasedBefore = released;
        progressMs = nowMs;
        continue;
      }
      const reason = this.#reasonToStop(nowMs - beganMs, nowMs - progressMs);
      if (reason === undefined) continue;
      this.#user.degrade(reason);
      return;
    }
  }

  /** `waitedMs` altogether, `stalledMs` since the guardian has last released anything. */
  #reasonToStop(waitedMs: number, stalledMs: number): string | undefined {
    if (!this.#options.isGuardianAlive()) return 'the guardian has died';
    const isUnsaved = this.#options.control.read(Control.autosaveDegraded) === 1;
    if (isUnsaved && waitedMs > DEGRADED_WAIT_MS)
      return 'the journal is full and its autosave cannot be written';
    if (stalledMs <= this.#stallTimeoutMs) return undefined;
    const seconds = Math.round(this.#stallTimeoutMs / 1000);
    return `the journal is full and the guardian has read nothing for ${seconds} s`;
  }
}

/** A rename that was cut off may have been done already. */
function renameUnlessDone(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(to)) throw error;
  }
}
