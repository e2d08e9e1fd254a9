/**
 * What a value of a state holds, each with the step that leads there. Runs no code of anybody's: what has been read has no
 * getters and no proxies, and methods are the language's own, since a state may have a property `forEach`.
 */
import { types } from 'node:util';
import { formatEntryStep, formatPropertyStep } from '@faultguard/core/internal';

export interface Child {
  /** As one writes it behind a variable: `.user`, `[3]`, `.get("ada")`. For a member of a Set, `[2]`. */
  readonly step: string;
  readonly value: unknown;
  /** Of an entry of a Map. */
  readonly key?: unknown;
}

type TypedArray = NodeJS.TypedArray;

/** How many `childrenOf` gives; of an array its length. */
export function countChildren(value: object): number {
  if (ArrayBuffer.isView(value)) return types.isTypedArray(value) ? value.length : 0;
  if (Array.isArray(value)) return value.length;
  const count = Reflect.ownKeys(value).length;
  return types.isMap(value) || types.isSet(value) ? count + sizeOf(value) : count;
}

/** `from`: so many are passed over, which is quicker than to look at them. */
export function* childrenOf(value: object, from = 0): Generator<Child> {
  if (ArrayBuffer.isView(value)) {
    if (types.isTypedArray(value)) yield* elementsOf(value, from);
    return;
  }
  if (Array.isArray(value)) {
    yield* childrenOfArray(value, from);
    return;
  }
  let index = 0;
  if (types.isMap(value)) {
    const entries = Map.prototype.entries.call(value) as IterableIterator<[unknown, unknown]>;
    for (const [key, item] of entries)
      if (index++ >= from) yield { step: formatEntryStep(key), value: item, key };
  } else if (types.isSet(value)) {
    for (const item of Set.prototype.values.call(value) as IterableIterator<unknown>) {
      if (index >= from) yield { step: `[${index}]`, value: item };
      index++;
    }
  }
  for (const key of Reflect.ownKeys(value).slice(Math.max(0, from - index)))
    yield { step: formatPropertyStep(key), value: ownValue(value, key) };
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function ownValue(value: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
}

/** Of a Map or a Set. */
export function sizeOf(value: object): number {
  const { get } = Object.getOwnPropertyDescriptor(
    types.isMap(value) ? Map.prototype : Set.prototype,
    'size',
  ) as { get: (this: object) => number };
  return Reflect.apply(get, value, []);
}

/** An array may say that it has thousands of millions of elements, and have three. */
const HOLES_MAX = 1000;

/** Indices of its elements, as numbers, and its other keys. */
export function* keysOfArray(array: readonly unknown[]): Generator<number | string | symbol> {
  let holes = 0;
  let index = 0;
  for (; index < array.length && holes < HOLES_MAX; index++) {
    if (Object.hasOwn(array, index)) yield index;
    else holes++;
  }
  for (const key of Reflect.ownKeys(array)) {
    const isIndex = typeof key === 'string' && /^\d+$/.test(key);
    if (key === 'length' || (isIndex && Number(key) < index)) continue;
    yield isIndex ? Number(key) : key;
  }
}

function* childrenOfArray(array: readonly unknown[], from: number): Generator<Child> {
  let at = 0;
  for (const key of keysOfArray(array))
    if (at++ >= from) yield { step: formatPropertyStep(key), value: ownValue(array, key) };
}

function* elementsOf(array: TypedArray, from: number): Generator<Child> {
  for (let index = from; index < array.length; index++) yield { step: `[${index}]`, value: array[index] };
}
