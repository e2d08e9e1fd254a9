/**
 * A guarded array. Methods that change it are records of their own (array-methods.ts); the traps here are
 * for assignments to elements and to `length`. A long file: each way to change one knows how it is taken back.
 */
import { INSPECT } from '../platform/builtin-modules.ts';
import { Attribute, ELEMENT_ATTRIBUTES_SHIFT, NodeFlag, NodeKind, Tag } from '../journal/layout.ts';
import {
  attributesOf,
  attributesOfLevel,
  closedLevelOf,
  closeTo,
  CONSTANT,
  descriptorOf,
} from '../value/attributes.ts';
import { indexOf, QUEUE_LENGTH_MIN } from '../value/element-key.ts';
import { copyRange, moveRange } from '../value/ranges.ts';
import { findArrayMethod } from './array-methods.ts';
import type { Adoption } from './adoption.ts';
import { DENSE, type Shape, shapeOf } from './array-shape.ts';
import { PropertyNode, Trait } from './property-node.ts';
import { NOT_IN_TRANSACTION } from './refusal.ts';
import { isObject, isPrimitive, type Target } from './tracked-node.ts';
import type { Assignable, UndoLog } from './undo-log.ts';
import { readProperty, writeKind, writeProperties } from './write-node.ts';

export class ArrayNode extends PropertyNode implements Assignable {
  /** Of a queue: how many elements at the beginning of `target` have left it already. */
  #head = 0;
  /** Traps that only a queue has. */
  has?: (target: Target, key: string | symbol) => boolean;
  ownKeys?: (target: Target) => (string | symbol)[];
  getOwnPropertyDescriptor?: (target: Target, key: string | symbol) => PropertyDescriptor | undefined;

  get kind(): NodeKind {
    return NodeKind.array;
  }

  /** The elements as they are. */
  get elements(): unknown[] {
    if (this.#head !== 0) this.settle();
    return this.target as unknown as unknown[];
  }

  /** The element at an index below `length`. */
  at(index: number): unknown {
    return (this.target as unknown as unknown[])[index + this.#head];
  }

  get length(): number {
    return (this.target as unknown as unknown[]).length - this.#head;
  }

  /** All its elements are ordinary ones, and it is not closed: the methods are records of their own then. */
  get isOrdinary(): boolean {
    return (this.traits & Trait.special) === 0;
  }

  /** Nothing but ordinary elements and a few holes: its indices can be counted through. */
  get isCounted(): boolean {
    return (this.traits & ~Trait.prototype) === 0;
  }

  /** An element is never a function, so a function is one of Array.prototype's methods. */
  get(target: Target, key: string | symbol, receiver: unknown): unknown {
    if (this.#head !== 0) return this.#getOfQueue(target, key, receiver);
    if ((this.traits & Trait.prototype) !== 0) return this.#getInherited(target, key, receiver);
    const value = target[key];
    return typeof value === 'function' ? findArrayMethod(this, value) : value;
  }

  #getOfQueue(target: Target, key: string | symbol, receiver: unknown): unknown {
    if (key === 'length') return this.length;
    if (key === INSPECT) return undefined;
    const index = indexOf(key);
    if (index >= 0) return (target as unknown as unknown[])[index + this.#head];
    const value: unknown = Reflect.get(target, key, receiver);
    return typeof value === 'function' ? findArrayMethod(this, value) : value;
  }

  /** Of a registered subclass of Array: its getters are called on what the user holds. */
  #getInherited(target: Target, key: string | symbol, receiver: unknown): unknown {
    const value: unknown = Reflect.get(target, key, receiver);
    return typeof value === 'function' ? findArrayMethod(this, value) : value;
  }

  override set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy || !this.isOrdinary) return Reflect.set(target, key, value, receiver);
    if (key === 'length') {
      const length = toLength(value);
      // Making a number of it may have run code that has closed the array.
      if (!this.isOrdinary) return Reflect.set(target, key, length, receiver);
      this.setLength(length);
      return true;
    }
    const index = indexOf(key);
    if (index < 0) return Reflect.set(target, key, value, receiver);
    if (index === this.length) this.push(value);
    else this.#setElement(index, value);
    return true;
  }

  override defineProperty(target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.settle();
    if (key === 'length') return this.#defineLength(descriptor);
    const index = indexOf(key);
    if (index < 0) {
      const isDefined = super.defineProperty(target, key, descriptor);
      if (isDefined) this.traits |= Trait.named;
      return isDefined;
    }
    const current = Object.getOwnPropertyDescriptor(target, key);
    if (
      this.isOrdinary &&
      'value' in descriptor &&
      !('get' in descriptor || 'set' in descriptor) &&
      attributesOf(descriptor, current) === 0
    ) {
      this.#setElement(index, descriptor.value);
      return true;
    }
    const isBeyond = index >= this.elements.length;
    if (isBeyond) {
      if (Object.getOwnPropertyDescriptor(target, 'length')?.writable !== true) return false;
      const { length } = this;
      this.graph.undo?.push(() => this.setLength(length));
    }
    return super.defineProperty(target, key, descriptor);
  }

