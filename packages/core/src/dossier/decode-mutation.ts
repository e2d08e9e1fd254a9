/**
 * One payload as a mutation: which node, which place in it, what was done, in a few words what was assigned.
 *
 * Leaner than the decoder of journal/decode-record.ts: of a value it reads what names it, and of the bodies of new
 * nodes only how large the first one is. It makes nothing of the state, and does not check what it does not read: the
 * guardian has refused what makes no sense.
 */
import { cut, formatPrimitive, formatTime } from './format-value.ts';
import {
  BYTE_MASK,
  ERROR_NAMES,
  INLINE_KEY,
  KEY_MASK,
  KEY_SHIFT,
  NodeFlag,
  NodeKind,
  Operation,
  Storage,
  Tag,
  TAG_SHIFT,
  VIEW_NAMES,
  VIEW_TRACKS_LENGTH,
} from '../journal/layout.ts';
import { type Cursor, InvalidRecordError } from '../value/cursor.ts';
import { readPrimitive, readString } from '../value/decode-value.ts';

/** What was done, in a word. The list is closed: docs/reference/dossier.md. */
export const MUTATION_OPERATIONS = [
  'set',
  'define',
  'delete',
  'add',
  'clear',
  'push',
  'splice',
  'reverse',
  'assign',
  'fill',
  'copyWithin',
  'setLength',
  'preventExtensions',
  'setTime',
  'setText',
  'setContent',
  'resize',
] as const;
export type MutationOperation = (typeof MUTATION_OPERATIONS)[number];

/** `key` undefined: a key that is not known any more. `entry`: the value of a Map under that key. */
export type RecordedSlot =
  | { readonly is: 'property'; readonly key: string | symbol | undefined }
  | { readonly is: 'element'; readonly index: number }
  | { readonly is: 'entry'; readonly key: unknown }
  | { readonly is: 'member' };

/** Text, or the node that a reference names. */
type RecordedValue = { readonly text: string } | { nodeId: number };

export interface DecodedMutation {
  readonly operation: MutationOperation;
  /** 0: a new root, whatever node it is. */
  readonly nodeId: number;
  /** Undefined: the node itself. */
  readonly slot?: RecordedSlot;
  readonly value?: RecordedValue;
  /** The value is one of several, or one whose place is not said: a step further down than the slot. */
  readonly isBelowSlot?: boolean;
}

/** A key that is an object. */
export const OBJECT_KEY: object = Object.freeze({});

const NO_MUTATIONS: ReadonlySet<number> = new Set([
  Operation.freeNodes,
  Operation.defineKey,
  Operation.clearKeys,
  Operation.exception,
  Operation.exceptionHandled,
  Operation.seal,
  Operation.transaction,
]);

/** By the first word of a payload. */
export function isMutation(head: number): boolean {
  return !NO_MUTATIONS.has(head & BYTE_MASK);
}

