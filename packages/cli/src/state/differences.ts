/**
 * What is different between two states, by path. Two objects are the same when their kind, their class and what they hold
 * are; whether one object stands at two places, or two equal ones, is not looked at.
 *
 * No recursion, whatever the depth; each pair of objects is compared once. A path is made only where something differs.
 */
import { types } from 'node:util';
import { formatEntryStep, formatPropertyStep } from '@faultguard/core/internal';
import { isObject, keysOfArray, ownValue } from './children.ts';
import { type ClassNameOf, describeValue } from './describe-value.ts';

export interface ComparedState {
  readonly root: object;
  readonly classNameOf: ClassNameOf;
}

export type Change = 'added' | 'removed' | 'changed';

export interface Difference {
  readonly change: Change;
  readonly path: string;
  /** In a few words, safe for a terminal; null where there was, or is, nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Not a value of a state. */
const NOTHING: unique symbol = Symbol('nothing');

interface Where {
  readonly holder: Where | undefined;
  readonly kind: 'property' | 'entry' | 'member';
  readonly key: unknown;
}

interface Pair {
  readonly kind: Where['kind'];
  readonly key: unknown;
  readonly before: unknown;
  readonly after: unknown;
}

export function* findDifferences(before: ComparedState, after: ComparedState): Generator<Difference> {
  const compared = new Pairs();
  const open: { readonly pairs: Iterator<Pair, void>; readonly where: Where | undefined }[] = [];
  const tell = (where: Where | undefined, one: unknown, other: unknown): Difference => ({
    change: one === NOTHING ? 'added' : other === NOTHING ? 'removed' : 'changed',
    path: pathOf(where),
    before: one === NOTHING ? null : describeValue(one, before.classNameOf).text,
    after: other === NOTHING ? null : describeValue(other, after.classNameOf).text,
  });
  const enter = (one: unknown, other: unknown, where: Where | undefined): Difference | undefined => {
    if (Object.is(one, other)) return undefined;
    if (!isObject(one) || !isObject(other) || !areAlike(one, other, before, after))
      return tell(where, one, other);
    if (compared.add(one, other)) open.push({ pairs: pairsOf(one, other), where });
    return undefined;
  };
  const first = enter(before.root, after.root, undefined);
  if (first !== undefined) yield first;
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const { value: pair, done } = level.pairs.next();
    if (done === true || pair === undefined) {
      open.pop();
      continue;
    }
    const difference = enter(pair.before, pair.after, {
      holder: level.where,
      kind: pair.kind,
      key: pair.key,
    });
    if (difference !== undefined) yield difference;
  }
}

/** Which have been compared, or are being: a cycle leads back to them. */
class Pairs {
  readonly #others = new Map<object, object | Set<object>>();

  /** False of a pair that is there already. */
  add(one: object, other: object): boolean {
    const known = this.#others.get(one);
    if (known === undefined) {
      this.#others.set(one, other instanceof Set ? new Set([other]) : other);
      return true;
    }
    if (known === other) return false;
    const set = known instanceof Set ? known : new Set([known]);
    if (set.has(other)) return false;
    this.#others.set(one, set.add(other));
    return true;
  }
}

/** All but what they hold. */
function areAlike(one: object, other: object, before: ComparedState, after: ComparedState): boolean {
  if (before.classNameOf(one) !== after.classNameOf(other)) return false;
  const { type, text } = describeValue(one, before.classNameOf);
  const described = describeValue(other, after.classNameOf);
  if (type !== described.type) return false;
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) {
    // Elements are told one by one; of what has none, the bytes.
    return types.isTypedArray(one) || areBytesEqual(one, other);
  }
  if (types.isAnyArrayBuffer(one))
    return areBytesEqual(new Uint8Array(one), new Uint8Array(other as ArrayBuffer));
  if (types.isRegExp(one))
    return RegExp.prototype.toString.call(one) === RegExp.prototype.toString.call(other);
  if (one instanceof URL) return URL.prototype.toString.call(one) === URL.prototype.toString.call(other);
  if (one instanceof URLSearchParams) {
    return URLSearchParams.prototype.toString.call(one) === URLSearchParams.prototype.toString.call(other);
  }
  if (types.isDate(one)) return text === described.text;
  if (types.isBoxedPrimitive(one)) return Object.is(one.valueOf(), other.valueOf());
  return true;
}

