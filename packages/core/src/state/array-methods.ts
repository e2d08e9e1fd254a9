/**
 * The methods of Array.prototype that change the array, each as one record, and those that only look at it, on
 * the target itself, without a trap for each element. Everything else is the language's own method, working on
 * the proxy.
 *
 * Each keeps the signature, the coercions, the result and the errors of its original, and falls back to it
 * where there is anything special about the array (a closed one, one with a read-only element), and when
 * `this` is not a guarded array (someone took the method off one).
 */
import { NodeKind } from '../journal/layout.ts';
import { type ArrayNode, LENGTH_MAX } from './array-node.ts';
import { nodeOf } from './tracked-node.ts';

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
  return node !== undefined && node.isOrdinary && node.length + count <= LENGTH_MAX
    ? node
    : undefined;
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
    if (node === undefined) return Array.prototype.push.apply(this, count === 0 ? [] : [item, ...more]);
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
    if (node === undefined) return Array.prototype.unshift.apply(this, items);
    if (items.length > 0) node.splice(0, 0, items);
    return node.length;
  },

  splice(this: unknown[], ...args: unknown[]): unknown[] {
    const node = ordinaryNodeOf(this, args.length);
    // A subclass, or one that says what its constructor is, decides on the class of the result.
    if (node === undefined || node.traits !== 0) {
      return Reflect.apply(Array.prototype.splice, this, args) as unknown[];
    }
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
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.reverse.call(this);
    node.reverse();
    return this;
  },

  sort(this: unknown[], compare?: (a: unknown, b: unknown) => number): unknown[] {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.sort.call(this, compare);
    // A copy: `compare` may throw, and then nothing has changed. Holes go to the end as the language has it.
    node.assignElements(0, node.elements.slice().sort(compare));
    return this;
  },

  fill(this: unknown[], value: unknown, start?: number, end?: number): unknown[] {
    const node = ordinaryNodeOf(this, 0);
    if (node === undefined) return Array.prototype.fill.call(this, value, start, end);
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
    if (node === undefined) return Array.prototype.copyWithin.call(this, target, start, end);
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

/** Methods that see the same on the target as on the proxy, and let nobody see the target. */
const readers: readonly string[] = ['includes', 'indexOf', 'lastIndexOf', 'join', 'keys', 'values', 'entries'];

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
  [...Object.entries(methods), ...readers.map((name): [string, Method] => [name, readerFor(name)])].map(
    ([name, method]): [unknown, Method] => [
      Array.prototype[name as 'push'],
      asNamed(name, method as Method),
    ],
  ),
);
