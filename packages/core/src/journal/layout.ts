/**
 * Every number of the journal format, once. docs/format/journal.md explains them, and a test compares the
 * two. Change nothing here without a new FORMAT_VERSION.
 *
 * Invariants:
 * 1. All words are 32 bits, little-endian. An offset or length named `Words` counts words, `Bytes` bytes.
 * 2. A word that is zero where a record would begin means: nothing has been written here yet.
 */

export const FORMAT_VERSION = 1;

export const WORD_BYTES = 4;

/** Bytes of one segment file. One size for all: a value that does not fit is cut into parts. */
export const SEGMENT_BYTES: number = 1024 * 1024;
export const SEGMENT_WORDS: number = SEGMENT_BYTES / WORD_BYTES;

/** "FGJ1" as it stands in the file. */
export const SEGMENT_MAGIC = 0x314a4746;
/** "FGC1" as it stands in the file. */
export const CONTROL_MAGIC = 0x31434746;

/** Word offsets in the header of a segment. */
export const SegmentHeader = {
  magic: 0,
  version: 1,
  sizeBytes: 2,
  nonceLow: 3,
  nonceHigh: 4,
  sequence: 5,
  checksum: 6,
} as const;
/** The header's words: the rest up to here is reserved and zero. */
export const SEGMENT_HEADER_WORDS = 16;

/** The control file is one page, so that it can be mapped. */
export const CONTROL_BYTES = 4096;
/** Word offsets in the control file. Who writes which of them, and when: docs/format/journal.md. */
export const Control = {
  magic: 0,
  version: 1,
  nonceLow: 2,
  nonceHigh: 3,
  guardianPid: 4,
  /** 1 while the guardian sleeps and wants to be rung. */
  wake: 16,
  /** Every segment with a smaller sequence number may be used again. */
  releasedSequence: 17,
  /** 1 once the app has stopped journaling: what the guardian holds is older than what the app held. */
  degraded: 18,
} as const;

/** A record: length word, checksum, payload. */
export const RECORD_HEADER_WORDS = 2;
/** The low 24 bits of the length word count the record's words, header included. */
export const LENGTH_MASK = 0x00ff_ffff;
/** The part of a payload that a record holds stands above the length. */
export const PART_SHIFT = 24;
export const Part = { whole: 0, first: 1, middle: 2, last: 3 } as const;

/** A seal: header, operation, sequence number of the next segment. */
export const SEAL_RECORD_WORDS: number = RECORD_HEADER_WORDS + 2;
/** The last word at which a record may end, so that a terminator and a seal always fit behind it. */
export const SEGMENT_LIMIT_WORDS: number = SEGMENT_WORDS - SEAL_RECORD_WORDS - 1;

/** The first word of a payload: operation, tag of its value (if it has one), key. */
export const TAG_SHIFT = 8;
export const KEY_SHIFT = 16;
export const BYTE_MASK = 0xff;
export const KEY_MASK = 0xffff;

export const Operation = {
  setRoot: 1,
  setProperty: 2,
  deleteProperty: 3,
  setElement: 4,
  push: 5,
  splice: 6,
  reverse: 7,
  freeNodes: 8,
  defineKey: 9,
  clearKeys: 10,
  exception: 11,
  exceptionHandled: 12,
  seal: 13,
} as const;

export const Tag = {
  undefined: 1,
  null: 2,
  false: 3,
  true: 4,
  int32: 5,
  float64: 6,
  latin1: 7,
  utf16: 8,
  bigint: 9,
  reference: 10,
  newObject: 11,
  newArray: 12,
} as const;

/** A key id that means: the key's text follows. */
export const INLINE_KEY = 0xffff;
/** Keys of a session's table before it is cleared and begun anew. */
export const KEYS_MAX = 32_768;
/** A longer key is written out each time. */
export const INTERNED_KEY_CHARS_MAX = 64;

/** The node id of the root. 0 is no node. */
export const ROOT_ID = 1;
