import { Tag } from '../journal/layout.ts';
import { endOfPrimitive, type Primitive, primitiveWordsMax, writePrimitive } from '../value/encode-value.ts';
import type { WordBuffer } from '../value/words.ts';
import { Refusal, UNREGISTERED_SYMBOL } from './refusal.ts';

/** A value without parts. Returns its tag. Throws a Refusal for a symbol that no other process knows. */
export function writeSimple(buffer: WordBuffer, value: Primitive | symbol): number {
  if (typeof value === 'symbol') {
    const text = Symbol.keyFor(value);
    if (text === undefined) throw new Refusal(UNREGISTERED_SYMBOL);
    buffer.pushText(text);
    return Tag.symbol;
  }
  buffer.reserve(primitiveWordsMax(value));
  const tag = writePrimitive(buffer.words, buffer.length, value);
  buffer.length = endOfPrimitive();
  return tag;
}
