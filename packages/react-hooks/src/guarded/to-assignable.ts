/**
 * What a setter is given, made ready for the guarded state. It is mostly made of snapshots: `(list) => [...list, item]`.
 *
 * Invariants:
 * 1. What is part of the present value's snapshot becomes the guarded object that it is the snapshot of. So it stays
 *    the same object in the next snapshot, costs a reference instead of a copy, and keeps what is in it.
 * 2. Other snapshots are copied, and can be changed afterwards: objects and arrays, Maps, Sets and Dates that are
 *    closed are opened. (So are those that somebody else has frozen, as Immer does.)
 * 3. Nothing else is touched, no getter is called, no proxy is looked into: what cannot be guarded is refused by core.
 */
import { types } from 'node:util';
import { snapshot } from '@faultguard/core';
import { isObject } from './is-object.ts';

/** Without `before`, nothing is known of what stands there: `before` is the snapshot of `present`. */
export function toAssignable(value: unknown, before?: object, present?: object): unknown {
  if (!isObject(value)) return value;
  return new Assignment().convert(value, before, present);
}

class Assignment {
  /** From snapshots to what they are of. */
  readonly #known = new Map<object, unknown>();
  readonly #indexed = new Set<object>();
  readonly #copies = new Map<object, object>();

  convert(value: object, before: unknown, present: unknown): unknown {
    if (isObject(before)) this.#known.set(before, present);
    this.#index(before, present);
    if (!this.#hasSnapshots(value)) return value;
    return this.#copy(value, before, present);
  }

  /** Is anything to be done at all? New values go to core as they are. */
  #hasSnapshots(root: object): boolean {
    const seen = new Set<object>([root]);
    for (const value of seen) {
      if (this.#known.has(value) || isClosed(value)) return true;
      if (types.isProxy(value)) continue;
      for (const child of childrenOf(value)) if (isObject(child)) seen.add(child);
    }
    return false;
  }

  #copy(value: unknown, before: unknown, present: unknown): unknown {
    if (!isObject(value)) return value;
    if (this.#known.has(value)) return this.#known.get(value);
    const done = this.#copies.get(value);
    if (done !== undefined) return done;
    const kind = kindOf(value);
    if (kind === undefined || isGuarded(value)) return value;
    // What has been put together anew mostly stands where its parts have been.
    this.#index(before, present);
    if (kind === 'date') return this.#note(value, new Date((value as Date).getTime()));
    if (kind === 'map') {
      const copy = this.#note(value, new Map());
      for (const [key, item] of value as Map<unknown, unknown>) {
        const [was, is] = isMap(before) && isMap(present) ? [before.get(key), present.get(key)] : [];
        copy.set(this.#copy(key, undefined, undefined), this.#copy(item, was, is));
      }
      return copy;
    }
    if (kind === 'set') {
      const copy = this.#note(value, new Set());
      for (const item of value as Set<unknown>) copy.add(this.#copy(item, undefined, undefined));
      return copy;
    }
    return this.#copyProperties(value, before, present);
  }

  #copyProperties(value: object, before: unknown, present: unknown): object {
    const copy: object = Array.isArray(value)
      ? []
      : (Object.create(Object.getPrototypeOf(value) as object | null) as object);
    this.#note(value, copy);
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
      if (key === 'length' && Array.isArray(copy)) {
        copy.length = descriptor.value as number;
        continue;
      }
      if ('value' in descriptor) {
        descriptor.value = this.#copy(descriptor.value, own(before, key), own(present, key));
        if (isClosed(value)) descriptor.writable = descriptor.configurable = true;
      }
      Object.defineProperty(copy, key, descriptor);
    }
    return copy;
  }

  #note<Copy extends object>(value: object, copy: Copy): Copy {
    this.#copies.set(value, copy);
    return copy;
  }

  /** One level of a snapshot: deeper ones when something stands there that is no part of it. */
  #index(before: unknown, present: unknown): void {
    if (!isObject(before) || !isObject(present) || this.#indexed.has(before)) return;
    this.#indexed.add(before);
    if (isMap(before) && isMap(present)) {
      const keys = present.keys();
      for (const [key, item] of before) {
        const presentKey: unknown = keys.next().value;
        if (isObject(key)) this.#known.set(key, presentKey);
        if (isObject(item)) this.#known.set(item, present.get(presentKey));
      }
    } else if (before instanceof Set && present instanceof Set) {
      const members = present.values();
      for (const member of before) {
        const presentMember: unknown = members.next().value;
        if (isObject(member)) this.#known.set(member, presentMember);
      }
    } else {
      for (const key of Reflect.ownKeys(before)) {
        const item = own(before, key);
        if (isObject(item)) this.#known.set(item, own(present, key));
      }
    }
  }
}

type Kind = 'array' | 'object' | 'map' | 'set' | 'date';

/** Of what can be opened. Instances of classes cannot: what is private in them would be lost. */
function kindOf(value: object): Kind | undefined {
  if (types.isProxy(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) return 'array';
  if (prototype === Object.prototype || prototype === null) return 'object';
  if (prototype === Map.prototype && types.isMap(value)) return 'map';
  if (prototype === Set.prototype && types.isSet(value)) return 'set';
  if (prototype === Date.prototype && types.isDate(value)) return 'date';
  return undefined;
}

function isClosed(value: object): boolean {
  return kindOf(value) !== undefined && !Object.isExtensible(value);
}

/** Guarded objects are proxies, but Maps, Sets and Dates are the real thing. */
function isGuarded(value: object): boolean {
  if (Object.isExtensible(value)) return false;
  try {
    snapshot(value);
    return true;
  } catch {
    return false;
  }
}

function childrenOf(value: object): unknown[] {
  switch (kindOf(value)) {
    case 'array':
    case 'object':
      return Reflect.ownKeys(value).map((key) => own(value, key));
    case 'map':
      return [...(value as Map<unknown, unknown>)].flat();
    case 'set':
      return [...(value as Set<unknown>)];
    default:
      return [];
  }
}

/** The value of a property that is one. */
function own(value: unknown, key: string | symbol): unknown {
  return isObject(value) ? (Reflect.getOwnPropertyDescriptor(value, key)?.value as unknown) : undefined;
}

function isMap(value: unknown): value is Map<unknown, unknown> {
  return value instanceof Map;
}
