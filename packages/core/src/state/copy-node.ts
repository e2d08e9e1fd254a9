/** One node as a frozen plain value, its children given: what snapshots are made of. */
import { NodeKind } from '../journal/layout.ts';
import { copyBytes, sizeBytesMaxOf } from '../value/array-buffers.ts';
import { makeBareError } from '../value/builtin-errors.ts';
import type { ArrayNode } from './array-node.ts';
import type { ViewNode } from './buffer-nodes.ts';
import type { CustomNode } from './custom-node.ts';
import { guardOf, type MapGuard, original, type SetGuard, setGuard } from './guarded-builtins.ts';
import type { ObjectNode } from './object-node.ts';
import { copyRegExp } from './regexp-nodes.ts';
import { type SearchParamsNode, unbox } from './scalar-nodes.ts';
import { isObject, type TrackedNode } from './tracked-node.ts';

/** Throws at every method that would change a builtin of a snapshot. */
class FrozenGuard implements MapGuard, SetGuard {
  readonly builtin: object;

  constructor(builtin: object) {
    this.builtin = builtin;
  }

  mutate(method: string): never {
    throw new TypeError(`Cannot change a snapshot (${method} was called). Change the guarded value instead.`);
  }

  set(): never {
    return this.mutate('set');
  }

  add(): never {
    return this.mutate('add');
  }

  delete(): never {
    return this.mutate('delete');
  }
}

type ValueFor = (value: unknown) => unknown;

/** An empty copy of a node that can hold others. */
export function makeShell(node: TrackedNode): object {
  const { target } = node;
  const prototype = Object.getPrototypeOf(target) as object | null;
  switch (node.kind) {
    case NodeKind.array:
      return withPrototype([], prototype);
    case NodeKind.map:
      return withPrototype(new Map(), prototype);
    case NodeKind.set:
      return withPrototype(new Set(), prototype);
    case NodeKind.error:
      return withPrototype(makeBareError(0), prototype);
    default:
      return Object.create(prototype) as object;
  }
}

/** A frozen copy; `shell` if one has been made. */
export function copyNode(node: TrackedNode, valueFor: ValueFor, shell?: object): object {
  node.settle();
  const { target } = node;
  const prototype = Object.getPrototypeOf(target) as object | null;
  const source: unknown = target;
  switch (node.kind) {
    case NodeKind.array:
      if (shell === undefined && (node as ArrayNode).traits === 0)
        return copyPlainArray(node as ArrayNode, valueFor);
      return copyArray(node as ArrayNode, (shell ?? makeShell(node)) as unknown[], valueFor);
    case NodeKind.map: {
      const copy = (shell ?? makeShell(node)) as Map<unknown, unknown>;
      Map.prototype.forEach.call(source, (value, key) => {
        original.mapSet.call(copy, valueFor(key), valueFor(value));
      });
      return frozenBuiltin(node, copy, valueFor, Map.prototype);
    }
    case NodeKind.set: {
      const copy = (shell ?? makeShell(node)) as Set<unknown>;
      Set.prototype.forEach.call(source, (value) => void original.setAdd.call(copy, valueFor(value)));
      return frozenBuiltin(node, copy, valueFor, Set.prototype);
    }
    case NodeKind.date: {
      const copy = withPrototype(new Date(Date.prototype.getTime.call(source)), prototype);
      return frozenBuiltin(node, copy, valueFor, Date.prototype);
    }
    case NodeKind.url:
      return copyUrl(node, source as URL, valueFor);
    case NodeKind.searchParams: {
      const { owner } = node as SearchParamsNode;
      if (owner !== undefined) return (valueFor(owner.url) as URL).searchParams;
      return frozenBuiltin(node, new URLSearchParams(String(source)), valueFor, URLSearchParams.prototype);
    }
    case NodeKind.regExp: {
      const copy = withPrototype(copyRegExp(source as RegExp), prototype);
      copy.lastIndex = valueFor((source as RegExp).lastIndex) as number;
      return Object.freeze(copyProperties(target, copy, valueFor, 'lastIndex'));
    }
    case NodeKind.boxed:
      return copyBoxed(source as object, prototype, valueFor);
    case NodeKind.arrayBuffer:
    case NodeKind.resizableBuffer:
      return copyBytes(new Uint8Array(source as ArrayBuffer), sizeBytesMaxOf(source as ArrayBuffer));
    case NodeKind.view:
      return copyView(node as ViewNode, valueFor);
    case NodeKind.custom:
      return (node as CustomNode).copy();
    default:
      if (shell === undefined && isPlainObject(node)) return copyPlain(target, valueFor);
      return Object.freeze(copyProperties(target, shell ?? makeShell(node), valueFor));
  }
}

/** An object that is plain, without anything switched off, like nearly all there are. */
export function isPlainObject(node: TrackedNode): boolean {
  return node.kind === NodeKind.object && (node as ObjectNode).traits === 0;
}

/** Can a copy of it be made of its last one by `replaceChildren`? */
export function canReplace(node: TrackedNode): boolean {
  return node.kind === NodeKind.array ? (node as ArrayNode).traits === 0 : isPlainObject(node);
}

/**
 * A frozen copy of a copy, in which others stand in the place of some children; the same one when none of them is in it any
 * more.
 */
