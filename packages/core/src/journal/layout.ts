/**
 * Every number of the journal format, once. docs/format/journal.md explains them, and a test compares the
 * two. Change nothing here without a new FORMAT_VERSION.
 *
 * Invariants:
 * 1. All words are 32 bits, little-endian. An offset or length named `Words` counts words, `Bytes` bytes.
 * 2. A word that is zero where a record would begin means: nothing has been written here yet.
 */

export const FORMAT_VERSION = 2;
/** The oldest version that a reader understands: version 2 has added operations and tags, and changed none. */
export const FORMAT_VERSION_READ_MIN = 1;

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
  /** With an autosave whose files cannot be locked: changed every few seconds while the guardian lives. */
  heartbeat: 5,
  appPid: 6,
  /** 1 while the guardian sleeps and wants to be rung. */
  wake: 16,
  /** Every segment with a smaller sequence number may be used again. */
  releasedSequence: 17,
  /** 1 once the app has stopped journaling: what the guardian holds is older than what the app held. */
  degraded: 18,
  /** 1 while a transaction is open that may be writing to the memory of ArrayBuffers. */
  undoOpen: 19,
  /** Where the journal ends as long as that transaction is not committed. */
  undoSequence: 20,
  undoOffset: 21,
  /** How far the guardian has applied the journal, when it last looked: segment and bytes in it. */
  mirroredSequence: 22,
  mirroredOffset: 23,
  /** With an autosave: how far the journal is on the disk, whatever becomes of the power. */
  savedSequence: 24,
  savedOffset: 25,
  /** The number of the last request to save at once; of the last one that has been met; of the last that has failed. */
  saveWanted: 26,
  saveDone: 27,
  saveFailed: 28,
  /** 1 while the autosave cannot be written. */
  autosaveDegraded: 29,
  /** 1 while the app cannot go on to its next segment unless one is released. */
  starving: 30,
  /** Released segments from this number on, up to but not including the second, are to stay what they are all the same. */
  keptSequence: 31,
  keptSequenceEnd: 32,
  /** Where the journal ended when `saveWanted` was last raised. */
  wantedSequence: 33,
  wantedOffset: 34,
  /** The code with which the app is about to end, plus one; 0 as long as it is not. */
  exitCode: 35,
  /** With a watchdog: changes while the app's event loop turns. */
  appHeartbeat: 36,
  /** 1 while a debugger can be attached to the app. */
  debuggerOpen: 37,
  /** What the app has changed of its terminal: bits of `TerminalMode` in terminal/terminal-modes.ts. */
  terminalModes: 38,
  /** Where the app has told its whole state anew, for a guardian that has not read what came before. */
  retoldSequence: 39,
  retoldOffset: 40,
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
/** The first record of a transaction: header, operation, segment and offset of its end. */
export const TRANSACTION_RECORD_WORDS: number = RECORD_HEADER_WORDS + 3;
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
  defineProperty: 14,
  preventExtensions: 15,
  setLength: 16,
  assignElements: 17,
  fill: 18,
  copyWithin: 19,
  mapSet: 20,
  setAdd: 21,
  deleteEntry: 22,
  clear: 23,
  setTime: 24,
  setText: 25,
  setContent: 26,
  resizeBuffer: 27,
  transaction: 28,
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
  symbol: 13,
  hole: 14,
  newNode: 15,
} as const;

/** What a node made by `newNode` is: the low byte of the word behind its id. */
export const NodeKind = {
  object: 1,
  array: 2,
  map: 3,
  set: 4,
  date: 5,
  regExp: 6,
  error: 7,
  boxed: 8,
  url: 9,
  searchParams: 10,
  arrayBuffer: 11,
  view: 12,
  custom: 13,
  resizableBuffer: 14,
} as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

/** How closed a node is: bits 8 and 9 of the word behind its id. */
export const CLOSED_SHIFT = 8;
export const CLOSED_MASK = 3;
export const Closed = { extensible: 0, nonExtensible: 1, sealed: 2, frozen: 3 } as const;

/** Further bits of that word. */
export const NodeFlag = {
  nullPrototype: 0x400,
  /** The name of a registered class follows as a text. */
  hasClass: 0x800,
  /** The body ends with properties. */
  hasProperties: 0x1000,
  /** The body of an array lists indices and values, not every element. */
  sparse: 0x2000,
} as const;

/** What is switched off of a property: the low byte of its first word in a body. */
export const Attribute = { notWritable: 1, notEnumerable: 2, notConfigurable: 4 } as const;
export const ATTRIBUTES_MASK = 7;
/** Of an element of an array, the same bits above its tag. */
export const ELEMENT_ATTRIBUTES_SHIFT = 8;

/** Constructors of errors and of views, by their number in the format. The order is the format. */
export const ERROR_NAMES = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
] as const;
export const VIEW_NAMES = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Buffer',
  'Float16Array',
] as const;

/** Beside the type of a view: it has no length of its own, but the one that its resizable buffer lets it have. */
export const VIEW_TRACKS_LENGTH = 0x100;

/** Where the bytes of an ArrayBuffer are. */
export const Storage = { inline: 0, memory: 1 } as const;

/** A key id that means: the key's text follows. */
export const INLINE_KEY = 0xffff;
/** Keys of a session's table before it is cleared and begun anew. */
export const KEYS_MAX = 32_768;
/** A longer key is written out each time. */
export const INTERNED_KEY_CHARS_MAX = 64;

/** The node id of the root. 0 is no node. */
export const ROOT_ID = 1;