  override assign(key: string | symbol, value: unknown): void {
    const index = indexOf(key);
    if (index < 0) super.assign(key, value);
    else this.#setElement(index, value);
  }

  override writeHead(adoption: Adoption, source: unknown[]): number {
    // What is taken over has no other keys than its elements.
    const isOwn = (source as object) === this.target;
    const shape = isOwn && adoption.isTakenOver !== undefined ? DENSE : shapeOf(source);
    adoption.note = shape;
    const { indices, otherKeys } = shape;
    const isPlain = (this.traits & Trait.prototype) === 0 && Object.isExtensible(source);
    if (isPlain && indices === undefined && otherKeys.length === 0) return Tag.newArray;
    const flags =
      (indices === undefined ? 0 : NodeFlag.sparse) | (otherKeys.length === 0 ? 0 : NodeFlag.hasProperties);
    writeKind(adoption.buffer, this, closedLevelOf(source), flags);
    return Tag.newNode;
  }

  override writeBody(adoption: Adoption, source: unknown[], isCopy: boolean): void {
    const { elements, target } = this;
    const { buffer } = adoption;
    const { indices, otherKeys } = adoption.note as Shape;
    const level = closedLevelOf(source);
    const implied = attributesOfLevel(level);
    const { length } = source;
    let special = level;
    buffer.push(length);
    if (indices !== undefined) buffer.push(indices.length);
    const count = indices?.length ?? length;
    for (let position = 0; position < count; position++) {
      const index = indices?.[position] ?? position;
      adoption.key = index;
      if (indices !== undefined) buffer.push(index);
      else if (!Object.hasOwn(source, index)) {
        buffer.push(Tag.hole);
        if (isCopy) elements.length = index + 1;
        continue;
      }
      const slot = buffer.length;
      const { value, attributes } =
        isCopy || !this.isOrdinary ? readProperty(source, index) : { value: source[index], attributes: 0 };
      const said = attributes & ~implied;
      special |= said;
      buffer.push(0);
      const tag = adoption.write(value);
      buffer.words[slot] = tag | (said << ELEMENT_ATTRIBUTES_SHIFT);
      if (!isCopy) {
        // Taken over, with a value that has become a node just now.
        if (adoption.stored !== value) elements[index] = adoption.stored;
        continue;
      }
      if (said === 0) elements[index] = adoption.stored;
      else Object.defineProperty(elements, index, descriptorOf(adoption.stored, said));
    }
    if (indices !== undefined) this.traits |= Trait.sparse;
    if (isCopy && elements.length < length) elements.length = length;
    if (otherKeys.length > 0) {
      special |= writeProperties(adoption, target, source, otherKeys, isCopy, level);
      if (isCopy) this.traits |= Trait.named;
    }
    if (isCopy && special !== 0) {
      closeTo(target, level);
      this.traits |= Trait.special;
    }
  }

  override deleteProperty(target: Target, key: string | symbol): boolean {
    this.settle();
    return super.deleteProperty(target, key);
  }

  override preventExtensions(target: Target): boolean {
    this.settle();
    return super.preventExtensions(target);
  }