export function replaceChildren(before: object, others: ReadonlyMap<unknown, unknown>): object {
  return Array.isArray(before) ? replaceElements(before, others) : replaceProperties(before, others);
}

function replaceElements(before: readonly unknown[], others: ReadonlyMap<unknown, unknown>): object {
  const copy = copyElements(before);
  let isSame = true;
  // The language finds a few of them faster than we can walk.
  if (others.size <= 8) {
    for (const [old, other] of others) {
      for (let index = copy.indexOf(old); index >= 0; index = copy.indexOf(old, index + 1)) {
        copy[index] = other;
        isSame = false;
      }
    }
  } else {
    for (const [index, value] of before.entries()) {
      if (!others.has(value)) continue;
      copy[index] = others.get(value);
      isSame = false;
    }
  }
  return isSame ? before : Object.freeze(copy);
}

/**
 * With its holes. Spread is a hundred times as fast as `slice` is for a frozen array, and makes elements of holes
 * (V8 13.6, a thousand elements: 0.7 µs and 92 µs).
 */
function copyElements(source: readonly unknown[]): unknown[] {
  const copy = [...source];
  for (let index = copy.indexOf(undefined); index >= 0; index = copy.indexOf(undefined, index + 1)) {
    if (!(index in source)) delete copy[index];
  }
  return copy;
}

function replaceProperties(before: object, others: ReadonlyMap<unknown, unknown>): object {
  const copy: Record<PropertyKey, unknown> = { ...before };
  let isSame = true;
  for (const key of Reflect.ownKeys(copy)) {
    const value = copy[key];
    if (!others.has(value)) continue;
    copy[key] = others.get(value);
    isSame = false;
  }
  return isSame ? before : Object.freeze(copy);
}

/** In the language's own code: property by property, an object of a thousand would take milliseconds. */
function copyPlain(target: object, valueFor: ValueFor): object {
  const copy: Record<PropertyKey, unknown> = { ...target };
  for (const key of Reflect.ownKeys(copy)) {
    const value = copy[key];
    if (isObject(value)) copy[key] = valueFor(value);
  }
  return Object.freeze(copy);
}

function withPrototype<Value extends object>(value: Value, prototype: object | null): Value {
  if (Object.getPrototypeOf(value) !== prototype) Object.setPrototypeOf(value, prototype);
  return value;
}

function copyBoxed(source: object, prototype: object | null, valueFor: ValueFor): object {
  const copy = withPrototype(Object(unbox(source)) as object, prototype);
  const own = new Set(Reflect.ownKeys(copy));
  for (const key of Reflect.ownKeys(source)) if (!own.has(key)) copyProperty(source, copy, key, valueFor);
  return Object.freeze(copy);
}

/** But for `except`, which has been copied in another way. */
function copyProperties(source: object, copy: object, valueFor: ValueFor, except?: string): object {
  for (const key of Reflect.ownKeys(source)) if (key !== except) copyProperty(source, copy, key, valueFor);
  return copy;
}

function copyProperty(source: object, copy: object, key: string | symbol, valueFor: ValueFor): void {
  const value = valueFor(Reflect.get(source, key));
  const enumerable = Object.prototype.propertyIsEnumerable.call(source, key);
  Object.defineProperty(copy, key, { value, enumerable, writable: true, configurable: true });
}

function copyPlainArray(node: ArrayNode, valueFor: ValueFor): object {
  const copy = copyElements(node.elements);
  for (let index = 0; index < copy.length; index++) {
    const value = copy[index];
    if (isObject(value)) copy[index] = valueFor(value);
  }
  return Object.freeze(copy);
}

function copyArray(node: ArrayNode, copy: unknown[], valueFor: ValueFor): object {
  const source = node.elements;
  if (node.isCounted) {
    for (let index = 0; index < source.length; index++)
      if (index in source) copy[index] = valueFor(source[index]);
    copy.length = source.length;
    return Object.freeze(copy);
  }
  const keys = Reflect.ownKeys(source);
  copy.length = source.length;
  for (const key of keys) {
    if (key === 'length') continue;
    const enumerable = Object.prototype.propertyIsEnumerable.call(source, key);
    const value = valueFor(Reflect.get(source, key));
    Object.defineProperty(copy, key, { value, enumerable, writable: true, configurable: true });
  }
  return Object.freeze(copy);
}

function frozenBuiltin(node: TrackedNode, copy: object, valueFor: ValueFor, builtin: object): object {
  copyProperties(node.target, copy, valueFor);
  if (guardOf(copy) === undefined) setGuard(copy, new FrozenGuard(builtin));
  return Object.freeze(copy);
}

function copyUrl(node: TrackedNode, source: URL, valueFor: ValueFor): object {
  const copy = new URL(source.href);
  setGuard(copy.searchParams, new FrozenGuard(URLSearchParams.prototype));
  return frozenBuiltin(node, copy, valueFor, URL.prototype);
}

function copyView(node: ViewNode, valueFor: ValueFor): object {
  const copy = node.viewOn(valueFor(node.bufferNode.buffer) as ArrayBuffer);
  return withPrototype(copy, Object.getPrototypeOf(node.target) as object);
}
