/**
 * Copy-in: turns a value that is assigned into nodes of the graph and, in the same walk, into the words of
 * the record that tells the guardian. How a kind of node is named and what its body is stands in its class.
 *
 * Invariants:
 * 1. Nothing of the graph changes before the whole value has been accepted; `undo` takes back what was
 *    prepared (ids, references).
 * 2. The walk is breadth first over a list, never recursive: no depth overflows the stack.
 * 3. An object that occurs twice in the value becomes one node; a guarded value of this graph stays the node
 *    that it is.
 */
import types from 'node:util/types';
import { INLINE_KEY, Tag } from '../journal/layout.ts';
import type { WordBuffer } from '../value/words.ts';
import { createNode } from './create-node.ts';
import type { Graph } from './graph.ts';
import { original } from './guarded-builtins.ts';
import type { SlotKey } from './path.ts';
import { Refusal } from './refusal.ts';
import { isPrimitive, nodeOf, probedPrototype, type TrackedNode } from './tracked-node.ts';
import { writeSimple } from './write-simple.ts';

/** A payload of more words is appended part by part while it is written: 256 KiB. */
const PART_WORDS = 65_536;

export class Adoption {
  readonly graph: Graph;
  readonly buffer: WordBuffer;
  /** False for a value assigned to a detached node: it is copied, but nobody is told and nothing counted. */
  readonly isAttached: boolean;
  /** Nodes whose bodies follow, in the order in which the record names them. */
  readonly #nodes: TrackedNode[] = [];
  /** Of each node: what it is copied from, the index of the node that holds it (or -1), and under which key. */
  readonly #sources: object[] = [];
  readonly #parents: number[] = [];
  readonly #keys: SlotKey[] = [];
  readonly #notes: unknown[] = [];
  #seen: Map<object, TrackedNode> | undefined;
  /** Nodes that were attached before and have got one more reference. */
  readonly #retained: TrackedNode[] = [];
  /** Where the walk is: the node whose body is written (-1: above all of them), and the key in it. */
  #parent = -1;
  key: SlotKey;
  /** The beginning of the payload has been appended: it is a large one. */
  isInParts = false;
  /** Something else has been appended meanwhile, by code of the user's: it is not what the guardian can be told. */
  isTornApart = false;
  /** What the head of a node has found out for its body. */
  note: unknown;
  /** What the slot will hold for the value that `write` took last. */
  stored: unknown;
  /** Of a value that nobody else holds: which of its objects and arrays need no copy, and become targets themselves. */
  readonly isTakenOver: ((value: object) => boolean) | undefined;

  /** `key` is the first slot's that will be written. */
  constructor(
    graph: Graph,
    buffer: WordBuffer,
    attached: boolean,
    key: SlotKey,
    isTakenOver?: (value: object) => boolean,
  ) {
    this.graph = graph;
    this.isTakenOver = isTakenOver;
    this.buffer = buffer;
    this.isAttached = attached;
    this.key = key;
  }

  /** Writes the payload of one value and returns its tag. Throws a Refusal. */
  write(value: unknown): number {
    if (isPrimitive(value) || typeof value === 'symbol') {
      this.stored = value;
      return writeSimple(this.buffer, value);
    }
    if (typeof value !== 'object') throw new Refusal(`a ${typeof value} cannot be guarded.`);
    return this.#writeObject(value);
  }

  /** As `write`, where the tag stands in a word of its own before the payload. */
  writeElement(key: SlotKey, value: unknown): void {
    this.key = key;
    const { buffer } = this;
    const slot = buffer.length;
    buffer.push(0);
    const tag = this.write(value);
    buffer.words[slot] = tag;
  }

  /** The id of a key; writes the key itself when it has none. */
  writeKey(key: string | symbol): number {
    const { journal } = this.graph;
    // A definition must not come between two parts of a payload.
    const keyId = journal.keys.get(key) ?? (this.isInParts ? INLINE_KEY : journal.defineKey(key));
    if (keyId === INLINE_KEY) this.buffer.pushKey(key);
    return keyId;
  }

  /** Writes the bodies of all nodes that have been named. Throws a Refusal. */
  writeBodies(): void {
    for (let index = 0; index < this.#nodes.length; index++) {
      this.#parent = index;
      const node = this.#nodes[index] as TrackedNode;
      const source = this.#sources[index] as object;
      this.note = this.#notes[index];
      node.writeBody(this, source, source !== node.target);
      if (this.buffer.length > PART_WORDS && this.isAttached) this.#appendPart();
    }
  }

  #appendPart(): void {
    const { journal } = this.graph;
    if (this.isInParts && !journal.arePartsWhole) this.isTornApart = true;
    journal.appendPart(this.buffer, !this.isInParts);
    this.isInParts = true;
  }

  /** After a Refusal: the keys from the slot that was assigned down to the value that was refused. */
  keysToRefused(): SlotKey[] {
    const keys = [this.key];
    for (let index = this.#parent; index >= 0; index = this.#parents[index] as number) {
      keys.unshift(this.#keys[index] as SlotKey);
    }
    return keys;
  }

  /** After a Refusal: takes back ids and references. */
  undo(): void {
    for (const node of this.#retained) node.references--;
    for (const node of this.#nodes.toReversed()) {
      node.references = 0;
      this.graph.returnId(node);
    }
  }

  /** From now on `value` stands for this node. */
  see(value: object, node: TrackedNode): void {
    // Not by `set`, which asks whether the Map is guarded.
    original.mapSet.call((this.#seen ??= new Map()), value, node);
  }

  nodeSeenFor(value: object): TrackedNode | undefined {
    return this.#seen?.get(value);
  }

  #writeObject(value: object): number {
    const guarded = nodeOfAny(value);
    const prototype = probedPrototype;
    const owned = guarded?.graph === this.graph ? guarded : undefined;
    let node = owned ?? this.#seen?.get(value);
    if (node === undefined) {
      if (guarded === undefined && types.isProxy(value)) throw new Refusal('a Proxy cannot be guarded.');
      node = createNode(this, value, prototype);
      this.see(value, node);
    } else if (node.id !== 0 || !this.isAttached) return this.#writeReference(node);
    // A new node, or one that had been detached: its body is written afresh.
    if (this.isAttached) {
      node.references = 1;
      this.graph.takeId(node);
    }
    guarded?.settle();
    const source = owned === undefined ? node.sourceOf(guarded?.target ?? value) : node.target;
    const index = this.#nodes.length;
    this.#nodes.push(node);
    this.#notes.push(undefined);
    this.#sources.push(source);
    this.#parents.push(this.#parent);
    this.#keys.push(this.key);
    this.buffer.push(node.id);
    this.note = undefined;
    const tag = node.writeHead(this, source);
    if (this.note !== undefined) this.#notes[index] = this.note;
    this.stored = node.proxy;
    return tag;
  }

  #writeReference(node: TrackedNode): number {
    if (this.isAttached) {
      node.references++;
      this.#retained.push(node);
    }
    this.buffer.push(node.id);
    this.stored = node.proxy;
    return Tag.reference;
  }
}

/** As `nodeOf`, also for a foreign proxy whose trap throws. */
function nodeOfAny(value: object): TrackedNode | undefined {
  try {
    return nodeOf(value);
  } catch (error) {
    // An overflow of the stack is none of the proxy's business.
    if (error instanceof RangeError || !types.isProxy(value)) throw error;
    throw new Refusal('a Proxy cannot be guarded.');
  }
}
