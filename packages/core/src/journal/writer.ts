/**
 * The app's end of the journal: turns mutations into records and publishes them in segments.
 *
 * Invariants:
 * 1. When an `append…` method has returned, the record survives this process, or `degraded` is set.
 * 2. A record is published last: terminator behind it, checksum, payload, then the length word.
 * 3. Nothing here throws because of the environment. When the files fail, or the guardian does not release
 *    a segment in time, the journal degrades: it stops, says so once, and the app goes on. `heal` takes it up again;
 *    whoever calls that then has to tell the whole state anew.
 *
 * The steps and what a reader finds after each of them: docs/format/journal.md. All that a record goes through on its
 * way is one class, and so a long file: it is the hot path. Where segments come from is segment-supply.ts.
 */
import { existsSync, rmSync } from 'node:fs';
import { SHOWS_STORES_IN_ORDER } from '../memory/memory-order.ts';
import type { ControlPage, Segment } from '../memory/segment.ts';
import {
  endOfPrimitive,
  type Primitive,
  primitiveWordsMax,
  writeNumber,
  writePrimitive,
  writeString,
} from '../value/encode-value.ts';
import { textOfKey, WordBuffer } from '../value/words.ts';
import { checksumWords, segmentSeed } from './checksum.ts';
import {
  Control,
  FORMAT_VERSION,
  INLINE_KEY,
  INTERNED_KEY_CHARS_MAX,
  KEY_SHIFT,
  KEYS_MAX,
  Operation,
  Part,
  PART_SHIFT,
  RECORD_HEADER_WORDS,
  SEAL_RECORD_WORDS,
  SEGMENT_BYTES,
  SEGMENT_HEADER_WORDS,
  SEGMENT_LIMIT_WORDS,
  SEGMENT_MAGIC,
  SegmentHeader,
  Tag,
  TAG_SHIFT,
  TRANSACTION_RECORD_WORDS,
  WORD_BYTES,
} from './layout.ts';
import type { JournalPosition } from './reader.ts';
import { segmentPath } from './segment-files.ts';
import { type SealedSegment, SegmentSupply, type SegmentSupplyOptions } from './segment-supply.ts';

export interface JournalWriterOptions extends SegmentSupplyOptions {
  readonly nonceLow: number;
  readonly nonceHigh: number;
  /** Wakes the guardian. Called only when it has said that it sleeps. */
  readonly ring: () => void;
  /** Called when the journal stops: once, until it is healed. */
  readonly onDegraded: (reason: string) => void;
}

/** The record with which a transaction begins. */
interface Withheld {
  readonly segment: Segment;
  readonly at: number;
  /** Of that segment. */
  readonly seed: number;
}

/** A value of up to this many words is written in place; a larger one is put together first. */
const IN_PLACE_WORDS_MAX = 512;
/** Such a value with its header, operation, node and index. */
const IN_PLACE_RECORD_WORDS_MAX: number = RECORD_HEADER_WORDS + 3 + IN_PLACE_WORDS_MAX;
/** A part of a large value shorter than this is not worth a record: the next segment begins instead. */
const PART_WORDS_MIN = 1024;
/** Without a mapped wake word the guardian is looked after once a turn of the event loop, or this often. */
const UNSEEN_WORDS_MAX = 16_384;

export class JournalWriter {
  degraded = false;
  /** Ids of the keys that the guardian knows. Cleared, on both sides, when it is full. */
  readonly keys: Map<string | symbol, number> = new Map();

