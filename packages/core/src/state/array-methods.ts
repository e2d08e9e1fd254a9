/**
 * The methods of Array.prototype that change the array, each as one record, and those that only look at it, on
 * the target itself, without a trap for each element. Everything else is the language's own method, working on
 * the proxy.
 *
 * Each keeps the signature, the coercions, the result and the errors of its original, and falls back to it
 * where there is anything special about the array (a closed one, one with a read-only element), and when
 * `this` is not a guarded array (someone took the method off one), and where an argument is an object: to make a number of it
 * runs somebody's code, which may change the array.
 */
import { NodeKind } from '../journal/layout.ts';
import { LENGTH_MAX, QUEUE_LENGTH_MIN } from '../value/element-key.ts';
import { copyRange } from '../value/ranges.ts';
import type { ArrayNode } from './array-node.ts';
import { isPrimitive, nodeOf } from './tracked-node.ts';

type Method = (...args: never[]) => unknown;

/** The array whose method has been looked up last: nearly always the one it is called on next. */
let owner: ArrayNode | undefined;

/** Our method for one of the language's, or the language's own where it needs no help. */
export function findArrayMethod(node: ArrayNode, method: unknown): unknown {
  owner = node;
  return guardedArrayMethods.get(method) ?? method;
}

function arrayNodeOf(value: unknown): ArrayNode | undefined {
  if (owner?.proxy === value) return owner;
  const node = typeof value === 'object' && value !== null ? nodeOf(value) : undefined;
  return node?.kind === NodeKind.array ? (node as ArrayNode) : undefined;
}

/** The node of an array that a record of its own can change, with `count` more elements. */
function ordinaryNodeOf(value: unknown, count: number): ArrayNode | undefined {
  const node = arrayNodeOf(value);
  return node !== undefined && node.isOrdinary && node.length + count <= LENGTH_MAX ? node : undefined;
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
    // oxlint-disable-next-line eslint/prefer-rest-params -- only their number is asked for
    const count = arguments.length;
    const node = ordinaryNodeOf(this, count);
    if (node === undefined) {
      return Array.prototype.push.apply(this, copiesFor(this, count === 0 ? [] : [item, ...more]));
    }
    if (count === 1) node.push(item);
    else if (count > 1) node.splice(node.length, 0, [item, ...more]);
    return node.length;
  },

  pop(this: unknown[]): unknown {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.pop.call(this);
    const { length } = node;
    return length === 0 ? undefined : node.splice(length - 1, 1, [])[0];
  },

  shift(this: unknown[]): unknown {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.shift.call(this);
    return node.length === 0 ? undefined : node.shift();
  },

  unshift(this: unknown[], ...items: unknown[]): number {
    const node = ordinaryNodeOf(this, items.length);
    if (node === undefined) return Array.prototype.unshift.apply(this, copiesFor(this, items));
    if (items.length > 0) node.splice(0, 0, items);
    return node.length;
  },

  splice(this: unknown[], ...args: unknown[]): unknown[] {
    const node = ordinaryNodeOf(this, args.length);
    // A subclass, or one that says what its constructor is, decides on the class of the result.
    if (node === undefined || node.traits !== 0 || !isPrimitive(args[0]) || !isPrimitive(args[1])) {
      const copies = [...args.slice(0, 2), ...copiesFor(this, args.slice(2))];
      return Reflect.apply(Array.prototype.splice, this, copies) as unknown[];
    }
    const [start, deleteCount, ...items] = args;
    const [startNumber, deleteNumber] = [toInteger(start), toInteger(deleteCount)];
    const { length } = node.elements;
    const from = toPosition(startNumber, length);
    let count = 0;
    if (args.length === 1) count = length - from;
    else if (args.length > 1) count = Math.min(Math.max(deleteNumber, 0), length - from);
    return count === 0 && items.length === 0 ? [] : node.splice(from, count, items);
  },

  reverse(this: unknown[]): unknown[] {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.reverse.call(this);
    node.reverse();
    return this;
  },

  sort(this: unknown[], compare?: (a: unknown, b: unknown) => number): unknown[] {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.sort.call(this, compare);
    // A copy: `compare` may throw, and then nothing has changed. Holes go to the end as the language has it.
    const copy = copyElements(node).sort(compare);
    // `compare` may have closed the array.
    if (node.isOrdinary) node.assignElements(0, copy);
    else assignOneByOne(this, copy);
    return this;
  },

  fill(this: unknown[], value: unknown, start?: number, end?: number): unknown[] {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined || !isPrimitive(start) || !isPrimitive(end))
      return Array.prototype.fill.call(this, copiesFor(this, [value])[0], start, end);
    const startNumber = toInteger(start);
    const endNumber = end === undefined ? Infinity : toInteger(end);
    const { length } = node.elements;
    const from = toPosition(startNumber, length);
    const to = toPosition(endNumber, length);
    if (to > from) node.fill(value, from, to);
    return this;
  },

  copyWithin(this: unknown[], target: number, start: number, end?: number): unknown[] {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined || !isPrimitive(target) || !isPrimitive(start) || !isPrimitive(end))
      return Array.prototype.copyWithin.call(this, target, start, end);
    const [toNumber, fromNumber] = [toInteger(target), toInteger(start)];
    const endNumber = end === undefined ? Infinity : toInteger(end);
    const { length } = node.elements;
    const to = toPosition(toNumber, length);
    const from = toPosition(fromNumber, length);
    const count = Math.min(toPosition(endNumber, length) - from, length - to);
    if (count > 0) node.copyWithin(to, from, count);
    return this;
  },
};

