/**
 * The guardian's end of the journal: follows the segments of a session and hands over whole payloads.
 *
 * It reads with ordinary `read` calls, whichever way the app writes, and trusts nothing: a record counts
 * when it lies within its segment and its checksum is right (docs/format/journal.md, "a record is valid").
 * What does not count is looked at again on the next call, because the app may be about to finish it.
 *
 * Invariants:
 * 1. Payloads are handed over in the order in which they were appended, each once.
 * 2. A payload in parts is handed over when its last part is there, or never.
 */
import { closeSync, existsSync, readSync, statSync } from 'node:fs';
import { openExistingFile, withExistingFile } from '../memory/file.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import { WordBuffer } from '../value/words.ts';
import { checksumWords, segmentSeed } from './checksum.ts';
import {
  BYTE_MASK,
  FORMAT_VERSION,
  FORMAT_VERSION_READ_MIN,
  LENGTH_MASK,
  Operation,
  Part,
  PART_SHIFT,
  RECORD_HEADER_WORDS,
  SEAL_RECORD_WORDS,
  SEGMENT_BYTES,
  SEGMENT_HEADER_WORDS,
  SEGMENT_MAGIC,
  SEGMENT_WORDS,
  SegmentHeader,
  TRANSACTION_RECORD_WORDS,
  WORD_BYTES,
} from './layout.ts';
import { segmentPath } from './segment-files.ts';

/** Receives one payload: `words[from..to)`, valid during the call only. */
export type PayloadSink = (words: Int32Array, from: number, to: number) => void;

/** Between two records: in a segment, so many bytes from its beginning. */
export interface JournalPosition {
  readonly segment: number;
  readonly offsetBytes: number;
}

/** Of a session: behind the header of its first segment. */
export const JOURNAL_BEGINNING: JournalPosition = {
  segment: 0,
  offsetBytes: SEGMENT_HEADER_WORDS * WORD_BYTES,
};

export interface JournalReaderOptions {
  readonly directory: string;
  readonly nonceLow: number;
  readonly nonceHigh: number;
  /** Where to begin. Default: at the beginning of segment 0. */
  readonly from?: JournalPosition;
  /** Called when a segment has been read to its seal: the app may use the file again. */
  readonly onSegmentRead?: (nextSequence: number) => void;
}

/** What stands behind the last valid record. `torn`: something was begun there and never finished. */
export interface JournalTail extends JournalPosition {
  readonly state: 'clean' | 'torn';
}

/** Bytes of one `read`; a longer record is read again as a whole. */
const CHUNK_WORDS = 16_384;

export class JournalReader {
  readonly #options: JournalReaderOptions;
  readonly #words: Int32Array = new Int32Array(SEGMENT_WORDS);
  readonly #bytes: Uint8Array = new Uint8Array(this.#words.buffer);
  readonly #parts: WordBuffer = new WordBuffer();
  #inParts = false;
  /** Where the payload begins that is being read in parts. */
  #partsFrom: JournalPosition | undefined;
  /** Of the last transaction that has begun. */
  #transactionFrom: JournalPosition = JOURNAL_BEGINNING;
  #transactionEnd: JournalPosition = JOURNAL_BEGINNING;
  #fd = -1;
  #sequence = 0;
  #at = SEGMENT_HEADER_WORDS;
  /** `#words[#at..#loaded)` stands for what was in the file at the last look. */
  #loaded = 0;
  #seed = 0;

  constructor(options: JournalReaderOptions) {
    this.#options = options;
    if (options.from === undefined) return;
    this.#sequence = options.from.segment;
    this.#at = Math.max(SEGMENT_HEADER_WORDS, Math.min(options.from.offsetBytes / WORD_BYTES, SEGMENT_WORDS));
  }

