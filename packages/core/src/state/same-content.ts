/** Has what a custom value is serialized to changed? Everything that is kept counts: order, kinds, identities. */
import types from 'node:util/types';
import { isObject, nodeOf } from './tracked-node.ts';

/** `known` is guarded, `next` has just been made, or holds guarded values. In doubt: false, and it is told again. */
export function isSameContent(known: unknown, next: unknown): boolean {
  const pairs: [unknown, unknown][] = [[known, next]];
  const knownFor = new Map<object, object>();
  const nextFor = new Map<object, object>();
  // The list grows while it is walked.
  for (const [one, other] of pairs) {
    if (!isObject(one) || !isObject(other)) {
      if (!Object.is(one, other)) return false;
      continue;
    }
    if (knownFor.get(other) === one && nextFor.get(one) === other) continue;
    if (knownFor.has(other) || nextFor.has(one)) return false;
    knownFor.set(other, one);
    nextFor.set(one, other);
    if (one === other) continue;
    // Another value of the state is another value.
    if (nodeOf(other) !== undefined) return false;
    if (!pushParts(one, other, pairs)) return false;
  }
  return true;
}

/** Adds the parts of two objects of one kind, or returns false. */
function pushParts(one: object, other: object, pairs: [unknown, unknown][]): boolean {
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (Object.isExtensible(one) !== Object.isExtensible(other) && !types.isMap(one) && !types.isSet(one))
    return false;
  const lists = partsOf(one);
  const others = partsOf(other);
  if (lists === undefined || others === undefined || lists.length !== others.length) return false;
  for (const [index, part] of lists.entries()) pairs.push([part, others[index]]);
  return true;
}

/** In their order, with their keys; undefined for a kind whose parts are not looked at here. */
function partsOf(value: object): unknown[] | undefined {
  if (types.isMap(value)) return [...value].flat();
  if (types.isSet(value)) return [...value];
  if (types.isDate(value)) return [value.getTime()];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return undefined;
  const parts: unknown[] = [];
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    parts.push(key, descriptor.enumerable, descriptor.writable, descriptor.configurable, descriptor.value);
  }
  return parts;
}