  /** The key looked up last, and its id. */
  #lastKey: string | undefined;
  #lastKeyId = 0;
  readonly #options: JournalWriterOptions;
  readonly #control: ControlPage;
  readonly #wake: Int32Array | undefined;
  /** Where the next segment comes from, and where those that are full go. */
  readonly #supply: SegmentSupply;
  #current: SealedSegment;
  #words: Int32Array;
  #tail = SEGMENT_HEADER_WORDS;
  #limit: number = SEGMENT_LIMIT_WORDS;
  #seed = 0;
  /** The end of the record that is being published at `#tail`, or 0; and its length word. */
  #pendingEnd = 0;
  #pendingLengthWord = 0;
  #isChangingSegment = false;
  /** The guardian is being told the whole state. */
  #isHealing = false;
  /** A transaction is open; and its first record, once there is one. */
  #isWithholding = false;
  #withheld: Withheld | undefined;
  readonly #transactionRecord = new Int32Array(TRANSACTION_RECORD_WORDS);
  /** Behind the last part of a payload that is appended part by part. */
  #partsEnd: { readonly segment: SealedSegment | undefined; readonly tail: number } = {
    segment: undefined,
    tail: 0,
  };
  #unseenWords = 0;
  #ringScheduled = false;
  readonly #scratch: WordBuffer = new WordBuffer();

  /** Throws when the first two segments cannot be created; nothing is left behind then. */
  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#control = options.control;
    this.#wake = options.control.words;
    const path = segmentPath(options.directory, 0);
    const first = options.memory.createSegment(path);
    try {
      this.#supply = new SegmentSupply(options, {
        ring: () => this.#ring(),
        ringIfAsleep: () => this.#ringNow(),
        degrade: (reason) => this.degrade(reason),
      });
    } catch (error) {
      first.close();
      rmSync(path);
      throw error;
    }
    this.#current = { segment: first, sequence: 0 };
    this.#words = first.words;
    this.#seed = segmentSeed(options.nonceLow, options.nonceHigh, 0);
    this.#writeHeader(first, 0);
  }

  /** `node[key] = value` for a value that is not an object. The hot path of the library. */
  appendProperty(nodeId: number, key: string, value: Primitive): void {
    const keyId = key === this.#lastKey ? this.#lastKeyId : this.#findKey(key);
    // A number needs no measuring: nearly every record of an app that measures something is one.
    const isShort = typeof value === 'number' || primitiveWordsMax(value) <= IN_PLACE_WORDS_MAX;
    if (keyId === INLINE_KEY || !isShort) {
      this.#appendLargeProperty(nodeId, keyId, key, value);
      return;
    }
    const at = this.#makeRoom(IN_PLACE_RECORD_WORDS_MAX);
    if (at < 0) return;
    const words = this.#words;
    const tag =
      typeof value === 'number' ? writeNumber(words, at + 4, value) : writePrimitive(words, at + 4, value);
    words[at + 2] = Operation.setProperty | (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
    words[at + 3] = nodeId;
    this.#publish(at, endOfPrimitive(), Part.whole);
  }

  /** `list[index] = value` for an element that exists and a value that is not an object. */
  appendElement(nodeId: number, index: number, value: Primitive): void {
    if (primitiveWordsMax(value) > IN_PLACE_WORDS_MAX) {
      this.#appendLarge(Operation.setElement, nodeId, index, value);
      return;
    }
    const at = this.#makeRoom(IN_PLACE_RECORD_WORDS_MAX);
    if (at < 0) return;
    const words = this.#words;
    const tag = writePrimitive(words, at + 5, value);
    words[at + 2] = Operation.setElement | (tag << TAG_SHIFT);
    words[at + 3] = nodeId;
    words[at + 4] = index;
    this.#publish(at, endOfPrimitive(), Part.whole);
  }

  /** `list.push(value)` for one value that is not an object. */
  appendPush(nodeId: number, value: Primitive): void {
    this.#appendValue(Operation.push, nodeId, value);
  }

  /** `set.add(value)` for a value that is not an object. */
  appendMember(nodeId: number, value: Primitive): void {
    this.#appendValue(Operation.setAdd, nodeId, value);
  }

  /** `map.delete(key)` or `set.delete(key)` for one that is not an object. */
  appendDeletedEntry(nodeId: number, key: Primitive): void {
    this.#appendValue(Operation.deleteEntry, nodeId, key);
  }

  /** `map.set(key, value)` for a key and a value that are no objects. */
  appendEntry(nodeId: number, key: Primitive, value: Primitive): void {
    // Nearly every Map has texts as keys; a number needs no measuring.
    const isShort =
      typeof key === 'string' && typeof value === 'number'
        ? key.length <= IN_PLACE_WORDS_MAX
        : primitiveWordsMax(key) + primitiveWordsMax(value) <= IN_PLACE_WORDS_MAX;
    if (!isShort) {
      this.#appendLargeEntry(nodeId, key, value);
      return;
    }
    const at = this.#makeRoom(IN_PLACE_RECORD_WORDS_MAX);
    if (at < 0) return;
    const words = this.#words;
    words[at + 4] =
      typeof key === 'string' ? writeString(words, at + 5, key) : writePrimitive(words, at + 5, key);
    const end = endOfPrimitive();
    const tag =
      typeof value === 'number' ? writeNumber(words, end, value) : writePrimitive(words, end, value);
    words[at + 2] = Operation.mapSet | (tag << TAG_SHIFT);
    words[at + 3] = nodeId;
    this.#publish(at, endOfPrimitive(), Part.whole);
  }

  #appendValue(operation: number, nodeId: number, value: Primitive): void {
    if (primitiveWordsMax(value) > IN_PLACE_WORDS_MAX) {
      this.#appendLarge(operation, nodeId, undefined, value);
      return;
    }
    const at = this.#makeRoom(IN_PLACE_RECORD_WORDS_MAX);
    if (at < 0) return;
    const words = this.#words;
    const tag = writePrimitive(words, at + 4, value);
    words[at + 2] = operation | (tag << TAG_SHIFT);
    words[at + 3] = nodeId;
    this.#publish(at, endOfPrimitive(), Part.whole);
  }

  /**
   * From now on everything that is appended counts together, once `commit` is called, or not at all: the length
   * word of a first record is withheld until then, and a reader does not look behind a word that is zero. That record
   * says then where the last one ends, for whoever reads after a loss of power: pages may be missing in between.
   */
  withhold(): void {
    const at = this.#makeRoom(TRANSACTION_RECORD_WORDS);
    if (at < 0) return;
    const words = this.#words;
    words[at + 2] = Operation.transaction;
    words[at + 3] = 0;
    words[at + 4] = 0;
    this.#isWithholding = true;
    try {
      this.#publish(at, at + TRANSACTION_RECORD_WORDS, Part.whole);
    } catch (error) {
      // For want of stack: it has not begun.
      this.#isWithholding = false;
      this.#withheld = undefined;
      this.#pendingEnd = 0;
      this.#tail = at;
      throw error;
    }
  }

  /** Publishes what has been withheld, by one word. Safe to call again, and when nothing has been. */
  commit(): void {
    const withheld = this.#withheld;
    // Nobody reads behind its first record as long as that is not released: `heal` goes on there.
    if (this.degraded && withheld !== undefined) return;
    if (withheld !== undefined) {
      if (this.#isEmpty(withheld)) {
        // Nothing has come behind it: it has never been there.
        this.#tail = withheld.at;
        this.#withheld = undefined;
      } else this.#release(withheld);
    }
    const isReleased = this.#withheld !== undefined;
    this.#withheld = undefined;
    this.#isWithholding = false;
    if (!isReleased) return;
    if (this.#wake === undefined || Atomics.load(this.#wake, Control.wake) !== 0) this.#ringNow();
  }

  #isEmpty({ segment, at }: Withheld): boolean {
    return segment === this.#current.segment && this.#tail === at + TRANSACTION_RECORD_WORDS;
  }

  #release({ segment, at, seed }: Withheld): void {
    const { sequence } = this.#current;
    const record = this.#transactionRecord;
    record[RECORD_HEADER_WORDS] = Operation.transaction;
    record[RECORD_HEADER_WORDS + 1] = sequence;
    record[RECORD_HEADER_WORDS + 2] = this.#tail * WORD_BYTES;
    record[0] = TRANSACTION_RECORD_WORDS;
    record[1] = checksumWords(record, RECORD_HEADER_WORDS, record.length, seed, TRANSACTION_RECORD_WORDS);
    try {
      segment.release(at, record);
    } catch (error) {
      this.#failWriting(error);
    }
  }

  /** Writes a word of the control file. What fails here is noticed by whatever is appended next. */
  writeControl(word: number, value: number): void {
    try {
      this.#control.write(word, value);
    } catch {
      // It is gone with the rest.
    }
  }

  /** Where the next record will stand. */
  get position(): JournalPosition {
    return { segment: this.#current.sequence, offsetBytes: this.#tail * WORD_BYTES };
  }

  /** Appends a payload that was put together elsewhere, in as many parts as it needs. */
  appendPayload(payload: WordBuffer): void {
    const { words, length } = payload;
    if (length <= SEGMENT_LIMIT_WORDS >>> 2) {
      const at = this.#makeRoom(RECORD_HEADER_WORDS + length);
      if (at < 0) return;
      copyWords(words, 0, length, this.#words, at + RECORD_HEADER_WORDS);
      this.#publish(at, at + RECORD_HEADER_WORDS + length, Part.whole);
      return;
    }
    this.#appendParts(payload, true, true);
  }

  /**
   * Appends the beginning of a payload, or more of it, so that a large one never stands in memory whole. A reader
   * forgets it when anything else comes before `appendLastPart`: what is abandoned needs no word. Empties `payload`
   * but for its last word, so that there is something for the last part whatever comes.
   */
  appendPart(payload: WordBuffer, isFirst: boolean): void {
    const last = payload.words[payload.length - 1] as number;
    payload.length -= 1;
    this.#appendParts(payload, isFirst, false);
    payload.words[0] = last;
    payload.length = 1;
    this.#partsEnd = { segment: this.#current, tail: this.#tail };
  }

  /** The end of such a payload. */
  appendLastPart(payload: WordBuffer): void {
    this.#appendParts(payload, false, true);
  }

  /** Has nothing else been appended since the last `appendPart`? */
  get arePartsWhole(): boolean {
    return this.#partsEnd.segment === this.#current && this.#partsEnd.tail === this.#tail;
  }

  #appendParts({ words, length }: WordBuffer, isFirst: boolean, isLast: boolean): void {
    for (let done = 0; done < length;) {
      const at = this.#makeRoom(RECORD_HEADER_WORDS + PART_WORDS_MIN);
      if (at < 0) return;
      const count = Math.min(length - done, this.#limit - at - RECORD_HEADER_WORDS);
      copyWords(words, done, count, this.#words, at + RECORD_HEADER_WORDS);
      const begins = isFirst && done === 0;
      const ends = isLast && done + count === length;
      let part: number = ends ? Part.last : Part.middle;
      if (begins) part = ends ? Part.whole : Part.first;
      this.#publish(at, at + RECORD_HEADER_WORDS + count, part);
      done += count;
    }
  }

  /**
   * The id of a key that was not in the table: defines it, or INLINE_KEY when it has to be written out.
   * Never clears the table, so it is safe while a payload that uses the table is being put together.
   */
  defineKey(key: string | symbol): number {
    const text = textOfKey(key);
    if (text.length > INTERNED_KEY_CHARS_MAX || this.keys.size >= KEYS_MAX) return INLINE_KEY;
    const keyId = this.keys.size;
    const at = this.#makeRoom(IN_PLACE_RECORD_WORDS_MAX);
    if (at < 0) return INLINE_KEY;
    const words = this.#words;
    let tag: number;
    if (typeof key === 'symbol') {
      words[at + 3] = writeString(words, at + 4, text);
      tag = Tag.symbol;
    } else tag = writeString(words, at + 3, text);
    words[at + 2] = Operation.defineKey | (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
    this.#publish(at, endOfPrimitive(), Part.whole);
    this.keys.set(key, keyId);
    return keyId;
  }

  /** Between two records: begins the table of keys anew when it is full, so that it is never a leak. */
  clearKeysIfFull(): void {
    if (this.keys.size >= KEYS_MAX) this.#clearKeys();
  }

  #clearKeys(): void {
    this.keys.clear();
    this.#lastKey = undefined;
    const at = this.#makeRoom(RECORD_HEADER_WORDS + 1);
    if (at < 0) return;
    this.#words[at + 2] = Operation.clearKeys;
    this.#publish(at, at + 3, Part.whole);
  }

  /**
   * After a mutation that was cut off: finishes what was about to be published (to publish a record twice in
   * the same place changes nothing), and begins the table of keys anew on both sides.
   */
  startOver(): void {
    if (this.#isChangingSegment) this.#nextSegment();
    if (this.#pendingEnd > this.#tail) {
      this.#publish(this.#tail, this.#pendingEnd, this.#pendingLengthWord >>> PART_SHIFT);
    }
    this.#clearKeys();
    // The flag may have been taken down without a ring.
    this.#ring();
  }

  #appendLargeEntry(nodeId: number, key: Primitive, value: Primitive): void {
    const scratch = this.#scratch;
    scratch.reserve(3 + primitiveWordsMax(key) + primitiveWordsMax(value));
    const words = scratch.words;
    words[1] = nodeId;
    words[2] = writePrimitive(words, 3, key);
    words[0] = Operation.mapSet | (writePrimitive(words, endOfPrimitive(), value) << TAG_SHIFT);
    scratch.length = endOfPrimitive();
    this.appendPayload(scratch);
    scratch.clear();
  }

  /** Goes on in a new segment if the file of the present one is no more; a transaction is not disturbed. */
  renewSegment(): void {
    if (this.#isWithholding || existsSync(segmentPath(this.#options.directory, this.#current.sequence)))
      return;
    // A change of segments is no record that would ring.
    if (this.#nextSegment()) this.#ring();
  }

  /** Nothing is appended any more, and that is as it should be. */
  stop(): void {
    this.degraded = true;
    this.#limit = -1;
  }

  /** Stops it for good, and gives its files and memory back. The control file is whoever's who has opened it. */
  close(): void {
    this.stop();
    this.#current.segment.close();
    this.#supply.close();
    // What was about to be published is part of a state that nobody is told any more.
    this.#pendingEnd = 0;
    this.#words = new Int32Array(0);
  }

  /** Stops the journal: nothing is appended any more. Safe to call twice. */
  degrade(reason: string): void {
    if (this.degraded) return;
    this.stop();
    // When the control file is gone with the rest, the warning says what there is to say.
    this.writeControl(Control.degraded, 1);
    this.#options.onDegraded(reason);
  }

  /**
   * Lets `tell` append the whole state anew, for a guardian that does not know it: between two mutations, outside of a
   * transaction. A journal that has stopped is taken up again for that, in a new segment; what has been assigned meanwhile is
   * not in it. If it had stopped in a transaction, all that follows is withheld with what there is of that, until `commit`.
   * Takes the room that it needs, also beyond the limit, and does not wait for it. True when the journal goes on.
   */
  heal(tell: () => void): boolean {
    this.#isHealing = true;
    try {
      if (this.degraded) this.#takeUp();
      if (!this.degraded) tell();
    } finally {
      this.#isHealing = false;
    }
    return !this.degraded;
  }

  #takeUp(): void {
    this.degraded = false;
    this.#limit = SEGMENT_LIMIT_WORDS;
    // What was about to be published is part of a state that is told anew.
    this.#pendingEnd = 0;
    this.writeControl(Control.degraded, 0);
    this.#nextSegment();
  }

  #findKey(key: string): number {
    const keyId = this.keys.get(key) ?? this.defineKey(key);
    this.#lastKey = key;
    this.#lastKeyId = keyId;
    return keyId;
  }

  #appendLargeProperty(nodeId: number, keyId: number, key: string, value: Primitive): void {
    const scratch = this.#scratch;
    scratch.reserve(2 + primitiveWordsMax(key) + 1 + primitiveWordsMax(value));
    const words = scratch.words;
    words[1] = nodeId;
    let at = 2;
    if (keyId === INLINE_KEY) {
      words[at] = writeString(words, at + 1, key);
      at = endOfPrimitive();
    }
    const tag = writePrimitive(words, at, value);
    words[0] = Operation.setProperty | (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
    scratch.length = endOfPrimitive();
    this.appendPayload(scratch);
    scratch.clear();
    this.clearKeysIfFull();
  }

  #appendLarge(operation: number, nodeId: number, index: number | undefined, value: Primitive): void {
    const scratch = this.#scratch;
    scratch.reserve(3 + primitiveWordsMax(value));
    const words = scratch.words;
    words[1] = nodeId;
    let at = 2;
    if (index !== undefined) words[at++] = index;
    words[0] = operation | (writePrimitive(words, at, value) << TAG_SHIFT);
    scratch.length = endOfPrimitive();
    this.appendPayload(scratch);
    scratch.clear();
  }

  /** The position for a record of up to `wordCount` words, or -1 when the journal has stopped. */
  #makeRoom(wordCount: number): number {
    const at = this.#tail;
    if (at + wordCount <= this.#limit) return at;
    return this.#nextSegment() ? this.#tail : -1;
  }

  #publish(at: number, end: number, part: number): void {
    const words = this.#words;
    const lengthWord = (end - at) | (part << PART_SHIFT);
    this.#pendingEnd = end;
    this.#pendingLengthWord = lengthWord;
    words[end] = 0;
    words[at + 1] = checksumWords(words, at + RECORD_HEADER_WORDS, end, this.#seed, lengthWord);
    if (this.#isWithholding) {
      if (this.#withheld !== undefined || words[at + RECORD_HEADER_WORDS] === Operation.transaction) {
        this.#storeWithheld(at, end, lengthWord);
        return;
      }
      // A transaction that was cut off before it had begun.
      this.#isWithholding = false;
    }
    this.#store(this.#current.segment, at, end, lengthWord);
    this.#tail = end;
    this.#pendingEnd = 0;
    // Half a value cannot be applied, and who is woken for it may take the processor that the app is on.
    if (part === Part.first || part === Part.middle) return;
    const wake = this.#wake;
    if (wake === undefined) this.#ringLater(end - at);
    // A load that has run ahead of the store is made up for by the guardian, which looks once more after a while.
    else if ((SHOWS_STORES_IN_ORDER ? wake[Control.wake] : Atomics.load(wake, Control.wake)) !== 0)
      this.#ringNow();
  }

  #storeWithheld(at: number, end: number, lengthWord: number): void {
    const { segment } = this.#current;
    if (this.#withheld === undefined) {
      // A record that is whole but for the word that makes it one.
      this.#store(segment, at, end, 0);
      this.#withheld = { segment, at, seed: this.#seed };
    } else this.#stage(segment, at, end, lengthWord);
    this.#tail = end;
    this.#pendingEnd = 0;
  }

  #stage(segment: Segment, from: number, to: number, lengthWord: number): void {
    try {
      segment.stage(from, to, lengthWord);
    } catch (error) {
      this.#failWriting(error);
    }
  }

  #store(segment: Segment, from: number, to: number, lengthWord: number): void {
    try {
      segment.publish(from, to, lengthWord);
    } catch (error) {
      this.#failWriting(error);
    }
  }

  #failWriting(error: unknown): void {
    // No trouble of the file's, but an overflow of the app's stack: nothing has been published, and trying again
    // does the same again.
    if (error instanceof RangeError) throw error;
    this.degrade(`the journal cannot be written: ${(error as Error).message}`);
  }

  #ringNow(): void {
    try {
      if (this.#control.read(Control.wake) === 0) return;
      this.#control.write(Control.wake, 0);
      if (this.#ring()) return;
      this.#control.write(Control.wake, 1);
    } catch {
      // The control file cannot be read or written: the guardian is late, but finds every record at the end.
    }
  }

  /** False when the stack has no room for it: the next record rings then. */
  #ring(): boolean {
    try {
      this.#options.ring();
      return true;
    } catch {
      return false;
    }
  }

  #ringLater(wordCount: number): void {
    this.#unseenWords += wordCount;
    if (this.#unseenWords >= UNSEEN_WORDS_MAX) {
      this.#unseenWords = 0;
      this.#ringNow();
    } else if (!this.#ringScheduled) {
      this.#ringScheduled = true;
      setImmediate(() => {
        this.#ringScheduled = false;
        this.#ringNow();
      }).unref();
    }
  }

  #nextSegment(): boolean {
    if (this.degraded) return false;
    // An overflow of the stack comes now, where it changes nothing, or not at all.
    useStack(STACK_FRAMES_NEEDED);
    this.#isChangingSegment = true;
    const isChanged = this.#changeSegment();
    this.#isChangingSegment = false;
    return isChanged;
  }

  /**
   * Can be cut off at any call, and then be called again: each step is either done with assignments alone or
   * changes nothing when it is done twice.
   */
  #changeSegment(): boolean {
    const { nonceLow, nonceHigh } = this.#options;
    const supply = this.#supply;
    const sealed = this.#current;
    const sequence = sealed.sequence + 1;
    const situation = { isWithholding: this.#withheld !== undefined, isHealing: this.#isHealing };
    const segment = supply.next ?? supply.take(sequence, situation);
    if (segment === undefined) return false;
    this.#writeHeader(segment, sequence);
    // The staging area of written segments is shared, so the seal is put together only now.
    const { words } = sealed.segment;
    const at = this.#tail;
    const end = at + SEAL_RECORD_WORDS;
    words[at + 2] = Operation.seal;
    words[at + 3] = sequence;
    words[end] = 0;
    words[at + 1] = checksumWords(words, at + RECORD_HEADER_WORDS, end, this.#seed, SEAL_RECORD_WORDS);
    this.#store(sealed.segment, at, end, SEAL_RECORD_WORDS);
    const seed = segmentSeed(nonceLow, nonceHigh, sequence);
    const next = { segment, sequence };
    const nextWords = segment.words;
    const nextTail: number = SEGMENT_HEADER_WORDS;
    supply.keep(sealed);
    // Nothing can come between these: they are assignments of what is at hand, without a call.
    supply.next = undefined;
    this.#current = next;
    this.#words = nextWords;
    this.#tail = nextTail;
    this.#seed = seed;
    supply.review();
    return !this.degraded;
  }

  #writeHeader(segment: Segment, sequence: number): void {
    const { nonceLow, nonceHigh } = this.#options;
    const { words } = segment;
    words.fill(0, 0, SEGMENT_HEADER_WORDS + 1);
    words[SegmentHeader.magic] = SEGMENT_MAGIC;
    words[SegmentHeader.version] = FORMAT_VERSION;
    words[SegmentHeader.sizeBytes] = SEGMENT_BYTES;
    words[SegmentHeader.nonceLow] = nonceLow;
    words[SegmentHeader.nonceHigh] = nonceHigh;
    words[SegmentHeader.sequence] = sequence;
    words[SegmentHeader.checksum] = checksumWords(words, 0, SegmentHeader.checksum, 0, SEGMENT_BYTES);
    this.#store(segment, 0, SEGMENT_HEADER_WORDS, SEGMENT_MAGIC);
  }
}

/** Far more than Node's file functions use. A frame of `useStack` has some 100 bytes. */
const STACK_FRAMES_NEEDED = 300;

function useStack(frames: number): number {
  return frames === 0 ? 0 : 1 + useStack(frames - 1);
}

/** Making the views that `set` needs takes longer than to copy this many words one by one. */
const LOOP_WORDS_MAX = 64;

function copyWords(source: Int32Array, from: number, count: number, target: Int32Array, to: number): void {
  if (count > LOOP_WORDS_MAX) {
    target.set(source.subarray(from, from + count), to);
    return;
  }
  for (let index = 0; index < count; index++) target[to + index] = source[from + index] as number;
}
