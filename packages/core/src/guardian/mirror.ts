/**
 * The state as the guardian holds it: plain objects and arrays, what a rescue is given.
 *
 * Invariants:
 * 1. It is always a state that the app had: one payload is applied after the other, each whole.
 * 2. An id stands for one object from its creation until it is freed; aliases and cycles are the app's own.
 * 3. What it is told comes from another process: no id, index or key is used unchecked.
 */
import { ROOT_ID } from '../journal/layout.ts';
import type { MutationSink } from '../journal/decode-record.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import { setOwnProperty } from '../value/own-property.ts';

/** Ids grow by one as long as none is free: a larger step is a forged record, not a large state. */
const ID_STEP_MAX = 64 * 1024 * 1024;

export interface ReportedException {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export class Mirror implements MutationSink {
  readonly #nodes: (object | undefined)[] = [];
  #root: object | undefined;
  /** The exception that nothing in the app has handled, if there is one. */
  exceptionReported: ReportedException | undefined;

  /** The state, or undefined when the app died before it had one. */
  get root(): object | undefined {
    return this.#root;
  }

  createNode(id: number, kind: 'object' | 'array'): object {
    if (id < ROOT_ID || id > this.#nodes.length + ID_STEP_MAX || this.#nodes[id] !== undefined) {
      throw new InvalidRecordError(`node ${id} cannot be created`);
    }
    const node = kind === 'array' ? [] : {};
    this.#nodes[id] = node;
    return node;
  }

  nodeById(id: number): object {
    const node = this.#nodes[id];
    if (node === undefined) throw new InvalidRecordError(`node ${id} does not exist`);
    return node;
  }

  freeNode(id: number): void {
    this.nodeById(id);
    this.#nodes[id] = undefined;
  }

  forgetNodes(): void {
    this.#nodes.length = 0;
  }

  setRoot(value: unknown): void {
    if (typeof value !== 'object' || value === null)
      throw new InvalidRecordError('the root is not an object');
    this.#root = value;
  }

  setProperty(id: number, key: string, value: unknown): void {
    this.fillProperty(this.#object(id), key, value);
  }

  deleteProperty(id: number, key: string): void {
    delete (this.#object(id) as Record<string, unknown>)[key];
  }

  setElement(id: number, index: number, value: unknown): void {
    const array = this.#array(id);
    if (index > array.length)
      throw new InvalidRecordError(`element ${index} of ${array.length} does not exist`);
    array[index] = value;
  }

  push(id: number, value: unknown): void {
    this.#array(id).push(value);
  }

  splice(id: number, start: number, deleteCount: number, items: unknown[]): void {
    const array = this.#array(id);
    if (start > array.length || deleteCount > array.length - start) {
      throw new InvalidRecordError(
        `elements ${start} to ${start + deleteCount} of ${array.length} do not exist`,
      );
    }
    // V8 moves the beginning of an array in constant time for shift, not for splice.
    if (items.length === 0 && deleteCount === 1 && start === 0) array.shift();
    else if (items.length === 0 && start + deleteCount === array.length) array.length = start;
    else if (items.length <= 1000) array.splice(start, deleteCount, ...items);
    else replaceRange(array, start, deleteCount, items);
  }

  reverse(id: number): void {
    this.#array(id).reverse();
  }

  fillProperty(node: object, key: string, value: unknown): void {
    setOwnProperty(node, key, value);
  }

  fillElement(node: object, value: unknown): void {
    (node as unknown[]).push(value);
  }

  exception(name: string, message: string, stack: string): void {
    this.exceptionReported = { name, message, stack };
  }

  exceptionHandled(): void {
    this.exceptionReported = undefined;
  }

  #object(id: number): object {
    const node = this.nodeById(id);
    if (Array.isArray(node)) throw new InvalidRecordError(`node ${id} is an array`);
    return node;
  }

  #array(id: number): unknown[] {
    const node = this.nodeById(id);
    if (!Array.isArray(node)) throw new InvalidRecordError(`node ${id} is not an array`);
    return node as unknown[];
  }
}

/** `splice` with more items than a call takes arguments. */
function replaceRange(array: unknown[], start: number, deleteCount: number, items: unknown[]): void {
  const behind = array.slice(start + deleteCount);
  array.length = start;
  for (const item of items) array.push(item);
  for (const item of behind) array.push(item);
}
