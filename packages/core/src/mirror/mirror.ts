/**
 * The state as the guardian holds it: plain values, what a rescue is given.
 *
 * Invariants:
 * 1. It is always a state that the app had: one payload is applied after the other, each whole.
 * 2. An id stands for one object from its creation until it is freed; aliases and cycles are the app's own.
 * 3. What it is told comes from another process: no id, index, key or kind is used unchecked.
 * 4. No code of the user's runs before the app is dead: custom values are made by `finish`.
 *
 * A long file: it has a method for each thing that a record can say.
 */
import types from 'node:util/types';
import { classNameOf, customNamed } from '../classes/registry.ts';
import { Attribute, ROOT_ID } from '../journal/layout.ts';
import type { BufferMaking, MutationSink, NodeDescription } from '../journal/decode-record.ts';
import { resizeBuffer } from '../value/array-buffers.ts';
import { attributesOf, closedLevelOf, closeTo, CONSTANT, descriptorOf } from '../value/attributes.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import { setOwnProperty } from '../value/own-property.ts';
import { spliceRange } from '../value/ranges.ts';
import { CustomShell } from '../value/custom-shell.ts';
import { LENGTH_MAX } from '../value/element-key.ts';
import { describeUnregistered, holdsShell, makeCustomValues } from './custom-values.ts';
import { makeNode, type MirroredMemory } from './make-node.ts';
import { Queues } from './queues.ts';
import { readMemory } from './read-memory.ts';

/** A registered subclass may have others of its own. */
const { set: mapSet } = Map.prototype;
const { add: setAdd } = Set.prototype;
const ordinary = Array.prototype;

/** Ids grow by one as long as none is free: a larger step is a forged record, not a large state. */
const ID_STEP_MAX = 64 * 1024 * 1024;

/** More elements than V8 can hold one by one (its FixedArray::kMaxLength): no app has filled as many. */
const FILLED_MAX: number = 2 ** 27;

export interface ReportedException {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface MirrorOptions {
  /** Know the id of each node, which a checkpoint needs and a rescue does not. Default: no. */
  readonly isNumbered?: boolean;
}

export class Mirror implements MutationSink {
  readonly #nodes: (object | undefined)[] = [];
  #ids: Map<object, number> | undefined;
  /** Told of each node before it changes, while a checkpoint is written. See `watch`. */
  #watcher: ((node: object) => void) | undefined;
  readonly #freedWhileWatched: object[] = [];
  readonly #addedWhileWatched = new Set<object>();
  /** Nodes that are more than their keys and elements: attributes, holes, further properties of an array. */
  readonly #unusual = new WeakSet<object>();
  /** The class of a node that is registered in the app and not here. */
  readonly #classes = new WeakMap<object, string>();
  /** Where the bytes of buffers are: they are read when the app is dead. */
  #memory = new Map<object, MirroredMemory>();
  /** Of the root so far, while a new one is being made. */
  #memoryBefore: Map<object, MirroredMemory> | undefined;
  readonly #queues = new Queues();
  #customCount = 0;
  readonly #customNames = new Set<string>();
  readonly #madeValues = new Map<object, unknown>();
  /** What becomes of nodes when their custom values have been made. */
  readonly #toClose = new Map<object, number>();
  readonly #toFix = new Map<object, Map<string | symbol, number>>();
  /** Arrays that have, or have had, a constant element. */
  #constant: WeakSet<object> | undefined;
  #root: object | undefined;
  /** Registered in the app and not here: their instances are plain objects. */
  readonly unknownClasses: Set<string> = new Set();
  /** Of what `finish` has returned: what this process does not know how to make. Nothing of it is lost. */
  readonly unregistered: string[] = [];
  /** The exception that nothing in the app has handled, if there is one. */
  exceptionReported: ReportedException | undefined;

  constructor({ isNumbered = false }: MirrorOptions = {}) {
    if (isNumbered) this.#ids = new Map();
  }

  /** The state, or undefined when the app died before it had one. Buffers and custom values: see `finish`. */
  get root(): object | undefined {
    return this.#root;
  }