/** `keyOf`: the key with an id, undefined for one that is not known. Throws InvalidRecordError. */
export function decodeMutation(
  cursor: Cursor,
  keyOf: (keyId: number) => string | symbol | undefined,
): DecodedMutation {
  const head = cursor.next();
  const tag = (head >>> TAG_SHIFT) & BYTE_MASK;
  const readKey = (): string | symbol | undefined => {
    const keyId = (head >>> KEY_SHIFT) & KEY_MASK;
    return keyId === INLINE_KEY ? readInlineKey(cursor) : keyOf(keyId);
  };
  if ((head & BYTE_MASK) === Operation.setRoot) {
    return { operation: 'set', nodeId: 0, value: readValue(cursor, tag, true) };
  }
  const nodeId = cursor.next();
  switch (head & BYTE_MASK) {
    case Operation.setProperty:
      return { operation: 'set', nodeId, slot: property(readKey()), value: readValue(cursor, tag, true) };
    case Operation.defineProperty: {
      cursor.next();
      return { operation: 'define', nodeId, slot: property(readKey()), value: readValue(cursor, tag, true) };
    }
    case Operation.deleteProperty:
      return { operation: 'delete', nodeId, slot: property(readKey()) };
    case Operation.setElement:
      return { operation: 'set', nodeId, slot: element(cursor), value: readValue(cursor, tag, true) };
    case Operation.push:
      return { operation: 'push', nodeId, value: readValue(cursor, tag, true), isBelowSlot: true };
    case Operation.splice:
      return { operation: 'splice', nodeId, slot: element(cursor), ...readSplice(cursor) };
    case Operation.reverse:
      return { operation: 'reverse', nodeId };
    case Operation.setLength:
      return { operation: 'setLength', nodeId, value: { text: String(cursor.next() >>> 0) } };
    case Operation.assignElements: {
      const slot = element(cursor);
      return { operation: 'assign', nodeId, slot, value: { text: countElements(cursor.next() >>> 0) } };
    }
    case Operation.fill: {
      const slot = element(cursor);
      cursor.next();
      return { operation: 'fill', nodeId, slot, value: readValue(cursor, tag, true), isBelowSlot: true };
    }
    case Operation.copyWithin: {
      const slot = element(cursor);
      const from = cursor.next() >>> 0;
      return { operation: 'copyWithin', nodeId, slot, value: { text: `${from} to ${cursor.next() >>> 0}` } };
    }
    case Operation.preventExtensions:
      return { operation: 'preventExtensions', nodeId };
    case Operation.mapSet: {
      const key = readMapKey(cursor, cursor.next());
      // Bodies come in order: of a key that is new, its own stands before the value's.
      const value = readValue(cursor, tag, key !== OBJECT_KEY);
      return { operation: 'set', nodeId, slot: { is: 'entry', key }, value };
    }
    case Operation.setAdd: {
      const value = readValue(cursor, tag, true);
      return { operation: 'add', nodeId, slot: { is: 'member' }, value, isBelowSlot: true };
    }
    case Operation.deleteEntry:
      // Of a Map or of a Set: whoever knows the node knows that.
      return { operation: 'delete', nodeId, slot: { is: 'entry', key: readMapKey(cursor, tag) } };
    case Operation.clear:
      return { operation: 'clear', nodeId };
    case Operation.setTime:
      return { operation: 'setTime', nodeId, value: { text: formatTime(cursor.nextFloat()) } };
    case Operation.setText:
      return { operation: 'setText', nodeId, value: { text: formatPrimitive(readText(cursor)) } };
    case Operation.setContent:
      return { operation: 'setContent', nodeId, value: readValue(cursor, tag, true) };
    case Operation.resizeBuffer:
      return { operation: 'resize', nodeId, value: { text: String(cursor.nextFloat()) } };
    default:
      throw new InvalidRecordError(`unknown operation ${head & BYTE_MASK}`);
  }
}

function property(key: string | symbol | undefined): RecordedSlot {
  return { is: 'property', key };
}

function element(cursor: Cursor): RecordedSlot {
  return { is: 'element', index: cursor.next() >>> 0 };
}

function countElements(count: number): string {
  return count === 1 ? '1 element' : `${count} elements`;
}

function readSplice(cursor: Cursor): Pick<DecodedMutation, 'value' | 'isBelowSlot'> {
  const removed = cursor.next() >>> 0;
  const inserted = cursor.next() >>> 0;
  const counts = `${removed} removed, ${inserted} inserted`;
  if (inserted !== 1) return { value: { text: counts } };
  const value = readValue(cursor, cursor.next(), true);
  return {
    value: 'text' in value ? { text: `${counts}: ${value.text}` } : { text: counts },
    isBelowSlot: true,
  };
}

function readText(cursor: Cursor): string {
  return readString(cursor, cursor.next());
}

function readInlineKey(cursor: Cursor): string | symbol {
  const tag = cursor.next();
  return tag === Tag.symbol ? Symbol.for(readText(cursor)) : readString(cursor, tag);
}

