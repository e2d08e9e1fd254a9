/**
 * The counterpart of state/adoption.ts and writer.ts: reads a payload and tells a `MutationSink` what happened.
 *
 * Containers that a value creates come breadth first: the value names the new node, and the bodies of all
 * new nodes follow in the order in which they were named. No recursion on either side, whatever the depth.
 *
 * A long file, like every codec: a case for each operation, one for each kind of node, and nothing but that.
 */
import { Cursor, InvalidRecordError } from '../value/cursor.ts';
import { readPrimitive, readString } from '../value/decode-value.ts';
import {
  ATTRIBUTES_MASK,
  BYTE_MASK,
  CLOSED_MASK,
  CLOSED_SHIFT,
  ELEMENT_ATTRIBUTES_SHIFT,
  INLINE_KEY,
  KEY_MASK,
  KEY_SHIFT,
  KEYS_MAX,
  NodeFlag,
  NodeKind,
  Operation,
  Storage,
  Tag,
  TAG_SHIFT,
  VIEW_TRACKS_LENGTH,
  WORD_BYTES,
} from './layout.ts';

/** What names a node says about it. */
export interface NodeDescription {
  readonly kind: NodeKind;
  readonly hasNullPrototype: boolean;
  /** The name of a registered class. */
  readonly className: string | undefined;
  /** What it is made of, by its kind. */
  readonly making: NodeMaking;
}

export type NodeMaking =
  | { readonly is: 'empty' }
  | { readonly is: 'time'; readonly time: number }
  | { readonly is: 'expression'; readonly source: string; readonly flags: string }
  | { readonly is: 'error'; readonly type: number }
  | { readonly is: 'primitive'; readonly value: unknown }
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'part'; readonly of: object }
  | BufferMaking
  | {
      readonly is: 'view';
      readonly type: number;
      readonly byteOffset: number;
      /** Undefined: as long as its buffer lets it be. */
      readonly length: number | undefined;
      readonly buffer: object;
    };

/** Bytes as they were, or where they are. `sizeBytesMax` of a resizable buffer. */
export type BufferMaking =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array; readonly sizeBytesMax: number | undefined }
  | {
      readonly is: 'memory';
      readonly sizeBytes: number;
      readonly sizeBytesMax: number | undefined;
      readonly file: number;
      readonly offsetBytes: number;
    };

/**
 * Whoever holds the values: the mirror. Node ids are the app's; an id that is not known must throw, and so must
 * an operation that a node's kind does not have.
 */
export interface MutationSink {
  createObject(id: number): object;
  createArray(id: number): object;
  createNode(id: number, description: NodeDescription): object;
  nodeById(id: number): object;
  /** Before a new root: none of the ids so far means anything any more. The root so far stays what it is. */
  forgetNodes(): void;
  setRoot(value: unknown): void;
  setProperty(id: number, key: string | symbol, value: unknown): void;
  defineProperty(id: number, key: string | symbol, attributes: number, value: unknown): void;
  deleteProperty(id: number, key: string | symbol): void;
  preventExtensions(id: number): void;
  setElement(id: number, index: number, value: unknown): void;
  push(id: number, value: unknown): void;
  splice(id: number, start: number, deleteCount: number, items: unknown[]): void;
  reverse(id: number): void;
  setLength(id: number, length: number): void;
  /** A hole of `items` makes a hole. */
  assignElements(id: number, start: number, items: unknown[]): void;
  fill(id: number, from: number, to: number, value: unknown): void;
  copyWithin(id: number, to: number, from: number, end: number): void;
  setEntry(id: number, key: unknown, value: unknown): void;
  addMember(id: number, value: unknown): void;
  deleteEntry(id: number, key: unknown): void;
  clear(id: number): void;
  setTime(id: number, time: number): void;
  setText(id: number, text: string): void;
  setContent(id: number, value: unknown): void;
  resizeBuffer(id: number, making: BufferMaking): void;
  freeNode(id: number): void;
  /** Bodies of nodes just created: no other place holds them yet. */
  fillProperty(node: object, key: string | symbol, attributes: number, value: unknown): void;
  fillElement(node: object, index: number, attributes: number, value: unknown): void;
  fillLength(node: object, length: number): void;
  fillEntry(node: object, key: unknown, value: unknown): void;
  fillMember(node: object, value: unknown): void;
  fillContent(node: object, value: unknown): void;
  /** The body is complete. */
  closeNode(node: object, level: number): void;
  exception(name: string, message: string, stack: string): void;
  exceptionHandled(): void;
}

