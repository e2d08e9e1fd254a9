/**
 * Arrays may say that they have thousands of millions of elements, and have three. A format that writes a word for each
 * place that is empty would take all memory, or for ever.
 */
import { types } from 'node:util';
import { childrenOf } from './children.ts';

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
    if (ArrayBuffer.isView(node)) continue;
    for (const { value: child, key } of childrenOf(node)) {
      if (typeof child === 'object' && child !== null) seen.add(child);
      if (typeof key === 'object' && key !== null) seen.add(key);
    }
  }
  return false;
}

function isHollow(value: object): boolean {
  if (!Array.isArray(value) || types.isProxy(value) || value.length <= HOLES_MAX) return false;
  let holes = 0;
  for (let index = 0; index < value.length && holes <= HOLES_MAX; index++) {
    if (!Object.hasOwn(value, index)) holes++;
  }
  return holes > HOLES_MAX;
}
