/**
 * Copy-in: turns a value that is assigned into nodes of the graph and, in the same walk, into the words of
 * the record that tells the guardian.
 *
 * Invariants:
 * 1. Nothing of the graph changes before the whole value has been accepted; `undo` takes back what was
 *    prepared (ids, references).
 * 2. The walk is breadth first over a list, never recursive: no depth overflows the stack.
 * 3. An object that occurs twice in the value becomes one node; a guarded value of this graph stays the node
 *    that it is.
 */
import { types } from 'node:util';
import { INLINE_KEY, KEY_SHIFT, Tag, TAG_SHIFT } from '../journal/layout.ts';
import { endOfPrimitive, primitiveWordsMax, writePrimitive } from '../value/encode-value.ts';
import { setOwnProperty } from '../value/own-property.ts';
import type { WordBuffer } from '../value/words.ts';
import { ArrayNode } from './array-node.ts';
import type { Graph } from './graph.ts';
import { ObjectNode } from './object-node.ts';
import { isPrimitive, nodeOf, probedPrototype, type Target, type TrackedNode } from './tracked-node.ts';

/** Why a value is refused. The graph, which knows where the value was going, makes the error of it. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export class Adoption {
  readonly #graph: Graph;
  readonly #buffer: WordBuffer;
  /** False for a value assigned to a detached node: it is copied, but nobody is told and nothing counted. */
  readonly #attached: boolean;
  /** Nodes whose bodies follow, in the order in which the record names them. */
  readonly #nodes: TrackedNode[] = [];
  /** Of each node: what it is copied from, the index of the node that holds it (or -1), and under which key. */
  readonly #sources: object[] = [];
  readonly #parents: number[] = [];
  readonly #keys: PropertyKey[] = [];
  #seen: Map<object, TrackedNode> | undefined;
  /** Nodes that were attached before and have got one more reference. */
  readonly #retained: TrackedNode[] = [];
  /** Where the walk is: the node whose body is written (-1: above all of them), and the key in it. */
  #parent = -1;
  #key: PropertyKey;
  /** What the slot will hold for the value that `write` took last. */
  stored: unknown;

  /** `key` is the first slot's that will be written. */
  constructor(graph: Graph, buffer: WordBuffer, attached: boolean, key: PropertyKey) {
    this.#graph = graph;
    this.#buffer = buffer;
    this.#attached = attached;
    this.#key = key;
  }

  /** Writes the payload of one value and returns its tag. Throws a Refusal. */
  write(value: unknown): number {
    const buffer = this.#buffer;
    if (isPrimitive(value)) {
      buffer.reserve(primitiveWordsMax(value));
      const tag = writePrimitive(buffer.words, buffer.length, value);
      buffer.length = endOfPrimitive();
      this.stored = value;
      return tag;
    }
    if (typeof value !== 'object') throw new Refusal(`a ${typeof value} cannot be guarded.`);
    return this.#writeObject(value);
  }

  /** As `write`, for the element `index`: its tag stands in a word of its own before the payload. */
  writeElement(index: number, value: unknown): void {
    this.#key = index;
    const buffer = this.#buffer;
    const slot = buffer.length;
    buffer.push(0);
    const tag = this.write(value);
    buffer.words[slot] = tag;
  }

  /** Writes the bodies of all nodes that have been named. Throws a Refusal. */
  writeBodies(): void {
    for (let index = 0; index < this.#nodes.length; index++) {
      this.#parent = index;
      const node = this.#nodes[index] as TrackedNode;
      const source = this.#sources[index] as object;
      if (node instanceof ArrayNode) this.#writeElements(node, source as unknown[]);
      else this.#writeProperties(node, source as Target);
    }
  }

  /** After a Refusal: the keys from the slot that was assigned down to the value that was refused. */
  keysToRefused(): PropertyKey[] {
    const keys = [this.#key];
    for (let index = this.#parent; index >= 0; index = this.#parents[index] as number) {
      keys.unshift(this.#keys[index] as PropertyKey);
    }
    return keys;
  }

  /** After a Refusal: takes back ids and references. */
  undo(): void {
    for (const node of this.#retained) node.references--;
    for (const node of this.#nodes.toReversed()) {
      node.references = 0;
      this.#graph.returnId(node);
    }
  }

  #writeObject(value: object): number {
    const guarded = nodeOf(value);
    const prototype = probedPrototype;
    let node = guarded?.graph === this.#graph ? guarded : this.#seen?.get(value);
    if (node === undefined) {
      if (guarded === undefined && types.isProxy(value)) throw new Refusal('a Proxy cannot be guarded.');
      node = this.#createNode(value, prototype);
      (this.#seen ??= new Map()).set(value, node);
    } else if (node.id !== 0 || !this.#attached) return this.#writeReference(node);
    // A new node, or one that had been detached: its body is written afresh.
    if (this.#attached) {
      node.references = 1;
      this.#graph.takeId(node);
    }
    this.#nodes.push(node);
    this.#sources.push(guarded === undefined ? value : guarded.target);
    this.#parents.push(this.#parent);
    this.#keys.push(this.#key);
    this.#buffer.push(node.id);
    this.stored = node.proxy;
    return node.kind === 'array' ? Tag.newArray : Tag.newObject;
  }

  #writeReference(node: TrackedNode): number {
    if (this.#attached) {
      node.references++;
      this.#retained.push(node);
    }
    this.#buffer.push(node.id);
    this.stored = node.proxy;
    return Tag.reference;
  }

  #createNode(value: object, prototype: object | null): TrackedNode {
    const isArray = Array.isArray(value);
    if (prototype !== (isArray ? Array.prototype : Object.prototype))
      throw new Refusal(describe(value, prototype));
    if (!Object.isExtensible(value)) {
      throw new Refusal('a frozen, sealed or non-extensible object cannot be guarded yet.');
    }
    return isArray ? new ArrayNode(this.#graph, []) : new ObjectNode(this.#graph, {});
  }

  #writeProperties(node: TrackedNode, source: Target): void {
    const buffer = this.#buffer;
    const keys = Reflect.ownKeys(source);
    buffer.push(keys.length);
    const isCopy = source !== node.target;
    for (const key of keys) {
      this.#key = key;
      const value = isCopy ? readProperty(source, key) : source[key];
      const slot = buffer.length;
      buffer.push(0);
      const keyId = this.#writeKey(key as string);
      const tag = this.write(value);
      buffer.words[slot] = (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
      if (isCopy) setOwnProperty(node.target, key as string, this.stored);
    }
  }

  #writeElements(node: ArrayNode, source: unknown[]): void {
    const { length } = source;
    this.#buffer.push(length);
    const isCopy = source !== node.elements;
    if (isCopy) this.#checkIndices(source);
    for (let index = 0; index < length; index++) {
      if (isCopy) {
        this.#key = index;
        this.writeElement(index, readProperty(source, index));
        node.elements.push(this.stored);
      } else this.writeElement(index, source[index]);
    }
  }

  /** An array has one key for each element, and `length`; anything else is a hole or a named property. */
  #checkIndices(source: unknown[]): void {
    const keys = Reflect.ownKeys(source);
    if (keys.length === source.length + 1) return;
    const hole = source.findIndex((_, index) => !Object.hasOwn(source, index));
    if (hole >= 0) {
      this.#key = hole;
      throw new Refusal('a hole in an array cannot be guarded yet.');
    }
    this.#key = keys[source.length + 1] as PropertyKey;
    throw new Refusal('a named property of an array cannot be guarded yet.');
  }

  /** Writes the key itself when it has no id. */
  #writeKey(key: string): number {
    const { journal } = this.#graph;
    const keyId = journal.keys.get(key) ?? journal.defineKey(key);
    if (keyId === INLINE_KEY) this.#buffer.pushText(key);
    return keyId;
  }
}

/** Reads a property that a guarded object can have; a getter is never called. */
function readProperty(source: object, key: PropertyKey): unknown {
  if (typeof key === 'symbol') throw new Refusal('symbol keys cannot be guarded yet.');
  if (key === '__proto__') throw new Refusal('a key of that name cannot be guarded yet.');
  const descriptor = Reflect.getOwnPropertyDescriptor(source, key);
  if (descriptor === undefined || !('value' in descriptor)) {
    throw new Refusal('an accessor property cannot be guarded: its value would be frozen in time.');
  }
  if (!descriptor.enumerable || !descriptor.writable || !descriptor.configurable) {
    throw new Refusal('a property that is not enumerable, writable and configurable cannot be guarded yet.');
  }
  return descriptor.value;
}

function describe(value: object, prototype: object | null): string {
  if (prototype === null) return 'an object without a prototype cannot be guarded yet.';
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  const name: unknown =
    typeof descriptor?.value === 'function' ? (descriptor.value as { name: unknown }).name : '';
  const what = typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
  const kind = Array.isArray(value) ? 'plain arrays' : 'plain objects, arrays and primitives';
  return `${what} cannot be guarded yet: only ${kind} can.`;
}