function areBytesEqual(one: ArrayBufferView, other: ArrayBufferView): boolean {
  return bytesOf(one).equals(bytesOf(other));
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

function* pairsOf(one: object, other: object): Generator<Pair, void> {
  if (types.isTypedArray(one)) {
    yield* pairsOfElements(one, other as typeof one);
    return;
  }
  if (ArrayBuffer.isView(one)) return;
  if (types.isMap(one)) yield* pairsOfEntries(one, other as Map<unknown, unknown>);
  else if (types.isSet(one)) yield* pairsOfMembers(one, other as Set<unknown>);
  yield* pairsOfProperties(one, other);
}

function* pairsOfElements(one: ArrayLike<unknown>, other: ArrayLike<unknown>): Generator<Pair, void> {
  const length = Math.max(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const before = index < one.length ? one[index] : NOTHING;
    const after = index < other.length ? other[index] : NOTHING;
    if (!Object.is(before, after)) yield { kind: 'property', key: index, before, after };
  }
}

function* pairsOfProperties(one: object, other: object): Generator<Pair, void> {
  for (const key of keysOf(one)) {
    const after = Object.hasOwn(other, key) ? ownValue(other, key) : NOTHING;
    yield { kind: 'property', key, before: ownValue(one, key), after };
  }
  for (const key of keysOf(other)) {
    if (!Object.hasOwn(one, key))
      yield { kind: 'property', key, before: NOTHING, after: ownValue(other, key) };
  }
}

function keysOf(value: object): Iterable<number | string | symbol> {
  return Array.isArray(value) ? keysOfArray(value) : Reflect.ownKeys(value);
}

/** Keys that are objects belong together by their order. */
function* pairsOfEntries(one: Map<unknown, unknown>, other: Map<unknown, unknown>): Generator<Pair, void> {
  const keys = [...(Map.prototype.keys.call(one) as Iterable<unknown>)];
  const otherKeys = [...(Map.prototype.keys.call(other) as Iterable<unknown>)];
  for (const key of keys) {
    if (isObject(key)) continue;
    yield {
      kind: 'entry',
      key,
      before: valueOf(one, key),
      after: hasKey(other, key) ? valueOf(other, key) : NOTHING,
    };
  }
  for (const key of otherKeys) {
    if (!isObject(key) && !hasKey(one, key))
      yield { kind: 'entry', key, before: NOTHING, after: valueOf(other, key) };
  }
  const objects = keys.filter((key) => isObject(key));
  const otherObjects = otherKeys.filter((key) => isObject(key));
  for (let index = 0; index < Math.max(objects.length, otherObjects.length); index++) {
    const key = objects[index];
    const otherKey = otherObjects[index];
    if (key !== undefined && otherKey !== undefined)
      yield { kind: 'member', key: index, before: key, after: otherKey };
    const before = key === undefined ? NOTHING : valueOf(one, key);
    const after = otherKey === undefined ? NOTHING : valueOf(other, otherKey);
    yield { kind: 'entry', key: key ?? otherKey, before, after };
  }
}

/** Members that are objects belong together by their order. */
function* pairsOfMembers(one: Set<unknown>, other: Set<unknown>): Generator<Pair, void> {
  const members = [...(Set.prototype.values.call(one) as Iterable<unknown>)];
  const otherMembers = [...(Set.prototype.values.call(other) as Iterable<unknown>)];
  for (const [index, before] of members.entries()) {
    if (!isObject(before) && !isMember(other, before))
      yield { kind: 'member', key: index, before, after: NOTHING };
  }
  for (const [index, after] of otherMembers.entries()) {
    if (!isObject(after) && !isMember(one, after))
      yield { kind: 'member', key: index, before: NOTHING, after };
  }
  const objects = members.filter((member) => isObject(member));
  const otherObjects = otherMembers.filter((member) => isObject(member));
  for (let index = 0; index < Math.max(objects.length, otherObjects.length); index++) {
    const before = index < objects.length ? objects[index] : NOTHING;
    const after = index < otherObjects.length ? otherObjects[index] : NOTHING;
    yield { kind: 'member', key: index, before, after };
  }
}

function hasKey(map: object, key: unknown): boolean {
  return Map.prototype.has.call(map, key);
}

function valueOf(map: object, key: unknown): unknown {
  return Map.prototype.get.call(map, key);
}

function isMember(set: object, value: unknown): boolean {
  return Set.prototype.has.call(set, value);
}

/** Of a longer path the first steps and the last are of no use alone: the last are shown. */
const STEPS_MAX = 64;

/** As faultguard writes it. */
function pathOf(where: Where | undefined): string {
  const steps: string[] = [];
  let at = where;
  for (; at !== undefined && steps.length < STEPS_MAX; at = at.holder) {
    if (at.kind === 'entry') steps.push(formatEntryStep(at.key));
    else if (at.kind === 'member') steps.push(`[${String(at.key)}]`);
    else steps.push(formatPropertyStep(at.key as PropertyKey));
  }
  return `state${at === undefined ? '' : '…'}${steps.toReversed().join('')}`;
}