/** For the language's own method on a guarded array, which assigns one by one: one value stays one. */
function copiesFor(list: unknown[], items: readonly unknown[]): unknown[] {
  const node = items.some((item) => !isPrimitive(item)) ? arrayNodeOf(list) : undefined;
  return node === undefined ? [...items] : node.graph.copyIn(node, node.length, items);
}

function copyElements(node: ArrayNode): unknown[] {
  const { elements } = node;
  return node.traits === 0 ? elements.slice() : copyRange(elements, 0, elements.length);
}

/** ECMA-262, the end of Array.prototype.sort: throws where the language does. */
function assignOneByOne(list: unknown[], items: readonly unknown[]): void {
  for (let index = 0; index < items.length; index++) {
    if (index in items) list[index] = items[index];
    else delete list[index];
  }
}

/** Methods that see the same on the target as on the proxy, and let nobody see the target. */
const readers: readonly string[] = ['includes', 'indexOf', 'lastIndexOf', 'join'];
const iterators = ['keys', 'values', 'entries'] as const;

/** The language's own iterator, on the target; or one that copes with an array that becomes a queue meanwhile. */
function iteratorFor(name: (typeof iterators)[number]): Method {
  const original = Array.prototype[name];
  return {
    [name](this: unknown[]): unknown {
      const node = arrayNodeOf(this);
      if (node === undefined) return original.call(this);
      return node.length < LIVE_LENGTH_MIN ? original.call(node.elements) : iterate(node, name);
    },
  }[name] as Method;
}

/** It may grow while it is walked through. */
const LIVE_LENGTH_MIN = QUEUE_LENGTH_MIN / 4;

const arrayIteratorPrototype = Object.getPrototypeOf([].values()) as object;

function iterate(node: ArrayNode, what: (typeof iterators)[number]): object {
  let index = 0;
  const next = (): { value: unknown; done: boolean } => {
    if (index >= node.length) {
      index = Infinity;
      return { value: undefined, done: true };
    }
    const at = index++;
    if (what === 'values') return { value: node.at(at), done: false };
    return { value: what === 'keys' ? at : [at, node.at(at)], done: false };
  };
  return Object.create(arrayIteratorPrototype, {
    next: { value: next, writable: true, configurable: true },
  }) as object;
}

function readerFor(name: string): Method {
  const original = Array.prototype[name as 'includes'] as (...args: unknown[]) => unknown;
  return {
    [name](this: unknown[], ...args: unknown[]): unknown {
      return Reflect.apply(original, arrayNodeOf(this)?.elements ?? this, args);
    },
  }[name] as Method;
}

function asNamed(name: string, method: Method): Method {
  const original = Array.prototype[name as 'push'] as Method;
  Object.defineProperty(method, 'length', { value: original.length, configurable: true });
  return method;
}

/** From the language's method to ours. */
const guardedArrayMethods: ReadonlyMap<unknown, Method> = new Map(
  [
    ...Object.entries(methods),
    ...readers.map((name): [string, Method] => [name, readerFor(name)]),
    ...iterators.map((name): [string, Method] => [name, iteratorFor(name)]),
  ].map(([name, method]): [unknown, Method] => [Array.prototype[name as 'push'], asNamed(name, method)]),
);