  /**
   * When the app is dead and everything has been applied: reads the bytes of buffers and makes the custom values.
   * `isUndone`: a transaction was open, so the bytes are those from before it. Returns what could not be done.
   */
  finish(directory: string, isUndone: boolean): string[] {
    this.#queues.settleAll();
    const problems = readMemory(this.#memoryBefore ?? this.#memory, directory, isUndone);
    const names = [...this.#customNames];
    if (names.every((name) => customNamed(name) === undefined)) {
      // None can be made, so none need be looked for.
      this.unregistered.push(...names.map((name) => describeUnregistered(name)));
    } else if (this.#root !== undefined) {
      // The root may be one itself.
      const holder = { root: this.#root };
      this.unregistered.push(...makeCustomValues(holder, this.#madeValues));
      this.#root = holder.root;
    }
    for (const [node, keys] of this.#toFix) {
      for (const [key, attributes] of keys) defineProperty(node, key, attributes, Reflect.get(node, key));
    }
    for (const [node, level] of this.#toClose) closeTo(node, level);
    if (this.unknownClasses.size > 0) {
      this.unregistered.push(
        `These classes are not registered in this process, so their instances are plain objects: ` +
          `${[...this.unknownClasses].join(', ')}. Call registerClass before start().`,
      );
    }
    return [...problems, ...this.unregistered];
  }

  /**
   * From now on `beforeChange` is called with each node before it changes, and ids of nodes that are freed stay
   * known, so that what the state is now can be read bit by bit. What is returned ends that.
   */
  watch(beforeChange: (node: object) => void): () => void {
    this.#watcher = beforeChange;
    return () => {
      this.#watcher = undefined;
      for (const node of this.#freedWhileWatched) this.#ids?.delete(node);
      this.#freedWhileWatched.length = 0;
      this.#addedWhileWatched.clear();
    };
  }

  /** The ids of all nodes, by node. Only of a numbered mirror; new nodes come to it while it is used. */
  get ids(): ReadonlyMap<object, number> {
    return this.#ids ?? new Map<object, number>();
  }

  /** Since `watch` has been called. */
  isNew(node: object): boolean {
    return this.#addedWhileWatched.has(node);
  }

  /** Behind the highest id that there has been. */
  get idsEnd(): number {
    return this.#nodes.length;
  }

  /** True of a node of which its keys and elements say all, and of some others. */
  isUsual(node: object): boolean {
    return !this.#unusual.has(node);
  }

  /**
   * True of an object or array that nothing but the state holds, and of which its keys and elements say all: no code of the
   * user's has seen it, as a `deserialize` might have that was given it in the content of a custom value.
   */
  isOwn(node: object): boolean {
    return this.#customCount === 0 && this.isUsual(node);
  }

  /** How closed a node is, or is to be when its custom values have been made. */
  closedLevelOf(node: object): number {
    return this.#toClose.get(node) ?? closedLevelOf(node);
  }

  /** The same of a property. */
  attributesOf(node: object, key: string | symbol, descriptor: PropertyDescriptor): number {
    return this.#toFix.get(node)?.get(key) ?? attributesOf(descriptor);
  }

  /** The name of a node's class, registered here or only in the app. */
  classNameOf(node: object): string | undefined {
    const prototype = Object.getPrototypeOf(node) as object | null;
    return (prototype === null ? undefined : classNameOf(prototype)) ?? this.#classes.get(node);
  }

  /** Where the bytes of a buffer are; undefined for one that has them itself. */
  memoryOf(buffer: object): MirroredMemory | undefined {
    return (this.#memoryBefore ?? this.#memory).get(buffer);
  }

  /** What `finish` has put into the places of the shells of custom values. */
  get madeValues(): ReadonlyMap<object, unknown> {
    return this.#madeValues;
  }

  /** The node with an id, if there is one. */
  findNode(id: number): object | undefined {
    return this.#nodes[id];
  }

  /** Makes an array what it looks like from outside. */
  settle(array: unknown[]): void {
    this.#queues.settle(array);
  }

  /** A node that has been made elsewhere: of a checkpoint. */
  addNode(id: number, node: object): object {
    return this.#add(id, node);
  }

  /** The element of an array that has been made elsewhere is none. */
  fillHole(node: object, index: number): void {
    this.#unusual.add(node);
    Reflect.deleteProperty(node, index);
  }

  /** The bytes of a buffer that has been made elsewhere go on there. */
  setMemory(buffer: ArrayBuffer, file: number, offsetBytes: number): void {
    this.#memory.set(buffer, { file, offsetBytes, sizeBytes: buffer.byteLength });
  }

  /** Lets go of the state. Nothing may be read or applied afterwards. */
  forget(): void {
    this.#root = undefined;
    this.#nodes.length = 0;
    this.#ids = undefined;
    this.#memory.clear();
    this.#madeValues.clear();
  }

  /** The files of the session are gone: buffers are what they were made as. */
  forgetMemory(): void {
    this.#memory.clear();
  }

  /** Bytes of buffers that are in files of the session. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const { sizeBytes } of this.#memory.values()) bytes += sizeBytes;
    return bytes;
  }

  /** True when a buffer has its bytes in a file of the session. */
  get hasMemory(): boolean {
    return this.#memory.size > 0;
  }

  createObject(id: number): object {
    return this.#add(id, {});
  }

  createArray(id: number): object {
    return this.#add(id, []);
  }

  createNode(id: number, description: NodeDescription): object {
    const { making } = description;
    const node = makeNode(description, this.unknownClasses);
    if (making.is === 'memory') this.#memory.set(node, making);
    if (description.className !== undefined && this.unknownClasses.has(description.className)) {
      this.#classes.set(node, description.className);
    }
    if (node instanceof CustomShell) {
      this.#customCount++;
      this.#customNames.add(node.name);
    }
    return this.#add(id, node);
  }

  nodeById(id: number): object {
    const node = this.#nodes[id];
    if (node === undefined) throw new InvalidRecordError(`node ${id} does not exist`);
    return node;
  }

  freeNode(id: number): void {
    const node = this.nodeById(id);
    if (this.#memory.size > 0) this.#memory.delete(node);
    if (!this.#queues.isEmpty && Array.isArray(node)) this.#queues.settle(node);
    this.#nodes[id] = undefined;
    if (this.#watcher === undefined) this.#ids?.delete(node);
    else this.#freedWhileWatched.push(node);
  }

  forgetNodes(): void {
    this.#nodes.length = 0;
    if (this.#ids !== undefined) this.#ids = new Map();
    this.#memoryBefore ??= this.#memory;
    this.#memory = new Map();
    this.#queues.settleAll();
  }

  setRoot(value: unknown): void {
    if (typeof value !== 'object' || value === null)
      throw new InvalidRecordError('the root is not an object');
    this.#root = value;
    this.#memoryBefore = undefined;
  }

  setProperty(id: number, key: string | symbol, value: unknown): void {
    this.#setProperty(this.#propertyNode(id), key, value);
  }

  defineProperty(id: number, key: string | symbol, attributes: number, value: unknown): void {
    this.#define(this.#propertyNode(id), key, attributes, value);
  }

  deleteProperty(id: number, key: string | symbol): void {
    const node = this.#propertyNode(id);
    if (Array.isArray(node)) this.#unusual.add(node);
    if (Reflect.deleteProperty(node, key)) return;
    throw new InvalidRecordError('a property cannot be deleted');
  }

  preventExtensions(id: number): void {
    const node = this.#propertyNode(id);
    this.#unusual.add(node);
    Object.preventExtensions(node);
  }

  setElement(id: number, index: number, value: unknown): void {
    const array = this.#arrayOrQueue(id);
    if (index >= LENGTH_MAX) throw new InvalidRecordError(`${index} is not the index of an element`);
    const position = index + this.#queues.headOf(array);
    if (position > array.length) this.#unusual.add(array);
    array[position] = value;
  }

  push(id: number, value: unknown): void {
    const array = this.#arrayOrQueue(id);
    if (array.length === LENGTH_MAX) throw new InvalidRecordError('an array cannot be longer');
    array[array.length] = value;
  }

  splice(id: number, start: number, deleteCount: number, items: unknown[]): void {
    const isShift = start === 0 && deleteCount === 1 && items.length === 0;
    const array = isShift ? this.#arrayOrQueue(id) : this.#array(id);
    this.#checkOrdinary(array);
    checkRange(array, start, start + deleteCount);
    if (isShift) this.#queues.shift(array);
    else if (items.length === 0 && start + deleteCount === array.length) array.length = start;
    else spliceRange(array, start, deleteCount, items);
  }

  reverse(id: number): void {
    const array = this.#array(id);
    this.#checkOrdinary(array);
    ordinary.reverse.call(array);
  }

  setLength(id: number, length: number): void {
    const array = this.#array(id);
    if (length > array.length) this.#unusual.add(array);
    array.length = length;
  }

  assignElements(id: number, start: number, items: unknown[]): void {
    const array = this.#array(id);
    this.#checkOrdinary(array);
    // A comparing function may have made it shorter meanwhile.
    if (start + items.length > LENGTH_MAX) throw new InvalidRecordError('an array cannot be that long');
    if (start > array.length) this.#unusual.add(array);
    for (let index = 0; index < items.length; index++) {
      if (index in items) array[start + index] = items[index];
      else {
        this.#unusual.add(array);
        Reflect.deleteProperty(array, start + index);
      }
    }
  }

  fill(id: number, from: number, to: number, value: unknown): void {
    const array = this.#array(id);
    this.#checkOrdinary(array);
    checkRange(array, from, to);
    if (to - from > FILLED_MAX) throw new InvalidRecordError(`${to - from} elements cannot be filled`);
    ordinary.fill.call(array, value, from, to);
  }

  copyWithin(id: number, to: number, from: number, end: number): void {
    const array = this.#array(id);
    this.#checkOrdinary(array);
    checkRange(array, from, end);
    checkRange(array, to, to + end - from);
    ordinary.copyWithin.call(array, to, from, end);
  }

  setEntry(id: number, key: unknown, value: unknown): void {
    mapSet.call(asMap(this.#changing(id)), key, value);
  }

  addMember(id: number, value: unknown): void {
    setAdd.call(asSet(this.#changing(id)), value);
  }

  deleteEntry(id: number, key: unknown): void {
    const node = this.#changing(id);
    if (node instanceof Map) Map.prototype.delete.call(node, key);
    else Set.prototype.delete.call(asSet(node), key);
  }

  clear(id: number): void {
    const node = this.#changing(id);
    if (node instanceof Map) Map.prototype.clear.call(node);
    else Set.prototype.clear.call(asSet(node));
  }

  setTime(id: number, time: number): void {
    const date = this.#changing(id);
    if (!(date instanceof Date)) throw new InvalidRecordError(`node ${id} is not a Date`);
    Date.prototype.setTime.call(date, time);
  }

  setText(id: number, text: string): void {
    const node = this.#changing(id);
    if (node instanceof URL) {
      if (!URL.canParse(text)) throw new InvalidRecordError('a URL cannot be parsed');
      node.href = text;
    } else if (node instanceof URLSearchParams) {
      for (const key of new Set(node.keys())) node.delete(key);
      for (const [key, value] of new URLSearchParams(text)) node.append(key, value);
    } else throw new InvalidRecordError(`node ${id} is not a URL`);
  }

  setContent(id: number, value: unknown): void {
    this.fillContent(this.#changing(id), value);
  }

  resizeBuffer(id: number, making: BufferMaking): void {
    const buffer = this.#changing(id);
    if (!types.isArrayBuffer(buffer) || !buffer.resizable) {
      throw new InvalidRecordError(`node ${id} is not a resizable ArrayBuffer`);
    }
    this.#memory.delete(buffer);
    if (making.is === 'memory') {
      resizeBuffer(buffer, making.sizeBytes);
      this.#memory.set(buffer, making);
    } else {
      resizeBuffer(buffer, making.bytes.length);
      new Uint8Array(buffer).set(making.bytes);
    }
  }

  fillProperty(node: object, key: string | symbol, attributes: number, value: unknown): void {
    checkHasProperties(node);
    if (attributes === 0) this.#setProperty(node, key, value);
    else this.#define(node, key, attributes, value);
  }

  fillElement(node: object, index: number, attributes: number, value: unknown): void {
    const array = node as unknown[];
    if (index > array.length) this.#unusual.add(array);
    if (attributes !== 0) this.#define(array, String(index), attributes, value);
    else array[index] = value;
  }

  fillLength(node: object, length: number): void {
    this.#unusual.add(node);
    (node as unknown[]).length = length;
  }

  fillEntry(node: object, key: unknown, value: unknown): void {
    mapSet.call(asMap(node), key, value);
  }

  fillMember(node: object, value: unknown): void {
    setAdd.call(asSet(node), value);
  }

  fillContent(node: object, value: unknown): void {
    if (!(node instanceof CustomShell)) throw new InvalidRecordError('a node is not a custom value');
    node.content = value;
  }

  closeNode(node: object, level: number): void {
    this.#unusual.add(node);
    // A custom value is still to be put into its place.
    if (this.#customCount > 0 && holdsShell(node)) this.#toClose.set(node, level);
    else closeTo(node, level);
  }

  exception(name: string, message: string, stack: string): void {
    this.exceptionReported = { name, message, stack };
  }

  exceptionHandled(): void {
    this.exceptionReported = undefined;
  }

  #add(id: number, node: object): object {
    if (id < ROOT_ID || id > this.#nodes.length + ID_STEP_MAX || this.#nodes[id] !== undefined) {
      throw new InvalidRecordError(`node ${id} cannot be created`);
    }
    this.#nodes[id] = node;
    this.#ids?.set(node, id);
    if (this.#watcher !== undefined) this.#addedWhileWatched.add(node);
    return node;
  }

  /** A node that is about to change. */
  #changing(id: number): object {
    const node = this.nodeById(id);
    this.#watcher?.(node);
    return node;
  }

  #setProperty(node: object, key: string | symbol, value: unknown): void {
    if (typeof key === 'symbol' || Array.isArray(node)) this.#unusual.add(node);
    setProperty(node, key, value);
  }

  #array(id: number): unknown[] {
    const array = this.#arrayOrQueue(id);
    if (!this.#queues.isEmpty) this.#queues.settle(array);
    return array;
  }

  #propertyNode(id: number): object {
    const node = this.#changing(id);
    checkHasProperties(node);
    if (!this.#queues.isEmpty && Array.isArray(node)) this.#queues.settle(node);
    return node;
  }

  #define(node: object, key: string | symbol, attributes: number, value: unknown): void {
    this.#unusual.add(node);
    if ((attributes & CONSTANT) !== 0 && Array.isArray(node)) (this.#constant ??= new WeakSet()).add(node);
    // A custom value is still to be put into its place.
    const isShell = value instanceof CustomShell && (attributes & CONSTANT) === CONSTANT;
    if (isShell) {
      const keys = this.#toFix.get(node) ?? new Map<string | symbol, number>();
      this.#toFix.set(node, keys.set(key, attributes));
    }
    defineProperty(node, key, isShell ? attributes & ~Attribute.notConfigurable : attributes, value);
  }

  /** Of an array with a constant element each change is a record of its own: none could come to its end halfway. */
  #checkOrdinary(array: readonly unknown[]): void {
    if (!Object.isExtensible(array) || (this.#constant?.has(array) === true && hasConstant(array))) {
      throw new InvalidRecordError('an array cannot be changed');
    }
  }

  /** An array whose first elements may be ones that have left it. */
  #arrayOrQueue(id: number): unknown[] {
    const node = this.#changing(id);
    if (!Array.isArray(node)) throw new InvalidRecordError(`node ${id} is not an array`);
    return node as unknown[];
  }
}

function setProperty(node: object, key: string | symbol, value: unknown): void {
  const prototype: unknown = Object.getPrototypeOf(node);
  if (prototype === Object.prototype && typeof key === 'string') setOwnProperty(node, key, value);
  else if (Object.hasOwn(node, key)) (node as Record<PropertyKey, unknown>)[key] = value;
  else defineProperty(node, key, 0, value);
}

function defineProperty(node: object, key: string | symbol, attributes: number, value: unknown): void {
  if (Reflect.defineProperty(node, key, descriptorOf(value, attributes))) return;
  throw new InvalidRecordError('a property cannot be defined');
}

function hasConstant(array: readonly unknown[]): boolean {
  return Reflect.ownKeys(array).some((key) => {
    const { writable, configurable } = Object.getOwnPropertyDescriptor(array, key) as PropertyDescriptor;
    return writable !== true || (configurable !== true && key !== 'length');
  });
}

/** The others are all bytes, or what the user's code makes of them. */
function checkHasProperties(node: object): void {
  if (node instanceof CustomShell || ArrayBuffer.isView(node) || types.isAnyArrayBuffer(node)) {
    throw new InvalidRecordError('a node has no properties');
  }
}

function checkRange(array: readonly unknown[], from: number, to: number): void {
  if (from <= to && to <= array.length) return;
  throw new InvalidRecordError(`elements ${from} to ${to} of ${array.length} do not exist`);
}

function asMap(node: object): Map<unknown, unknown> {
  if (!(node instanceof Map)) throw new InvalidRecordError('a node is not a Map');
  return node;
}

function asSet(node: object): Set<unknown> {
  if (!(node instanceof Set)) throw new InvalidRecordError('a node is not a Set');
  return node;
}