  push(value: unknown): void {
    const { graph } = this;
    const elements = this.target as unknown as unknown[];
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) {
      const { length } = this;
      graph.undo.push(() => this.setLength(length));
    }
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendPush(this.id, value);
      elements[elements.length] = value;
    } else {
      const stored = graph.adoptPush(this, value);
      elements[elements.length] = stored;
    }
    graph.end();
  }

  /** The first element of an array that has one. */
  shift(): unknown {
    const { graph } = this;
    const elements = this.target as unknown as unknown[];
    if (elements.length < QUEUE_LENGTH_MIN || graph.undo !== undefined || this.traits !== 0) {
      return this.splice(0, 1, [])[0];
    }
    graph.begin();
    this.changed();
    if (this.id !== 0) graph.appendShift(this.id);
    if (this.#head === 0) this.#becomeQueue();
    const first = elements[this.#head];
    // A number holds nothing: to write over it would make objects of all numbers of the array.
    if (typeof first !== 'number') elements[this.#head] = undefined;
    this.#head++;
    if (isObject(first) && this.id !== 0) graph.release(first);
    if (this.#head > elements.length / 2) this.settle();
    graph.end();
    return first;
  }

  /**
   * V8 moves all elements of an array of more than 128 KiB at each `shift`. So one that is used as a queue keeps
   * those that have left it, and moves the others once it is half empty, or when anything else is done with it.
   */
  #becomeQueue(): void {
    const { target } = this;
    this.has = (target, key) => {
      this.settle();
      return Reflect.has(target, key);
    };
    this.ownKeys = (target) => {
      this.settle();
      return Reflect.ownKeys(target);
    };
    this.getOwnPropertyDescriptor = (target, key) => {
      this.settle();
      return Reflect.getOwnPropertyDescriptor(target, key);
    };
    // Node shows a proxy by looking at its target.
    Object.defineProperty(target, INSPECT, {
      value: () => this.elements,
      configurable: true,
    });
  }

  override settle(): void {
    if (this.#head === 0) return;
    const { target } = this;
    const count = this.#head;
    this.#head = 0;
    delete this.has;
    delete this.ownKeys;
    delete this.getOwnPropertyDescriptor;
    Reflect.deleteProperty(target, INSPECT);
    (target as unknown as unknown[]).splice(0, count);
  }

  /** Replaces a range that lies within the array, in one record. Returns what stood there. */
  splice(start: number, deleteCount: number, items: readonly unknown[]): unknown[] {
    const { elements, graph } = this;
    graph.begin();
    this.changed();
    const stored = graph.adoptSplice(this, start, deleteCount, items);
    // The language's own `splice` asks the array what its result is to be.
    const removed =
      this.traits === 0
        ? replaceRange(elements, start, deleteCount, stored)
        : moveRange(elements, start, deleteCount, stored);
    graph.undo?.push(() => this.#putBack(start, stored.length, removed));
    if (this.id !== 0) graph.releaseAll(removed);
    graph.end();
    return removed;
  }

  reverse(): void {
    const { graph } = this;
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.reverse());
    if (this.id !== 0) graph.appendReverse(this.id);
    ordinary.reverse.call(this.elements);
    graph.end();
  }

  /** Puts `items` over as many elements from `start` on, holes included, in one record. */
  assignElements(start: number, items: readonly unknown[]): void {
    const { elements, graph } = this;
    graph.begin();
    this.changed();
    const stored = graph.adoptElements(this, start, items);
    const before = copyRange(elements, start, start + items.length);
    graph.undo?.push(() => this.#putBack(start, stored.length, before));
    for (let index = 0; index < stored.length; index++) {
      if (index in stored) elements[start + index] = stored[index];
      else delete elements[start + index];
    }
    if (this.id !== 0) graph.releaseAll(before);
    graph.end();
  }

  /** `Array.prototype.fill` for a range that lies within the array. */
  fill(value: unknown, from: number, to: number): void {
    const { elements, graph } = this;
    graph.begin();
    this.changed();
    const before = copyRange(elements, from, to);
    const stored = graph.adoptFill(this, from, to, value);
    graph.undo?.push(() => this.#putBack(from, to - from, before));
    ordinary.fill.call(elements, stored, from, to);
    if (this.id !== 0) graph.releaseAll(before);
    graph.end();
  }

  /** `Array.prototype.copyWithin` for ranges that lie within the array. */
  copyWithin(to: number, from: number, count: number): void {
    const { elements, graph } = this;
    graph.begin();
    this.changed();
    const before = copyRange(elements, to, to + count);
    graph.undo?.push(() => this.#putBack(to, count, before));
    if (this.id !== 0) graph.appendCopyWithin(this.id, to, from, from + count);
    ordinary.copyWithin.call(elements, to, from, from + count);
    if (this.id !== 0) {
      graph.retainAll(copyRange(elements, to, to + count));
      graph.releaseAll(before);
    }
    graph.end();
  }

  setLength(length: number): void {
    const { elements, graph } = this;
    if (length === elements.length) return;
    if (graph.undo !== undefined && length < elements.length && !Object.isExtensible(elements)) {
      throw graph.refusal(this, 'length', NOT_IN_TRANSACTION);
    }
    graph.begin();
    this.changed();
    const before = elements.length;
    const removed = length < before ? this.#elementsFrom(length) : [];
    graph.undo?.push(() => {
      this.setLength(before);
      for (const [index, descriptor] of removed)
        Reflect.defineProperty(this.proxy, String(index), descriptor);
    });
    if (this.id !== 0) graph.appendLength(this.id, length);
    if (length > before + SPARSE_STEP) this.traits |= Trait.sparse;
    elements.length = length;
    if (this.id !== 0) for (const [, { value }] of removed) if (isObject(value)) graph.release(value);
    graph.end();
  }

  /** Only those that are there. */
  #elementsFrom(start: number): [index: number, descriptor: PropertyDescriptor][] {
    const { elements } = this;
    const found: [number, PropertyDescriptor][] = [];
    const add = (index: number): void => {
      const descriptor = Object.getOwnPropertyDescriptor(elements, index);
      if (descriptor !== undefined) found.push([index, descriptor]);
    };
    if ((this.traits & Trait.sparse) === 0) {
      for (let index = start; index < elements.length; index++) add(index);
      return found;
    }
    for (const key of Reflect.ownKeys(elements)) {
      const index = indexOf(key);
      if (index < 0) break;
      if (index >= start) add(index);
    }
    return found;
  }

  /** The inverse of a splice: holes come back as holes. */
  #putBack(start: number, count: number, items: readonly unknown[]): void {
    this.splice(start, count, Array.from({ length: items.length }));
    this.assignElements(start, items);
  }

  #setElement(index: number, value: unknown): void {
    const { elements, graph } = this;
    const previous = elements[index];
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) this.#recordUndo(graph.undo, index, previous);
    if (index > elements.length + SPARSE_STEP) this.traits |= Trait.sparse;
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendElement(this.id, index, value);
      elements[index] = value;
    } else elements[index] = graph.adoptElement(this, index, value);
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  assignBack(key: string | number, previous: unknown): void {
    this.#setElement(key as number, previous);
  }

  #recordUndo(undo: UndoLog, index: number, previous: unknown): void {
    const { target, elements } = this;
    const { length } = elements;
    if (index in elements) undo.pushAssignment(this, index, previous);
    else {
      undo.push(() => {
        this.deleteProperty(target, String(index));
        this.setLength(length);
      });
    }
  }

  /** ECMA-262, ArraySetLength. */
  #defineLength(descriptor: PropertyDescriptor): boolean {
    const { elements, target, graph } = this;
    if ('get' in descriptor || 'set' in descriptor) return false;
    const wanted = 'value' in descriptor ? toLength(descriptor.value) : elements.length;
    if (descriptor.configurable === true || descriptor.enumerable === true) return false;
    const isWritable = Object.getOwnPropertyDescriptor(target, 'length')?.writable === true;
    if (!isWritable && (wanted !== elements.length || descriptor.writable === true)) return false;
    if (descriptor.writable === false && isWritable && graph.undo !== undefined) {
      throw graph.refusal(this, 'length', NOT_IN_TRANSACTION);
    }
    const length = this.isOrdinary ? wanted : this.#shortestLength(wanted);
    this.setLength(length);
    if (descriptor.writable === false && isWritable) {
      graph.begin();
      this.changed();
      graph.adoptDefinition(this, 'length', CONSTANT | Attribute.notEnumerable, length);
      this.traits |= Trait.special;
      Object.defineProperty(target, 'length', { writable: false });
      graph.end();
    }
    return length === wanted;
  }

  /** An element that cannot be deleted keeps an array from becoming shorter. */
  #shortestLength(wanted: number): number {
    const fixed = this.#elementsFrom(wanted).findLast(([, { configurable }]) => configurable === false);
    return fixed === undefined ? wanted : fixed[0] + 1;
  }

  override forEachValue(visit: (value: unknown) => void): void {
    const { elements } = this;
    if ((this.traits & (Trait.named | Trait.sparse)) !== 0) super.forEachValue(visit);
    // Holes are passed over.
    else for (let index = 0; index < elements.length; index++) if (index in elements) visit(elements[index]);
  }

  override describeSlotOf(child: object): string | undefined {
    const index = (this.traits & Trait.sparse) === 0 ? ordinary.indexOf.call(this.elements, child) : -1;
    return index < 0 ? super.describeSlotOf(child) : `[${index}]`;
  }
}

