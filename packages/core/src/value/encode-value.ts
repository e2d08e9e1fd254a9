/**
 * Primitive values as words. Pure: no Node API, so that the same bytes can be written and read anywhere.
 *
 * Invariants:
 * 1. Each writer returns the tag of what it wrote, and `endOfPrimitive()` is the position behind it: two results
 *    without an allocation. The caller has made sure of `primitiveWordsMax(value)` words.
 * 2. What `decode-value.ts` reads back is the same value to `Object.is`.
 */
import { Tag } from '../journal/layout.ts';

const floatView = new Float64Array(1);
const floatWords = new Int32Array(floatView.buffer);

/** From here on a call into native code takes less than one look at each character. */
const BULK_LENGTH_MIN = 64;
const encoder = new TextEncoder();
/** Bytes in a row are words then as the format has them. */
const IS_LITTLE_ENDIAN: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Every value but objects, functions and symbols: its payload says all of it. */
export type Primitive = undefined | null | boolean | number | string | bigint;

/** An int32 takes a third of a float's words. -0 is not one: it would come back as 0. */
export function isInt32(value: number): boolean {
  return (value | 0) === value && (value !== 0 || 1 / value > 0);
}

/** The most words that `writePrimitive` uses for this value. */
export function primitiveWordsMax(value: Primitive): number {
  if (typeof value === 'string') return 2 + (value.length >>> 1);
  if (typeof value === 'bigint') return 3 + (value.toString(16).length >>> 3);
  return 2;
}

let end = 0;
/** The position behind the value that has been written last. */
export function endOfPrimitive(): number {
  return end;
}

/** The payload of any of them, at `words[at]`. */
export function writePrimitive(words: Int32Array, at: number, value: Primitive): number {
  switch (typeof value) {
    case 'number':
      return writeNumber(words, at, value);
    case 'string':
      return writeString(words, at, value);
    case 'boolean':
      end = at;
      return value ? Tag.true : Tag.false;
    case 'bigint':
      end = writeBigInt(words, at, value);
      return Tag.bigint;
    case 'undefined':
      end = at;
      return Tag.undefined;
    default:
      end = at;
      return Tag.null;
  }
}

export function writeNumber(words: Int32Array, at: number, value: number): number {
  if (isInt32(value)) {
    words[at] = value;
    end = at + 1;
    return Tag.int32;
  }
  floatView[0] = value;
  words[at] = floatWords[0] as number;
  words[at + 1] = floatWords[1] as number;
  end = at + 2;
  return Tag.float64;
}

/** Writes length and characters, one byte each when all are below 256, else as UTF-16 units. */
export function writeString(words: Int32Array, at: number, value: string): number {
  const length = value.length;
  words[at] = length;
  let position = at + 1;
  if (length >= BULK_LENGTH_MIN && IS_LITTLE_ENDIAN && writeAscii(words, position, value)) {
    end = position + ((length + 3) >>> 2);
    return Tag.latin1;
  }
  let index = 0;
  let seen = 0;
  for (; index + 4 <= length; index += 4) {
    const a = value.charCodeAt(index);
    const b = value.charCodeAt(index + 1);
    const c = value.charCodeAt(index + 2);
    const d = value.charCodeAt(index + 3);
    seen |= a | b | c | d;
    if (seen > 0xff) break;
    words[position++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (seen <= 0xff && index < length) {
    let last = 0;
    for (let shift = 0; index < length; index++, shift += 8) {
      const unit = value.charCodeAt(index);
      seen |= unit;
      last |= unit << shift;
    }
    words[position++] = last;
  }
  if (seen <= 0xff) {
    end = position;
    return Tag.latin1;
  }
  end = writeUtf16(words, at + 1, value);
  return Tag.utf16;
}

/** False when there is a character beyond 127: what stands in those words then is undefined. */
function writeAscii(words: Int32Array, at: number, value: string): boolean {
  const { length } = value;
  words[at + ((length - 1) >>> 2)] = 0;
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, length);
  // Such a character takes two bytes or more: then they do not suffice.
  return encoder.encodeInto(value, bytes).read === length;
}

function writeUtf16(words: Int32Array, at: number, value: string): number {
  const length = value.length;
  let position = at;
  let index = 0;
  for (; index + 2 <= length; index += 2) {
    words[position++] = value.charCodeAt(index) | (value.charCodeAt(index + 1) << 16);
  }
  if (index < length) words[position++] = value.charCodeAt(index);
  return position;
}

/** The word count of the magnitude, shifted left by the sign bit, then the magnitude from its low word up. */
function writeBigInt(words: Int32Array, at: number, value: bigint): number {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString(16);
  let position = at + 1;
  for (let to = digits.length; to > 0; to -= 8) {
    words[position++] = Number.parseInt(digits.slice(Math.max(0, to - 8), to), 16) | 0;
  }
  words[at] = ((position - at - 1) << 1) | (negative ? 1 : 0);
  return position;
}
