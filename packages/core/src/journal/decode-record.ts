/**
 * The counterpart of state/adoption.ts and writer.ts: reads a payload and tells a `MutationSink` what happened.
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
  /** Before a new root: none of the ids so far means anything any more. The root so far stays what it is. */
  forgetNodes(): void;
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
  readonly #newNodes: NewNode[] = [];

  constructor(sink: MutationSink) {
    this.#sink = sink;
  }

  /** Applies one payload. Throws InvalidRecordError when it does not make sense; then nothing is applied. */
  decode(words: Int32Array, from: number, to: number): void {
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
        const itemCount = cursor.next() >>> 0;
        const items: unknown[] = [];
        for (let index = 0; index < itemCount; index++) items.push(this.#value(cursor.next()));
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
      case Operation.freeNodes: {
        const count = cursor.next() >>> 0;
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
        const key = readString(cursor, tag);
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

  #readBodies(): void {
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
  }
}