  /** Behind the last payload that has been handed over; in the midst of a transaction, in front of all of it. */
  get position(): JournalPosition {
    if (this.isInTransaction) return this.#transactionFrom;
    if (this.#inParts && this.#partsFrom !== undefined) return this.#partsFrom;
    return this.reached;
  }

  /** Have some of the payloads of a transaction been handed over, and some not? */
  get isInTransaction(): boolean {
    const { segment, offsetBytes } = this.#transactionEnd;
    return this.#sequence < segment || (this.#sequence === segment && this.#at * WORD_BYTES < offsetBytes);
  }

  /** Behind the last record that has been read: of a payload in parts, behind its last part so far. */
  get reached(): JournalPosition {
    return { segment: this.#sequence, offsetBytes: this.#at * WORD_BYTES };
  }

  /**
   * Hands over what has been appended since the last call, at most to the end of the segment.
   * Returns false when nothing more is there now. Throws what the file system says, and InvalidRecordError
   * for a seal that is none.
   */
  readSegment(sink: PayloadSink): boolean {
    if (this.#fd < 0 && !this.#open()) return false;
    for (;;) {
      const length = this.#validLength() || (this.#load() ? this.#validLength() : 0);
      if (length === 0) return false;
      const at = this.#at;
      this.#at = at + length;
      if (this.#take(at, at + length, sink)) return true;
    }
  }

  /** Call it when the app is dead and `readSegment` has returned false. */
  tail(): JournalTail {
    const opened = this.#fd >= 0;
    const torn = this.#inParts || (opened && this.#at < this.#loaded && this.#words[this.#at] !== 0);
    return { state: torn ? 'torn' : 'clean', ...this.reached };
  }

  /**
   * Bytes of the journal behind its last valid record that were begun or damaged: of the segment up to where the next
   * record would be, and of whole segments behind it. Call it when `readSegment` has returned false.
   */
  bytesBehindTail(): number {
    let bytes = 0;
    if (this.#inParts && this.#partsFrom !== undefined) {
      const { segment, offsetBytes } = this.#partsFrom;
      bytes += (this.#sequence - segment) * SEGMENT_BYTES + this.#at * WORD_BYTES - offsetBytes;
    }
    if (this.#fd >= 0 && this.#at < this.#loaded && this.#words[this.#at] !== 0) {
      const length = (this.#words[this.#at] as number) & LENGTH_MASK;
      bytes += Math.min(length, SEGMENT_WORDS - this.#at) * WORD_BYTES;
    }
    const { directory } = this.#options;
    for (let next = this.#sequence + 1; hasRecord(segmentPath(directory, next)); next++)
      bytes += SEGMENT_BYTES;
    return bytes;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Returns true when the segment is at its end. */
  #take(at: number, end: number, sink: PayloadSink): boolean {
    const words = this.#words;
    const from = at + RECORD_HEADER_WORDS;
    const part = (words[at] as number) >>> PART_SHIFT;
    if (part === Part.whole) {
      // A seal may come between two parts: it is about the segment.
      if (((words[from] as number) & BYTE_MASK) === Operation.seal) {
        const isNext =
          end - at === SEAL_RECORD_WORDS && (words[from + 1] as number) >>> 0 === this.#sequence + 1;
        if (!isNext)
          throw new InvalidRecordError(`the seal of segment ${this.#sequence} does not name the next one`);
        this.#goOn();
        return true;
      }
      this.#dropParts();
      if (((words[from] as number) & BYTE_MASK) === Operation.transaction) this.#beginTransaction(at, end);
      else sink(words, from, end);
      return false;
    }
    // A part that does not continue anything cannot come from our writer: it is passed over.
    if (part === Part.first) {
      this.#dropParts();
      this.#partsFrom = { segment: this.#sequence, offsetBytes: at * WORD_BYTES };
    } else if (!this.#inParts) return false;
    this.#inParts = true;
    const parts = this.#parts;
    parts.reserve(end - from);
    parts.words.set(words.subarray(from, end), parts.length);
    parts.length += end - from;
    if (part === Part.last) {
      sink(parts.words, 0, parts.length);
      this.#dropParts();
    }
    return false;
  }

  #beginTransaction(at: number, end: number): void {
    if (end - at !== TRANSACTION_RECORD_WORDS) {
      throw new InvalidRecordError('the beginning of a transaction is of another length');
    }
    const from = at + RECORD_HEADER_WORDS;
    this.#transactionFrom = { segment: this.#sequence, offsetBytes: at * WORD_BYTES };
    this.#transactionEnd = {
      segment: (this.#words[from + 1] as number) >>> 0,
      offsetBytes: (this.#words[from + 2] as number) >>> 0,
    };
  }

  #dropParts(): void {
    if (!this.#inParts) return;
    this.#inParts = false;
    this.#parts.clear();
  }

  #goOn(): void {
    this.close();
    this.#sequence++;
    this.#at = SEGMENT_HEADER_WORDS;
    this.#loaded = 0;
    this.#options.onSegmentRead?.(this.#sequence);
  }

  /** The length of a valid record at `#at`, or 0. */
  #validLength(): number {
    const at = this.#at;
    if (at >= this.#loaded) return 0;
    const lengthWord = this.#words[at] as number;
    const length = lengthWord & LENGTH_MASK;
    if (length <= RECORD_HEADER_WORDS || at + length > this.#loaded || lengthWord >>> PART_SHIFT > Part.last)
      return 0;
    const expected = checksumWords(
      this.#words,
      at + RECORD_HEADER_WORDS,
      at + length,
      this.#seed,
      lengthWord,
    );
    return expected === this.#words[at + 1] ? length : 0;
  }

  /** Reads what stands at `#at`, at least one whole record if there is one. */
  #load(): boolean {
    const at = this.#at;
    let count = CHUNK_WORDS;
    if (at < this.#loaded) count = Math.max(count, (this.#words[at] as number) & LENGTH_MASK);
    const before = this.#loaded;
    this.#read(at, count);
    // The first look showed how long the record is; the second takes it whole.
    const length = at < this.#loaded ? (this.#words[at] as number) & LENGTH_MASK : 0;
    if (length > this.#loaded - at) this.#read(at, length);
    return this.#loaded > at || this.#loaded !== before;
  }

  #read(at: number, wordCount: number): void {
    const toWord = Math.min(at + wordCount, SEGMENT_WORDS);
    const bytesRead = readSync(
      this.#fd,
      this.#bytes,
      at * WORD_BYTES,
      (toWord - at) * WORD_BYTES,
      at * WORD_BYTES,
    );
    this.#loaded = at + Math.floor(bytesRead / WORD_BYTES);
  }

  /** Opens the segment `#sequence` once its header is there and right. */
  #open(): boolean {
    const { directory, nonceLow, nonceHigh } = this.#options;
    const path = segmentPath(directory, this.#sequence);
    const stat = statSync(path, { throwIfNoEntry: false });
    // Not there yet, or just being allocated.
    if (stat === undefined || stat.size < SEGMENT_BYTES) return false;
    this.#fd = openExistingFile(path, SEGMENT_BYTES, 'read');
    this.#read(0, CHUNK_WORDS);
    const words = this.#words;
    const isOurs =
      words[SegmentHeader.magic] === SEGMENT_MAGIC &&
      (words[SegmentHeader.version] as number) >= FORMAT_VERSION_READ_MIN &&
      (words[SegmentHeader.version] as number) <= FORMAT_VERSION &&
      words[SegmentHeader.sizeBytes] === SEGMENT_BYTES &&
      words[SegmentHeader.nonceLow] === nonceLow &&
      words[SegmentHeader.nonceHigh] === nonceHigh &&
      (words[SegmentHeader.sequence] as number) >>> 0 === this.#sequence &&
      words[SegmentHeader.checksum] === checksumWords(words, 0, SegmentHeader.checksum, 0, SEGMENT_BYTES);
    if (!isOurs) {
      this.close();
      return false;
    }
    this.#seed = segmentSeed(nonceLow, nonceHigh, this.#sequence);
    return true;
  }
}

/**
 * Is it a segment in which something has been written? One that is just being made ready has nothing, and what cannot be
 * read as a file is none.
 */
function hasRecord(path: string): boolean {
  if (!existsSync(path)) return false;
  const words = new Int32Array(SEGMENT_HEADER_WORDS + 1);
  try {
    withExistingFile(path, 0, 'read', (fd) =>
      readSync(fd, new Uint8Array(words.buffer), 0, words.byteLength, 0),
    );
  } catch {
    return false;
  }
  return words[SegmentHeader.magic] === SEGMENT_MAGIC && words[SEGMENT_HEADER_WORDS] !== 0;
}