function readMapKey(cursor: Cursor, tag: number): unknown {
  if (tag === Tag.symbol) return Symbol.for(readText(cursor));
  if (tag === Tag.reference || tag === Tag.newObject || tag === Tag.newArray) {
    cursor.next();
    return OBJECT_KEY;
  }
  if (tag !== Tag.newNode) return readPrimitive(cursor, tag);
  formatNewNode(cursor, false);
  return OBJECT_KEY;
}

/** `isFirst`: the body of what it creates, if it does, is the first of all and stands right behind. */
function readValue(cursor: Cursor, tag: number, isFirst: boolean): RecordedValue {
  switch (tag) {
    case Tag.reference:
      return { nodeId: cursor.next() };
    case Tag.newObject:
      cursor.next();
      return { text: 'Object' };
    case Tag.newArray:
      cursor.next();
      return { text: isFirst ? `Array(${cursor.next() >>> 0})` : 'Array' };
    case Tag.newNode:
      return { text: formatNewNode(cursor, isFirst) };
    case Tag.symbol:
      return { text: cut(`Symbol(${readText(cursor)})`) };
    default:
      return { text: formatPrimitive(readPrimitive(cursor, tag)) };
  }
}

function formatNewNode(cursor: Cursor, isFirst: boolean): string {
  cursor.next();
  const head = cursor.next();
  const className = (head & NodeFlag.hasClass) === 0 ? undefined : readText(cursor);
  const text = formatMaking(cursor, head & BYTE_MASK, isFirst);
  return className === undefined ? text : cut(className);
}

/** Reads the making to its end, whether it is shown or not: a value may stand behind it. */
function formatMaking(cursor: Cursor, kind: number, isFirst: boolean): string {
  const size = (): string => (isFirst ? `(${cursor.next() >>> 0})` : '');
  switch (kind) {
    case NodeKind.object:
      return 'Object';
    case NodeKind.array:
      return `Array${size()}`;
    case NodeKind.map:
      return `Map${size()}`;
    case NodeKind.set:
      return `Set${size()}`;
    case NodeKind.date:
      return `Date(${formatTime(cursor.nextFloat())})`;
    case NodeKind.regExp:
      readText(cursor);
      readText(cursor);
      return 'RegExp';
    case NodeKind.error:
      return ERROR_NAMES[cursor.next()] ?? 'Error';
    case NodeKind.boxed:
      return formatBoxed(cursor);
    case NodeKind.url:
      readText(cursor);
      return 'URL';
    case NodeKind.searchParams: {
      const tag = cursor.next();
      if (tag === 0) readText(cursor);
      else readMapKey(cursor, tag);
      return 'URLSearchParams';
    }
    case NodeKind.arrayBuffer:
      return `ArrayBuffer(${readBuffer(cursor, false)})`;
    case NodeKind.resizableBuffer:
      return `ArrayBuffer(${readBuffer(cursor, true)})`;
    case NodeKind.view:
      return formatView(cursor);
    case NodeKind.custom:
      return cut(readText(cursor));
    default:
      throw new InvalidRecordError(`unknown kind of node ${kind}`);
  }
}

function formatBoxed(cursor: Cursor): string {
  const tag = cursor.next();
  const value = tag === Tag.symbol ? Symbol.for(readText(cursor)) : readPrimitive(cursor, tag);
  const name = typeof value;
  return name === 'bigint' ? 'BigInt' : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Returns how many bytes it has. */
function readBuffer(cursor: Cursor, isResizable: boolean): number {
  const sizeBytes = cursor.nextFloat();
  if (isResizable) cursor.nextFloat();
  if (cursor.next() === Storage.memory) cursor.take(2);
  else cursor.take(Math.ceil(sizeBytes / 4));
  return sizeBytes;
}

function formatView(cursor: Cursor): string {
  const type = cursor.next();
  cursor.nextFloat();
  const length = cursor.nextFloat();
  readMapKey(cursor, cursor.next());
  const name = VIEW_NAMES[type & ~VIEW_TRACKS_LENGTH] ?? 'TypedArray';
  return (type & VIEW_TRACKS_LENGTH) === 0 ? `${name}(${length})` : name;
}
