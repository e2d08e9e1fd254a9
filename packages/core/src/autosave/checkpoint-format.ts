/**
 * What a checkpoint is made of: the names and numbers of docs/format/autosave.md, which explains them.
 *
 * The text is one JSON object: `faultguard` says what it is, `json` and `meta` are superjson's
 * (https://github.com/flightcontrolhq/superjson, meta version 1), and `exact` says what superjson cannot hold.
 */

import type { JournalPosition } from '../journal/reader.ts';

export const CHECKPOINT_VERSION = 1;

/** As much JSON as one string of V8 can hold (2^29 - 24 characters): `JSON.parse` reads no more. */
export const TEXT_BYTES_MAX: number = 2 ** 29 - 24;

/** Containers in containers, in the text. What lies deeper is written beside it: parsers have limits. */
export const NESTING_MAX = 1000;

/** The position of a last checkpoint: behind all of a journal. */
export const JOURNAL_END: JournalPosition = { segment: 0xffff_ffff, offsetBytes: 0 };

/** The container of the places of the text itself: 0 is the root, and n + 1 is `exact.values[n]`. */
export const DOCUMENT = 0;

/** What `faultguard` holds: where in the journal of which session this state was. */
export interface CheckpointHeader {
  readonly format: number;
  /** The number of the session whose journal goes on from here: its directory is named after it. */
  readonly session: number;
  /** Tells the session's records from those of any other: two words of 32 bits. */
  readonly nonce: readonly [low: number, high: number];
  /** The first record that is not part of it. */
  readonly position: JournalPosition;
  /** Option `autosave.version`: what the app calls the shape of its state. */
  readonly stateVersion: number;
  readonly savedAt: string;
  /** Of the app. */
  readonly pid: number;
  readonly startedAt: string;
}

/** A `Crash`, as JSON. */
export type SavedCrash = Record<string, unknown>;

/** What stands at a place that is not a plain object, a plain array, or what JSON says by itself. */
export const SlotKind = {
  undefined: 'undefined',
  hole: 'hole',
  /** NaN, an infinity or -0, as text. */
  number: 'number',
  bigint: 'bigint',
  symbol: 'symbol',
  /** The node with that number, which has been written out before. */
  again: 'again',
  object: 'object',
  array: 'array',
  /** An array with fewer elements than its length lets expect, as an object. */
  sparse: 'sparse',
  map: 'map',
  set: 'set',
  date: 'date',
  regExp: 'regexp',
  error: 'error',
  boxed: 'boxed',
  url: 'url',
  searchParams: 'params',
  buffer: 'buffer',
  view: 'view',
  custom: 'custom',
} as const;
export type SlotKind = (typeof SlotKind)[keyof typeof SlotKind];

/** A key, or the description of a registered symbol. */
export type SavedKey = string | readonly [symbol: string];

/** A key alone: visible in `json`, with nothing switched off. A place: its value stands in `exact.values` there. */
export type SavedProperty =
  | string
  | readonly [key: SavedKey, attributes: number]
  | readonly [key: SavedKey, attributes: number, place: number];

/** What there is to say of a node beside its kind. Everything is optional. */
export interface Note {
  class?: string;
  /** Without a prototype. */
  bare?: 1;
  /** How closed it is (`Closed`). */
  closed?: number;
  /** All its properties, in their order, when more than keys and values is to be said of one. */
  properties?: SavedProperty[];
  /** Its contents stand in `exact.values` there, not here: they lie too deep, or the place shows something else. */
  contents?: number;
  /** Of a sparse array. */
  length?: number;
  /** Of an error or a view: its number in the journal's format. */
  type?: number;
  /** Of a boxed primitive: the kind of a primitive that JSON does not have. */
  boxed?: 'undefined' | 'number' | 'bigint' | 'symbol';
  /** Of a custom value: the name under which its kind is registered. */
  name?: string;
  /** Of search parameters: the node of their URL, or that URL, whose number comes behind theirs. */
  of?: number | { href: string; note?: Note };
  /** Of a view: the node of its buffer, or that buffer, whose number comes behind the view's. */
  buffer?: number | Note;
  byteOffset?: number;
  /** Of a view, in elements; null: as long as its buffer lets it be. */
  size?: number | null;
  /** Of an ArrayBuffer. */
  bytes?: BufferNote;
}

export interface BufferNote {
  sizeBytes: number;
  /** Of a resizable one. */
  sizeBytesMax?: number;
  /** The file of the session that had the bytes, and where in it. */
  memory?: readonly [file: number, offsetBytes: number];
  /** All its bytes. */
  base64: string;
}
