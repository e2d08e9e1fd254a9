/**
 * Keeps the mirror up to date with the journal while the app lives, without using a processor while the app
 * is idle.
 *
 * Awake, the follower reads; when it has found nothing new for a moment it raises the wake flag, looks once
 * more, and sleeps. The app rings (one byte through a pipe) when it sees the flag after a record. The moment
 * of lingering means that a busy app rings hardly ever.
 *
 * The app's look at the flag may run ahead of its store of the record, which then is seen by nobody for as long as the
 * store waits in the processor, well below a microsecond. So the follower looks a last time when it has slept for a moment.
 */
import { RecordDecoder } from '../journal/decode-record.ts';
import { Control } from '../journal/layout.ts';
import { type JournalPosition, JournalReader, type JournalTail } from '../journal/reader.ts';
import type { ControlPage } from '../memory/segment.ts';
import type { Session } from '../platform/session.ts';
import type { Mirror } from '../mirror/mirror.ts';

/** Milliseconds between two looks while the app may go on writing. */
const LINGER_MS = 5;

export class JournalFollower {
  readonly #reader: JournalReader;
  readonly #decoder: RecordDecoder;
  readonly #control: ControlPage;
  readonly #take: (words: Int32Array, from: number, to: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #lastLook: NodeJS.Timeout | undefined;
  #recordsRead = 0;
  #failedAt: JournalPosition | undefined;
  /** Called when the journal has been read up to there, while the app lives. */
  onLook: ((reached: JournalPosition) => void) | undefined;
  /** Called when something has been read, and when the app has rung. */
  onActivity: (() => void) | undefined;
  /** Called when a segment has been read to its end. Default: the app may use it again. */
  onSegmentRead: ((nextSequence: number) => void) | undefined;
  /** Called when everything has been read, and the app has stopped journaling. */
  onAppDegraded: (() => void) | undefined;
  /** Set when a record checks but makes no sense, or the files cannot be read: nothing behind it is applied. */
  failure: Error | undefined;

  /** `from`: where the app has told its whole state. Default: the beginning of the journal. */
  constructor(session: Session, control: ControlPage, mirror: Mirror, from?: JournalPosition) {
    this.#control = control;
    this.#decoder = new RecordDecoder(mirror);
    this.#reader = new JournalReader({
      ...session,
      ...(from !== undefined && { from }),
      onSegmentRead: (nextSequence) => {
        if (this.onSegmentRead === undefined) control.write(Control.releasedSequence, nextSequence);
        else this.onSegmentRead(nextSequence);
      },
    });
    this.#take = (words, from, to) => this.#apply(words, from, to);
  }

  /** Raises the wake flag for the first time. */
  start(): void {
    const before = this.#recordsRead;
    this.#sleep();
    // The app may have asked for something, and rung for it, before.
    if (this.#recordsRead === before) this.onActivity?.();
  }

  /** The app has rung. */
  wake(): void {
    if (this.#timer === undefined && this.#immediate === undefined) this.#read();
    this.onActivity?.();
  }

  /** Behind the last payload that has been applied. */
  get position(): JournalPosition {
    return this.#reader.position;
  }

  /** The journal's keys there, by their ids. */
  get keys(): readonly (string | symbol)[] {
    return this.#decoder.keys;
  }

  /** Has a transaction been applied in part, the rest of which is there? */
  get isMidway(): boolean {
    return this.#reader.isInTransaction;
  }

  /** Is a transaction open that may be writing to the memory of buffers? */
  get isUndoOpen(): boolean {
    return this.#control.read(Control.undoOpen) === 1;
  }

  /** Reads everything there is, without a pause. For when the app is dead. */
  drain(): void {
    this.stop();
    let more = true;
    while (more) more = this.#readSegment();
  }

  /** Where the journal ends: call it after `drain`. */
  get tail(): JournalTail {
    return this.#reader.tail();
  }

  /** Behind the last record, or behind the one that made no sense. */
  get end(): JournalPosition {
    return this.#failedAt ?? this.#reader.reached;
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    clearTimeout(this.#lastLook);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#lastLook = undefined;
  }

  close(): void {
    this.stop();
    this.#reader.close();
  }

  /** One segment at most, so that signals and the app's end are not kept waiting behind a burst. */
  #read(): void {
    this.stop();
    const before = this.#recordsRead;
    const more = this.#readSegment();
    if (more || this.#recordsRead !== before) this.#noticeProgress();
    if (more) this.#immediate = setImmediate(() => this.#read());
    else if (this.#recordsRead !== before) this.#timer = setTimeout(() => this.#read(), LINGER_MS);
    else this.#sleep();
  }

  #noticeProgress(): void {
    const { segment, offsetBytes } = this.#reader.position;
    this.#control.write(Control.mirroredSequence, segment);
    this.#control.write(Control.mirroredOffset, offsetBytes);
    this.onLook?.(this.#reader.reached);
    this.onActivity?.();
  }

  #sleep(): void {
    this.stop();
    this.#control.write(Control.wake, 1);
    // What was appended before the flag was up has not been rung for.
    if (this.#lookAgain()) return;
    if (this.#control.read(Control.degraded) === 1) this.onAppDegraded?.();
    else this.#lastLook = setTimeout(() => this.#lookAgain(), LINGER_MS);
  }

  /** With the flag up. Reads on when it has found something. */
  #lookAgain(): boolean {
    const before = this.#recordsRead;
    const more = this.#readSegment();
    if (!more && this.#recordsRead === before) return false;
    this.#control.write(Control.wake, 0);
    this.#noticeProgress();
    this.#immediate = setImmediate(() => this.#read());
    return true;
  }

  #readSegment(): boolean {
    try {
      return this.#reader.readSegment(this.#take);
    } catch (error) {
      this.failure ??= error as Error;
      return false;
    }
  }

  #apply(words: Int32Array, from: number, to: number): void {
    this.#recordsRead++;
    if (this.failure !== undefined) return;
    try {
      this.#decoder.decode(words, from, to);
    } catch (error) {
      this.failure = error as Error;
      this.#failedAt = this.#reader.reached;
    }
  }
}
