/**
 * The flight recorder: the last mutations before a death, read out of the journal when the app is dead. The journal knows
 * them anyway, so they cost the app nothing, and the guardian nothing but a ring of times while it lives.
 *
 * Invariants:
 * 1. What is given is what was appended: in its order, each once, none left out between the first and the last.
 * 2. A key or node of which it is not certain what it means is told as unknown.
 * 3. Nothing that stands in the files makes it throw: what could be read up to there is given.
 */
import {
  BYTE_MASK,
  KEY_SHIFT,
  KEYS_MAX,
  Operation,
  SEGMENT_HEADER_WORDS,
  Tag,
  TAG_SHIFT,
  WORD_BYTES,
} from '../journal/layout.ts';
import { type JournalPosition, JournalReader } from '../journal/reader.ts';
import { Cursor } from '../value/cursor.ts';
import { readString } from '../value/decode-value.ts';
import { decodeMutation, type DecodedMutation, isMutation } from './decode-mutation.ts';
import { bytesAt } from '../journal/position.ts';
import type { Looks } from './looks.ts';

/** A mutation as the journal has it: nodes by their ids. */
export interface RecordedMutation extends DecodedMutation {
  /** When the guardian had read it; undefined for what it read after the death. */
  readonly readAtMs: number | undefined;
  /** Where its record ends, in bytes of journal since the session began. */
  readonly endBytes: number;
  /** The id of the node, or of the one that the value names, means another node by now, or none. */
  readonly isNodeGone: boolean;
  readonly isValueGone: boolean;
}

export interface ReadLastMutationsOptions {
  readonly directory: string;
  readonly nonceLow: number;
  readonly nonceHigh: number;
  /** Where the journal ends: what ends behind it does not count. */
  readonly end: JournalPosition;
  /** The keys there, by their ids. */
  readonly keys: readonly (string | symbol)[];
  readonly looks: Looks;
  /** Mutations at most. */
  readonly count: number;
}

/**
 * Segments that are read, the last one included. One is nearly always enough: a short record takes 24 bytes. To read one
 * takes some 15 ms, and it is read twice: first to count.
 */
const SEGMENTS_MAX = 8;

/** Oldest first. Never throws. */
export function readLastMutations(options: ReadLastMutationsOptions): RecordedMutation[] {
  const { end, count, looks } = options;
  if (count <= 0) return [];
  // Mostly the last few looks are enough, and the segment need not be read from its beginning.
  for (const look of looks.backwards()) {
    if (look.segment !== end.segment) break;
    const counted = countFrom(options, look);
    if (counted.mutations >= count) return readFrom(options, counted);
  }
  let best = countFrom(options, beginningOf(end.segment));
  for (let back = 2; back <= SEGMENTS_MAX && best.mutations < count; back *= 2) {
    const counted = countBack(options, best.from.segment, Math.max(0, end.segment - back + 1));
    if (counted === undefined) break;
    best = counted;
  }
  return readFrom(options, best);
}

function beginningOf(segment: number): JournalPosition {
  return { segment, offsetBytes: SEGMENT_HEADER_WORDS * WORD_BYTES };
}

interface Counted {
  /** Where was begun. */
  readonly from: JournalPosition;
  readonly mutations: number;
  /** How often the table of keys has been cleared. */
  readonly clearings: number;
  /** It leads to the end of the journal. */
  readonly isWhole: boolean;
}

/**
 * From as far back of `known` as segments still are what they were: one that has been used again does not lead to the next.
 * Undefined where there is none.
 */
function countBack(options: ReadLastMutationsOptions, known: number, furthest: number): Counted | undefined {
  for (let segment = furthest; segment < known; segment++) {
    const counted = countFrom(options, beginningOf(segment));
    // In the midst of a large value no mutation ends: that is no reason to stop.
    if (counted.isWhole) return counted;
  }
  return undefined;
}

function countFrom(options: ReadLastMutationsOptions, from: JournalPosition): Counted {
  let mutations = 0;
  let clearings = 0;
  const isWhole = walk(options, from, (words, first) => {
    const head = words[first] as number;
    if (isMutation(head)) mutations++;
    else if ((head & BYTE_MASK) === Operation.clearKeys) clearings++;
  });
  return { from, mutations, clearings, isWhole };
}

type Taker = (words: Int32Array, from: number, to: number, end: JournalPosition) => void;