interface NewNode {
  readonly node: object;
  /** The word behind its id: kind, flags, level of closing. */
  readonly head: number;
}

const EMPTY: NodeMaking = { is: 'empty' };

export class RecordDecoder {
  readonly #sink: MutationSink;
  readonly #keys: (string | symbol)[];
  readonly #cursor: Cursor = new Cursor();
  /** Nodes named by the record, whose bodies come behind. */
  readonly #newNodes: NewNode[] = [];

  /** `keys`: those that have been defined before, by their ids. Default: none. */
  constructor(sink: MutationSink, keys: readonly (string | symbol)[] = []) {
    this.#sink = sink;
    this.#keys = [...keys];
  }

  /** The keys that are defined now, by their ids. */
  get keys(): readonly (string | symbol)[] {
    return [...this.#keys];
  }

  /** Undefined where none is defined. */
  keyOf(keyId: number): string | symbol | undefined {
    return this.#keys[keyId];
  }

  /**
   * Applies one payload. Throws InvalidRecordError when it does not make sense; then nothing is applied. (For a new root
   * the nodes so far have been forgotten, all the same: no further record can be applied.)
   */
  decode(words: Int32Array, from: number, to: number): void {
    try {
      this.#decode(words, from, to);
    } catch (error) {
      if (error instanceof InvalidRecordError) throw error;
      // What the language refuses: a constant that is assigned, a length that is none, memory that there is not.
      throw new InvalidRecordError(`it cannot be applied: ${(error as Error).message}`);
    }
  }

  #decode(words: Int32Array, from: number, to: number): void {
    const cursor = this.#cursor;
    cursor.reset(words, from, to);
    this.#newNodes.length = 0;
    const head = cursor.next();
    const tag = (head >>> TAG_SHIFT) & BYTE_MASK;
    const keyId = (head >>> KEY_SHIFT) & KEY_MASK;
    const sink = this.#sink;
    switch (head & BYTE_MASK) {
      case Operation.setProperty: {
        const id = cursor.next();
        const key = this.#key(keyId);
        const value = this.#value(tag);
        this.#finish();
        sink.setProperty(id, key, value);
        break;
      }
      case Operation.setElement: {
        const id = cursor.next();
        const index = cursor.next() >>> 0;
        const value = this.#value(tag);
        this.#finish();
        sink.setElement(id, index, value);
        break;
      }
      case Operation.push: {
        const id = cursor.next();
        const value = this.#value(tag);
        this.#finish();
        sink.push(id, value);
        break;
      }
      case Operation.splice: {
        const id = cursor.next();
        const start = cursor.next() >>> 0;
        const deleteCount = cursor.next() >>> 0;
        const items: unknown[] = [];
        for (let left = cursor.nextCount(); left > 0; left--) items.push(this.#value(cursor.next()));
        this.#finish();
        sink.splice(id, start, deleteCount, items);
        break;
      }
      case Operation.deleteProperty: {
        const id = cursor.next();
        const key = this.#key(keyId);
        this.#finish();
        sink.deleteProperty(id, key);
        break;
      }
      case Operation.reverse: {
        const id = cursor.next();
        this.#finish();
        sink.reverse(id);
        break;
      }
      case Operation.defineProperty: {
        const id = cursor.next();
        const attributes = cursor.next() & ATTRIBUTES_MASK;
        const key = this.#key(keyId);
        const value = this.#value(tag);
        this.#finish();
        sink.defineProperty(id, key, attributes, value);
        break;
      }
      case Operation.preventExtensions: {
        const id = cursor.next();
        this.#finish();
        sink.preventExtensions(id);
        break;
      }
      case Operation.setLength: {
        const id = cursor.next();
        const length = cursor.next() >>> 0;
        this.#finish();
        sink.setLength(id, length);
        break;
      }
      case Operation.assignElements: {
        const id = cursor.next();
        const start = cursor.next() >>> 0;
        const items: unknown[] = [];
        for (let left = cursor.nextCount(); left > 0; left--) this.#item(items);
        this.#finish();
        sink.assignElements(id, start, items);
        break;
      }
      case Operation.fill: {
        const id = cursor.next();
        const from = cursor.next() >>> 0;
        const to = cursor.next() >>> 0;
        const value = this.#value(tag);
        this.#finish();
        sink.fill(id, from, to, value);
        break;
      }
      case Operation.copyWithin: {
        const id = cursor.next();
        const target = cursor.next() >>> 0;
        const start = cursor.next() >>> 0;
        const end = cursor.next() >>> 0;
        this.#finish();
        sink.copyWithin(id, target, start, end);
        break;
      }
      case Operation.mapSet: {
        const id = cursor.next();
        const key = this.#value(cursor.next());
        const value = this.#value(tag);
        this.#finish();
        sink.setEntry(id, key, value);
        break;
      }
      case Operation.setAdd: {
        const id = cursor.next();
        const value = this.#value(tag);
        this.#finish();
        sink.addMember(id, value);
        break;
      }
      case Operation.deleteEntry: {
        const id = cursor.next();
        const key = this.#value(tag);
        this.#finish();
        sink.deleteEntry(id, key);
        break;
      }
      case Operation.clear: {
        const id = cursor.next();
        this.#finish();
        sink.clear(id);
        break;
      }
      case Operation.setTime: {
        const id = cursor.next();
        const time = cursor.nextFloat();
        this.#finish();
        sink.setTime(id, time);
        break;
      }
      case Operation.setText: {
        const id = cursor.next();
        const text = this.#text();
        this.#finish();
        sink.setText(id, text);
        break;
      }
      case Operation.setContent: {
        const id = cursor.next();
        const value = this.#value(tag);
        this.#finish();
        sink.setContent(id, value);
        break;
      }
      case Operation.resizeBuffer: {
        const id = cursor.next();
        const making = this.#bufferMaking(false);
        this.#finish();
        sink.resizeBuffer(id, making);
        break;
      }
      case Operation.freeNodes: {
        const count = cursor.nextCount();
        const first = cursor.take(count);
        this.#finish();
        for (let at = first; at < first + count; at++) sink.freeNode(words[at] as number);
        break;
      }
      case Operation.setRoot: {
        sink.forgetNodes();
        const root = this.#value(tag);
        this.#finish();
        sink.setRoot(root);
        break;
      }
      case Operation.defineKey: {
        const key = tag === Tag.symbol ? Symbol.for(this.#text()) : readString(cursor, tag);
        this.#finish();
        if (keyId !== this.#keys.length || keyId >= KEYS_MAX) {
          throw new InvalidRecordError(`key ${keyId} is defined out of order`);
        }
        this.#keys.push(key);
        break;
      }
      case Operation.clearKeys:
        this.#finish();
        this.#keys.length = 0;
        break;
      case Operation.exception: {
        const [name, message, stack] = [this.#text(), this.#text(), this.#text()];
        this.#finish();
        sink.exception(name, message, stack);
        break;
      }
      case Operation.exceptionHandled:
        this.#finish();
        sink.exceptionHandled();
        break;
      default:
        throw new InvalidRecordError(`unknown operation ${head & BYTE_MASK}`);
    }
  }

  /** Reads the bodies of new nodes, behind which the record has to end. Only then is anything applied. */
  #finish(): void {
    const cursor = this.#cursor;
    if (this.#newNodes.length > 0) this.#readBodies();
    if (cursor.at !== cursor.end) throw new InvalidRecordError('words are left over behind the last value');
  }

  #key(keyId: number): string | symbol {
    if (keyId === INLINE_KEY) {
      const tag = this.#cursor.next();
      return tag === Tag.symbol ? Symbol.for(this.#text()) : readString(this.#cursor, tag);
    }
    const key = this.#keys[keyId];
    if (key === undefined) throw new InvalidRecordError(`key ${keyId} has not been defined`);
    return key;
  }

  #text(): string {
    return readString(this.#cursor, this.#cursor.next());
  }

  /** An item or a hole. */
  #item(items: unknown[]): void {
    const tag = this.#cursor.next();
    if (tag === Tag.hole) items.length++;
    else items.push(this.#value(tag));
  }

  #value(tag: number): unknown {
    switch (tag) {
      case Tag.reference:
        return this.#sink.nodeById(this.#cursor.next());
      case Tag.newObject: {
        const node = this.#sink.createObject(this.#cursor.next());
        this.#newNodes.push({ node, head: NodeKind.object });
        return node;
      }
      case Tag.newArray: {
        const node = this.#sink.createArray(this.#cursor.next());
        this.#newNodes.push({ node, head: NodeKind.array });
        return node;
      }
      case Tag.newNode:
        return this.#newNode(undefined);
      default:
        return this.#simpleValue(tag);
    }
  }

  /** `only`: the kinds that it may be. */
  #newNode(only: readonly NodeKind[] | undefined): object {
    const cursor = this.#cursor;
    const id = cursor.next();
    const head = cursor.next();
    const kind = (head & BYTE_MASK) as NodeKind;
    if (only !== undefined && !only.includes(kind))
      throw new InvalidRecordError(`a node cannot be made of kind ${kind}`);
    const className = (head & NodeFlag.hasClass) === 0 ? undefined : this.#text();
    // What it is made of may be a node too, whose body comes behind this one's.
    const index = this.#newNodes.length;
    this.#newNodes.push(NO_NODE);
    const description: NodeDescription = {
      kind,
      hasNullPrototype: (head & NodeFlag.nullPrototype) !== 0,
      className,
      making: this.#making(kind),
    };
    const node = this.#sink.createNode(id, description);
    this.#newNodes[index] = { node, head };
    return node;
  }

  #making(kind: NodeKind): NodeMaking {
    const cursor = this.#cursor;
    switch (kind) {
      case NodeKind.object:
      case NodeKind.array:
      case NodeKind.map:
      case NodeKind.set:
        return EMPTY;
      case NodeKind.date:
        return { is: 'time', time: cursor.nextFloat() };
      case NodeKind.regExp:
        return { is: 'expression', source: this.#text(), flags: this.#text() };
      case NodeKind.error:
        return { is: 'error', type: cursor.next() };
      case NodeKind.boxed:
        return { is: 'primitive', value: this.#simpleValue(cursor.next()) };
      case NodeKind.url:
      case NodeKind.custom:
        return { is: 'text', text: this.#text() };
      case NodeKind.searchParams: {
        const tag = cursor.next();
        if (tag === 0) return { is: 'text', text: this.#text() };
        return { is: 'part', of: this.#node(tag, NodeKind.url) };
      }
      case NodeKind.arrayBuffer:
        return this.#bufferMaking(false);
      case NodeKind.resizableBuffer:
        return this.#bufferMaking(true);
      case NodeKind.view: {
        const type = cursor.next();
        const byteOffset = this.#size();
        const length = this.#size();
        const buffer = this.#node(cursor.next(), NodeKind.arrayBuffer, NodeKind.resizableBuffer);
        const tracksLength = (type & VIEW_TRACKS_LENGTH) !== 0;
        return {
          is: 'view',
          type: type & ~VIEW_TRACKS_LENGTH,
          byteOffset,
          length: tracksLength ? undefined : length,
          buffer,
        };
      }
      default:
        throw new InvalidRecordError(`unknown kind of node ${String(kind)}`);
    }
  }

  #bufferMaking(isResizable: boolean): BufferMaking {
    const cursor = this.#cursor;
    const sizeBytes = this.#size();
    const sizeBytesMax = isResizable ? this.#size() : undefined;
    const storage = cursor.next();
    if (storage === Storage.memory) {
      const file = cursor.next() >>> 0;
      return { is: 'memory', sizeBytes, sizeBytesMax, file, offsetBytes: cursor.next() >>> 0 };
    }
    if (storage !== Storage.inline) throw new InvalidRecordError(`unknown storage ${storage}`);
    const from = cursor.take(Math.ceil(sizeBytes / WORD_BYTES)) * WORD_BYTES;
    return { is: 'bytes', bytes: cursor.bytes.subarray(from, from + sizeBytes), sizeBytesMax };
  }

  /** A number of bytes or elements. */
  #size(): number {
    const size = this.#cursor.nextFloat();
    if (Number.isSafeInteger(size) && size >= 0) return size;
    throw new InvalidRecordError(`${size} is no number of bytes or elements`);
  }

  /** A node that another is made of: one that is known, or a new one of a kind that is made of no other. */
  #node(tag: number, ...kinds: NodeKind[]): object {
    if (tag === Tag.reference) return this.#sink.nodeById(this.#cursor.next());
    if (tag === Tag.newNode) return this.#newNode(kinds);
    throw new InvalidRecordError(`a node cannot be made of a value with tag ${tag}`);
  }

  /** A value without parts. */
  #simpleValue(tag: number): unknown {
    return tag === Tag.symbol ? Symbol.for(this.#text()) : readPrimitive(this.#cursor, tag);
  }

  #readBodies(): void {
    const cursor = this.#cursor;
    // The list grows while it is walked: a body may name further nodes.
    for (let next = 0; next < this.#newNodes.length; next++) {
      const { node, head } = this.#newNodes[next] as NewNode;
      this.#readContents(node, head);
      if ((head & NodeFlag.hasProperties) !== 0) this.#readProperties(node, cursor.nextCount());
      const level = (head >>> CLOSED_SHIFT) & CLOSED_MASK;
      if (level !== 0) this.#sink.closeNode(node, level);
    }
  }

  #readContents(node: object, head: number): void {
    const cursor = this.#cursor;
    const sink = this.#sink;
    switch (head & BYTE_MASK) {
      case NodeKind.object:
        this.#readProperties(node, cursor.nextCount());
        break;
      case NodeKind.array:
        this.#readElements(node, (head & NodeFlag.sparse) !== 0);
        break;
      case NodeKind.map:
        for (let left = cursor.nextCount(); left > 0; left--) {
          const key = this.#value(cursor.next());
          sink.fillEntry(node, key, this.#value(cursor.next()));
        }
        break;
      case NodeKind.set:
        for (let left = cursor.nextCount(); left > 0; left--) {
          sink.fillMember(node, this.#value(cursor.next()));
        }
        break;
      case NodeKind.custom:
        sink.fillContent(node, this.#value(cursor.next()));
        break;
      default:
    }
  }

  #readProperties(node: object, count: number): void {
    const cursor = this.#cursor;
    for (let index = 0; index < count; index++) {
      const entry = cursor.next();
      const key = this.#key((entry >>> KEY_SHIFT) & KEY_MASK);
      const value = this.#value((entry >>> TAG_SHIFT) & BYTE_MASK);
      this.#sink.fillProperty(node, key, entry & ATTRIBUTES_MASK, value);
    }
  }

  #readElements(node: object, isSparse: boolean): void {
    const cursor = this.#cursor;
    const sink = this.#sink;
    const length = isSparse ? cursor.next() >>> 0 : cursor.nextCount();
    const count = isSparse ? cursor.nextCount() : length;
    let end = 0;
    for (let position = 0; position < count; position++) {
      const index = isSparse ? cursor.next() >>> 0 : position;
      if (index >= length) throw new InvalidRecordError(`element ${index} lies behind the length ${length}`);
      const entry = cursor.next();
      if ((entry & BYTE_MASK) === Tag.hole) continue;
      const attributes = (entry >>> ELEMENT_ATTRIBUTES_SHIFT) & ATTRIBUTES_MASK;
      sink.fillElement(node, index, attributes, this.#value(entry & BYTE_MASK));
      end = index + 1;
    }
    if (end < length) sink.fillLength(node, length);
  }
}

/** In the place of a node that is still being made. */
const NO_NODE: NewNode = { node: {}, head: 0 };
