/** How nodes are written that are more than a plain object or array: their kind, their class, their properties. */
import types from 'node:util/types';
import { classNameOf } from '../classes/registry.ts';
import { Attribute, CLOSED_SHIFT, KEY_SHIFT, NodeFlag, TAG_SHIFT } from '../journal/layout.ts';
import { attributesOf, attributesOfLevel, closedLevelOf, descriptorOf } from '../value/attributes.ts';
import type { WordBuffer } from '../value/words.ts';
import type { Adoption } from './adoption.ts';
import { ACCESSOR, Refusal, UNREGISTERED_SYMBOL } from './refusal.ts';
import type { Target, TrackedNode } from './tracked-node.ts';

export interface ReadProperty {
  readonly value: unknown;
  /** What is switched off (`Attribute`). */
  readonly attributes: number;
}

/** A property that can be guarded; a getter is never called. Throws a Refusal. */
export function readProperty(source: object, key: PropertyKey): ReadProperty {
  if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined) throw new Refusal(UNREGISTERED_SYMBOL);
  const descriptor = Reflect.getOwnPropertyDescriptor(source, key);
  if (descriptor === undefined || !('value' in descriptor)) {
    if (descriptor !== undefined && isStack(source, key)) {
      return { value: (source as Error).stack, attributes: Attribute.notEnumerable };
    }
    throw new Refusal(ACCESSOR);
  }
  return { value: descriptor.value, attributes: attributesOf(descriptor) };
}

/** V8 has the stack of an error behind an accessor of its own, which makes the text when it is first read. */
function isStack(source: object, key: PropertyKey): boolean {
  return key === 'stack' && types.isNativeError(source);
}

/** The word behind the id, and the name of a class behind that. */
export function writeKind(buffer: WordBuffer, node: TrackedNode, level: number, flags = 0): void {
  const prototype = Object.getPrototypeOf(node.target) as object | null;
  let head: number = node.kind | (level << CLOSED_SHIFT) | flags;
  if (prototype === null) head |= NodeFlag.nullPrototype;
  const name = prototype === null ? undefined : classNameOf(prototype);
  if (name !== undefined) head |= NodeFlag.hasClass;
  buffer.push(head);
  if (name !== undefined) buffer.pushText(name);
}

/**
 * Properties with what is switched off of each, and takes them into `target` when they are copied. Returns all
 * that is switched off beyond what the level of closing does anyway.
 */
export function writeProperties(
  adoption: Adoption,
  target: Target,
  source: object,
  keys: readonly (string | symbol)[],
  isCopy: boolean,
  level: number = closedLevelOf(source),
): number {
  const { buffer } = adoption;
  const implied = attributesOfLevel(level);
  let all = 0;
  buffer.push(keys.length);
  for (const key of keys) {
    adoption.key = key;
    const { value, attributes } = readProperty(source, key);
    // What a target has from the beginning cannot be made configurable first.
    const said = isInnate(target, key) ? attributes : attributes & ~implied;
    const slot = buffer.length;
    buffer.push(0);
    const keyId = adoption.writeKey(key);
    const tag = adoption.write(value);
    buffer.words[slot] = said | (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
    all |= said;
    if (isCopy) Object.defineProperty(target, key, descriptorOf(adoption.stored, said));
  }
  return all;
}

/** `length` of an array, `lastIndex` of a regular expression. */
function isInnate(target: object, key: string | symbol): boolean {
  return key === 'length' ? Array.isArray(target) : key === 'lastIndex' && types.isRegExp(target);
}