/** Hands over payloads from there on. True when it has come to the segment in which the journal ends. */
function walk(options: ReadLastMutationsOptions, from: JournalPosition, take: Taker): boolean {
  const { directory, nonceLow, nonceHigh, end } = options;
  const reader = new JournalReader({ directory, nonceLow, nonceHigh, from });
  try {
    const endBytes = bytesAt(end);
    const takeUpToEnd = (words: Int32Array, first: number, last: number): void => {
      const { reached } = reader;
      if (bytesAt(reached) <= endBytes) take(words, first, last, reached);
    };
    while (reader.readSegment(takeUpToEnd));
  } catch {
    // Damaged, or gone meanwhile: what came before it has been handed over.
  }
  const isWhole = reader.reached.segment >= end.segment;
  reader.close();
  return isWhole;
}

function readFrom(
  options: ReadLastMutationsOptions,
  { from: start, mutations, clearings }: Counted,
): RecordedMutation[] {
  const { count, looks } = options;
  const keys = new KeyTable(options.keys, clearings);
  const cursor = new Cursor();
  const recorded: ReadMutation[] = [];
  const gone = new GoneNodes();
  let toSkip = mutations - count;
  walk(options, start, (words, from, to, end) => {
    const head = words[from] as number;
    cursor.reset(words, from, to);
    if (!isMutation(head)) {
      if (!keys.follow(cursor, head) && toSkip <= 0) gone.follow(cursor, head, recorded.length);
      return;
    }
    if (toSkip-- > 0) return;
    if ((head & BYTE_MASK) === Operation.setRoot) gone.forgetAll(recorded.length);
    const mutation = decodeMutation(cursor, (keyId) => keys.keyOf(keyId));
    recorded.push({ mutation, readAtMs: looks.timeOf(end), endBytes: bytesAt(end) });
  });
  return markGone(recorded, gone);
}

/** As it was read: what its ids mean by now is another question. */
export interface ReadMutation extends Pick<RecordedMutation, 'readAtMs' | 'endBytes'> {
  readonly mutation: DecodedMutation;
}

export function markGone(recorded: readonly ReadMutation[], gone: GoneNodes): RecordedMutation[] {
  return recorded.map(({ mutation, readAtMs, endBytes }, index) => {
    const { nodeId, value } = mutation;
    const isNodeGone = nodeId !== 0 && gone.isGone(nodeId, index);
    const isValueGone = value !== undefined && 'nodeId' in value && gone.isGone(value.nodeId, index);
    return Object.assign(mutation, { readAtMs, endBytes, isNodeGone, isValueGone });
  });
}

/** Which key an id means, from one clearing of the table to the next. */
class KeyTable {
  readonly #last: readonly (string | symbol)[];
  #clearingsLeft: number;
  /** What has been defined since the last clearing. */
  readonly #defined = new Map<number, string | symbol>();

  /** `last`: the keys at the end of the journal, behind so many clearings. */
  constructor(last: readonly (string | symbol)[], clearings: number) {
    this.#last = last;
    this.#clearingsLeft = clearings;
  }

  /** Undefined for one that was defined before what is read, in a table that has been cleared since. */
  keyOf(keyId: number): string | symbol | undefined {
    return this.#clearingsLeft === 0 ? this.#last[keyId] : this.#defined.get(keyId);
  }

  /** False for a record that is not about keys. */
  follow(cursor: Cursor, head: number): boolean {
    const operation = head & BYTE_MASK;
    if (operation === Operation.clearKeys) {
      this.#clearingsLeft--;
      this.#defined.clear();
      return true;
    }
    if (operation !== Operation.defineKey) return false;
    // From the last clearing on, the table at the end has them all.
    if (this.#clearingsLeft > 0 && this.#defined.size < KEYS_MAX) {
      cursor.next();
      this.#defined.set(head >>> KEY_SHIFT, readDefinedKey(cursor, (head >>> TAG_SHIFT) & BYTE_MASK));
    }
    return true;
  }
}

function readDefinedKey(cursor: Cursor, tag: number): string | symbol {
  if (tag !== Tag.symbol) return readString(cursor, tag);
  return Symbol.for(readString(cursor, cursor.next()));
}

/** Ids are given again: what one meant in a record is what it means at the end only if nothing has freed it since. */
export class GoneNodes {
  /** How many mutations had been recorded when an id was last freed. */
  readonly #freedAt = new Map<number, number>();
  #forgottenAt = 0;

  follow(cursor: Cursor, head: number, recordedCount: number): void {
    if ((head & BYTE_MASK) !== Operation.freeNodes) return;
    cursor.next();
    const count = cursor.next() >>> 0;
    const from = cursor.take(count);
    for (let at = from; at < from + count; at++) this.#freedAt.set(cursor.words[at] as number, recordedCount);
  }

  /** A new root: no id from before means anything any more. */
  forgetAll(recordedCount: number): void {
    this.#forgottenAt = recordedCount;
  }

  isGone(nodeId: number, index: number): boolean {
    return index < this.#forgottenAt || (this.#freedAt.get(nodeId) ?? 0) > index;
  }
}
