/**
 * Arrays may say that they have thousands of millions of elements, and have three. A format that writes a word for each
 * place that is empty would take all memory, or for ever.
 */
import { types } from 'node:util';
import { isObject, ownValue } from './children.ts';

/** Some hundred megabytes of text. */
const HOLES_MAX = 5_000_000;

/** `isDeep`: in all that it holds. */
export function hasTooManyHoles(value: unknown, isDeep: boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!isDeep) return isHollow(value);
  const seen = new Set<object>([value]);
  // The set grows while it is walked.
  for (const node of seen) {
    if (isHollow(node)) return true;
    for (const child of objectsIn(node)) seen.add(child);
  }
  return false;
}

/**
 * Those that are written out with it: of an array its elements, and no other properties, which no format has. (To list the keys of
 * a long one takes longer than to write it.)
 */
function* objectsIn(value: object): Generator<object> {
  if (ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (isObject(item)) yield item;
    return;
  }
  if (types.isMap(value)) {
    for (const entry of Map.prototype.entries.call(value) as IterableIterator<[unknown, unknown]>)
      for (const item of entry) if (isObject(item)) yield item;
  } else if (types.isSet(value)) {
    for (const item of Set.prototype.values.call(value) as IterableIterator<unknown>)
      if (isObject(item)) yield item;
  }
  for (const key of Reflect.ownKeys(value)) {
    const item = ownValue(value, key);
    if (isObject(item)) yield item;
  }
}

function isHollow(value: object): boolean {
  if (!Array.isArray(value) || types.isProxy(value) || value.length <= HOLES_MAX) return false;
  let holes = 0;
  for (let index = 0; index < value.length && holes <= HOLES_MAX; index++) {
    if (!Object.hasOwn(value, index)) holes++;
  }
  return holes > HOLES_MAX;
}
