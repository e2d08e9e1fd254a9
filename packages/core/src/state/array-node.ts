/**
 * A guarded array. Methods that change it are records of their own (array-methods.ts); the traps here are
 * for assignments to elements and to `length`.
 */
import { findArrayMethod } from './array-methods.ts';
import { isObject, isPlainDescriptor, isPrimitive, type Target, TrackedNode } from './tracked-node.ts';

export class ArrayNode extends TrackedNode {
  readonly kind = 'array';

  get elements(): unknown[] {
    return this.target as unknown as unknown[];
  }

  /** An element is never a function, so a function is one of Array.prototype's methods. */
  get(target: Target, key: string | symbol): unknown {
    const value = target[key];
    return typeof value === 'function' ? findArrayMethod(this, value) : value;
  }

  set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy) return Reflect.set(target, key, value, receiver);
    if (key === 'length') {
      this.#setLength(value);
      return true;
    }
    const index = this.#indexOf(key);
    if (index === this.elements.length) this.push(value);
    else this.#setElement(index, value);
    return true;
  }

  deleteProperty(target: Target, key: string | symbol): boolean {
    if (!Object.hasOwn(target, key)) return true;
    throw this.graph.refusal(
      this,
      key,
      'deleting an element would leave a hole, which cannot be guarded yet.',
    );
  }

  defineProperty(target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    const current = Object.getOwnPropertyDescriptor(target, key);
    const wanted = key === 'length' ? { enumerable: true, configurable: true, ...descriptor } : descriptor;
    if (!isPlainDescriptor(wanted, current)) {
      throw this.graph.refusal(
        this,
        key,
        'only enumerable, writable, configurable data properties can be guarded yet.',
      );
    }
    if (!('value' in descriptor) && current !== undefined) return true;
    return this.set(target, key, descriptor.value, this.proxy);
  }

  push(value: unknown): void {
    const { elements, graph } = this;
    graph.begin();
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendPush(this.id, value);
      elements.push(value);
    } else elements.push(graph.adoptPush(this, value));
    graph.end();
  }

  /** Replaces a range that lies within the array, in one record. Returns what stood there. */
  splice(start: number, deleteCount: number, items: readonly unknown[]): unknown[] {
    const { elements, graph } = this;
    graph.begin();
    const stored = graph.adoptSplice(this, start, deleteCount, items);
    const removed = replaceRange(elements, start, deleteCount, stored);
    if (this.id !== 0) for (const value of removed) if (isObject(value)) graph.release(value);
    graph.end();
    return removed;
  }

  reverse(): void {
    this.graph.begin();
    if (this.id !== 0) this.graph.appendReverse(this.id);
    this.elements.reverse();
    this.graph.end();
  }

  #setElement(index: number, value: unknown): void {
    const { elements, graph } = this;
    const previous = elements[index];
    graph.begin();
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendElement(this.id, index, value);
      elements[index] = value;
    } else elements[index] = graph.adoptElement(this, index, value);
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  #setLength(value: unknown): void {
    // As the language does it: a bigint is no length.
    const length = (value as number) >>> 0;
    if (length !== Number(value)) throw new RangeError('Invalid array length');
    const { elements } = this;
    if (length > elements.length) {
      throw this.graph.refusal(
        this,
        'length',
        'a longer length would leave holes, which cannot be guarded yet.',
      );
    }
    if (length < elements.length) this.splice(length, elements.length - length, []);
  }

  /** The index that a key names, at most the array's length. */
  #indexOf(key: string | symbol): number {
    if (typeof key === 'symbol') throw this.graph.refusal(this, key, 'symbol keys cannot be guarded yet.');
    const index = Number(key) >>> 0;
    if (String(index) !== key || index === 0xffff_ffff) {
      throw this.graph.refusal(this, key, 'arrays with named properties cannot be guarded yet.');
    }
    if (index > this.elements.length) {
      throw this.graph.refusal(
        this,
        key,
        'an element beyond the end would leave holes, which cannot be guarded yet.',
      );
    }
    return index;
  }
}

/** Spreading puts every item on the stack: beyond this many they are moved one by one. */
const SPREAD_MAX = 10_000;

function replaceRange(
  elements: unknown[],
  start: number,
  deleteCount: number,
  items: readonly unknown[],
): unknown[] {
  if (items.length === 0 && deleteCount === 1 && start === 0) return [elements.shift()];
  if (items.length <= SPREAD_MAX) return elements.splice(start, deleteCount, ...items);
  const behind = elements.splice(start);
  for (const item of items) elements.push(item);
  for (let index = deleteCount; index < behind.length; index++) elements.push(behind[index]);
  behind.length = deleteCount;
  return behind;
}
