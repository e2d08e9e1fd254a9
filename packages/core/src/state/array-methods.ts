/**
 * The methods of Array.prototype that change the array, each as one record. Everything else is the
 * language's own method, working on the proxy.
 *
 * Each keeps the signature, the coercions and the result of its original, and falls back to it when `this`
 * is not a guarded array (someone took the method off one).
 */
import type { ArrayNode } from './array-node.ts';
import { nodeOf } from './tracked-node.ts';

type Method = (...args: never[]) => unknown;

/** The array whose method has been looked up last: nearly always the one it is called on next. */
let owner: ArrayNode | undefined;

/** Our method for one of the language's, or the language's own where it changes nothing. */
export function findArrayMethod(node: ArrayNode, method: unknown): unknown {
  owner = node;
  return guardedArrayMethods.get(method) ?? method;
}

function arrayNodeOf(value: unknown): ArrayNode | undefined {
  if (owner?.proxy === value) return owner;
  const node = typeof value === 'object' && value !== null ? nodeOf(value) : undefined;
  return node?.kind === 'array' ? (node as ArrayNode) : undefined;
}

/** ECMA-262, ToIntegerOrInfinity: a bigint or symbol throws. */
function toInteger(value: unknown): number {
  return Math.trunc(value as number) || 0;
}

/** The clamping that every range argument gets. */
function toPosition(number: number, length: number): number {
  return number < 0 ? Math.max(length + number, 0) : Math.min(number, length);
}

const methods = {
  // The one item of nearly every call gets a parameter of its own: no array is made of it.
  push(this: unknown[], item?: unknown, ...more: unknown[]): number {
    const node = arrayNodeOf(this);
    // oxlint-disable-next-line eslint/prefer-rest-params -- only their number is asked for
    const count = arguments.length;
    if (node === undefined) return Array.prototype.push.apply(this, count === 0 ? [] : [item, ...more]);
    if (count === 1) node.push(item);
    else if (count > 1) node.splice(node.elements.length, 0, [item, ...more]);
    return node.elements.length;
  },

  pop(this: unknown[]): unknown {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.pop.call(this);
    const { length } = node.elements;
    return length === 0 ? undefined : node.splice(length - 1, 1, [])[0];
  },

  shift(this: unknown[]): unknown {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.shift.call(this);
    return node.elements.length === 0 ? undefined : node.splice(0, 1, [])[0];
  },

  unshift(this: unknown[], ...items: unknown[]): number {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.unshift.apply(this, items);
    if (items.length > 0) node.splice(0, 0, items);
    return node.elements.length;
  },

  splice(this: unknown[], ...args: unknown[]): unknown[] {
    const node = arrayNodeOf(this);
    if (node === undefined) return Reflect.apply(Array.prototype.splice, this, args) as unknown[];
    const [start, deleteCount, ...items] = args;
    // Making numbers of the arguments may run code that changes the array: its length is taken afterwards.
    const [startNumber, deleteNumber] = [toInteger(start), toInteger(deleteCount)];
    const { length } = node.elements;
    const from = toPosition(startNumber, length);
    let count = 0;
    if (args.length === 1) count = length - from;
    else if (args.length > 1) count = Math.min(Math.max(deleteNumber, 0), length - from);
    return count === 0 && items.length === 0 ? [] : node.splice(from, count, items);
  },

  reverse(this: unknown[]): unknown[] {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.reverse.call(this);
    node.reverse();
    return this;
  },

  sort(this: unknown[], compare?: (a: unknown, b: unknown) => number): unknown[] {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.sort.call(this, compare);
    return assignRange(node, 0, node.elements.toSorted(compare), this);
  },

  fill(this: unknown[], value: unknown, start?: number, end?: number): unknown[] {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.fill.call(this, value, start, end);
    const startNumber = toInteger(start);
    const endNumber = end === undefined ? Infinity : toInteger(end);
    const { length } = node.elements;
    const from = toPosition(startNumber, length);
    const to = toPosition(endNumber, length);
    if (to <= from) return this;
    return assignRange(node, from, Array.from({ length: to - from }).fill(value), this);
  },

  copyWithin(this: unknown[], target: number, start: number, end?: number): unknown[] {
    const node = arrayNodeOf(this);
    if (node === undefined) return Array.prototype.copyWithin.call(this, target, start, end);
    const numbers = [
      toInteger(target),
      toInteger(start),
      end === undefined ? Infinity : toInteger(end),
    ] as const;
    return assignRange(node, 0, node.elements.slice().copyWithin(...numbers), this);
  },
};

/** Puts `items` over as many elements from `start` on. */
function assignRange(node: ArrayNode, start: number, items: unknown[], self: unknown[]): unknown[] {
  const count = Math.min(items.length, node.elements.length - start);
  node.splice(start, count, items);
  return self;
}

function asNamed(name: string, method: Method): Method {
  const original = Array.prototype[name as 'push'] as Method;
  Object.defineProperty(method, 'length', { value: original.length, configurable: true });
  return method;
}

/** From the language's method to ours. */
const guardedArrayMethods: ReadonlyMap<unknown, Method> = new Map(
  Object.entries(methods).map(([name, method]): [unknown, Method] => [
    Array.prototype[name as 'push'],
    asNamed(name, method),
  ]),
);