/** As the language does it: a bigint is no length. */
function toLength(value: unknown): number {
  const length = (value as number) >>> 0;
  if (length !== Number(value)) throw new RangeError('Invalid array length');
  return length;
}

const ordinary = Array.prototype;

/** A step beyond the end by more than this makes an array one whose keys are listed, not counted. */
const SPARSE_STEP: number = 1024 * 1024;

/** Spreading puts every item on the stack: beyond this many they are moved one by one. */
const SPREAD_MAX = 10_000;

function replaceRange(
  elements: unknown[],
  start: number,
  deleteCount: number,
  items: readonly unknown[],
): unknown[] {
  if (items.length === 0 && deleteCount === 1) {
    // V8 takes the first or the last in constant time, and moves nothing; not so with splice.
    if (start === 0) return 0 in elements ? [elements.shift()] : elements.splice(0, 1);
    if (start === elements.length - 1)
      return start in elements ? [elements.pop()] : elements.splice(start, 1);
  }
  if (items.length <= SPREAD_MAX) return elements.splice(start, deleteCount, ...items);
  const behind = elements.splice(start);
  for (const item of items) elements.push(item);
  const from = elements.length;
  elements.length = from + behind.length - deleteCount;
  for (let index = deleteCount; index < behind.length; index++) {
    if (index in behind) elements[from + index - deleteCount] = behind[index];
  }
  behind.length = deleteCount;
  return behind;
}
