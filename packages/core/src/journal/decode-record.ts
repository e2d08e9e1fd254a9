/**
 * The counterpart of state/encode.ts and writer.ts: reads a payload and tells a `MutationSink` what happened.
 *
 * Containers that a value creates come breadth first: the value names the new node, and the bodies of all
 * new nodes follow in the order in which they were named. No recursion on either side, whatever the depth.
 */
import { Cursor, InvalidRecordError } from '../value/cursor.ts';
import { readPrimitive, readString } from '../value/decode-value.ts';
import { BYTE_MASK, INLINE_KEY, KEY_MASK, KEY_SHIFT, KEYS_MAX, Operation, Tag, TAG_SHIFT } from './layout.ts';

/** Whoever holds the values: the mirror. Node ids are the app's; an id that is not known must throw. */
export interface MutationSink {
  createNode(id: number, kind: 'object' | 'array'): object;
  nodeById(id: number): object;
  setRoot(value: unknown): void;
  setProperty(id: number, key: string, value: unknown): void;
  deleteProperty(id: number, key: string): void;
  setElement(id: number, index: number, value: unknown): void;
  push(id: number, value: unknown): void;
  splice(id: number, start: number, deleteCount: number, items: unknown[]): void;
  reverse(id: number): void;
  freeNode(id: number): void;
  /** Bodies of nodes just created: no other place holds them yet. */
  fillProperty(node: object, key: string, value: unknown): void;
  fillElement(node: object, value: unknown): void;
  exception(name: string, message: string, stack: string): void;
  exceptionHandled(): void;
}

interface NewNode {
  readonly node: object;
  readonly kind: 'object' | 'array';
}

export class RecordDecoder {
  readonly #sink: MutationSink;
  readonly #keys: string[] = [];
  readonly #cursor: Cursor = new Cursor();
  /** Nodes named by the record, whose bodies come behind. */
  #newNodes: NewNode[] = [];

  constructor(sink: MutationSink) {
    this.#sink = sink;
  }

  /** Applies one payload. Throws InvalidRecordError when it does not make sense; what came before it holds. */
  decode(words: Int32Array, from: number, to: number): void {
    const cursor = this.#cursor;
    cursor.reset(words, from, to);
    const head = cursor.next();
    const tag = (head >>> TAG_SHIFT) & BYTE_MASK;
    const keyId = (head >>> KEY_SHIFT) & KEY_MASK;
    const sink = this.#sink;
    switch (head & BYTE_MASK) {
      case Operation.setProperty: {
        const id = cursor.next();
        const key = this.#key(keyId);
        const value = this.#value(tag);
        this.#bodies();
        sink.setProperty(id, key, value);
        break;
      }
      case Operation.setElement: {
        const id = cursor.next();
        const index = cursor.next() >>> 0;
        const value = this.#value(tag);
        this.#bodies();
        sink.setElement(id, index, value);
        break;
      }
      case Operation.push: {
        const id = cursor.next();
        const value = this.#value(tag);
        this.#bodies();
        sink.push(id, value);
        break;
      }
      case Operation.splice: {
        const id = cursor.next();
        const start = cursor.next() >>> 0;
        const deleteCount = cursor.next() >>> 0;
        const itemCount = cursor.next() >>> 0;
        const items: unknown[] = [];
        for (let index = 0; index < itemCount; index++) items.push(this.#value(cursor.next()));
        this.#bodies();
        sink.splice(id, start, deleteCount, items);
        break;
      }
      case Operation.deleteProperty: {
        const id = cursor.next();
        sink.deleteProperty(id, this.#key(keyId));
        break;
      }
      case Operation.reverse:
        sink.reverse(cursor.next());
        break;
      case Operation.freeNodes: {
        const count = cursor.next() >>> 0;
        for (let index = 0; index < count; index++) sink.freeNode(cursor.next());
        break;
      }
      case Operation.setRoot: {
        const root = this.#value(tag);
        this.#bodies();
        sink.setRoot(root);
        break;
      }
      case Operation.defineKey:
        if (keyId !== this.#keys.length || keyId >= KEYS_MAX) {
          throw new InvalidRecordError(`key ${keyId} is defined out of order`);
        }
        this.#keys.push(readString(cursor, tag));
        break;
      case Operation.clearKeys:
        this.#keys.length = 0;
        break;
      case Operation.exception:
        sink.exception(this.#text(), this.#text(), this.#text());
        break;
      case Operation.exceptionHandled:
        sink.exceptionHandled();
        break;
      default:
        throw new InvalidRecordError(`unknown operation ${head & BYTE_MASK}`);
    }
    if (cursor.at !== cursor.end) throw new InvalidRecordError('words are left over behind the last value');
  }

  #key(keyId: number): string {
    if (keyId === INLINE_KEY) return this.#text();
    const key = this.#keys[keyId];
    if (key === undefined) throw new InvalidRecordError(`key ${keyId} has not been defined`);
    return key;
  }

  #text(): string {
    return readString(this.#cursor, this.#cursor.next());
  }

  #value(tag: number): unknown {
    switch (tag) {
      case Tag.reference:
        return this.#sink.nodeById(this.#cursor.next());
      case Tag.newObject:
        return this.#newNode('object');
      case Tag.newArray:
        return this.#newNode('array');
      default:
        return readPrimitive(this.#cursor, tag);
    }
  }

  #newNode(kind: 'object' | 'array'): object {
    const node = this.#sink.createNode(this.#cursor.next(), kind);
    this.#newNodes.push({ node, kind });
    return node;
  }

  #bodies(): void {
    if (this.#newNodes.length === 0) return;
    const cursor = this.#cursor;
    const sink = this.#sink;
    // The list grows while it is walked: a body may name further nodes.
    for (let next = 0; next < this.#newNodes.length; next++) {
      const { node, kind } = this.#newNodes[next] as NewNode;
      const count = cursor.next() >>> 0;
      if (count > cursor.end - cursor.at)
        throw new InvalidRecordError('a body reaches past the end of the record');
      if (kind === 'array') {
        for (let index = 0; index < count; index++) sink.fillElement(node, this.#value(cursor.next()));
      } else {
        for (let index = 0; index < count; index++) {
          const entry = cursor.next();
          const key = this.#key((entry >>> KEY_SHIFT) & KEY_MASK);
          sink.fillProperty(node, key, this.#value((entry >>> TAG_SHIFT) & BYTE_MASK));
        }
      }
    }
    this.#newNodes = [];
  }
}
