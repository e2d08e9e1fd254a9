/**
 * The counterpart of encode-value.ts. It reads what another process has written: every length is checked
 * against the end of the record before it is used.
 */
import { Tag } from '../journal/layout.ts';
import { InvalidRecordError, type Cursor } from './cursor.ts';

/** What Node's Buffer adds: its own way from bytes to a string. A browser has none that keeps every unit. */
interface NativeBuffer {
  latin1Slice(from: number, to: number): string;
  ucs2Slice(from: number, to: number): string;
}

function isNativeBuffer(bytes: Uint8Array): bytes is Uint8Array & NativeBuffer {
  return 'latin1Slice' in bytes;
}

/** `String.fromCharCode.apply` takes its characters as arguments: this many fit on any stack. */
const CHARS_PER_CALL = 8192;

export function readPrimitive(cursor: Cursor, tag: number): unknown {
  switch (tag) {
    case Tag.undefined:
      return undefined;
    case Tag.null:
      return null;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.int32:
      return cursor.next();
    case Tag.float64:
      return cursor.nextFloat();
    case Tag.latin1:
    case Tag.utf16:
      return readString(cursor, tag);
    case Tag.bigint:
      return readBigInt(cursor);
    default:
      throw new InvalidRecordError(`unknown value tag ${tag}`);
  }
}

export function readString(cursor: Cursor, tag: number): string {
  if (tag !== Tag.latin1 && tag !== Tag.utf16) throw new InvalidRecordError(`tag ${tag} is not a string's`);
  const length = cursor.next() >>> 0;
  const unitBytes = tag === Tag.latin1 ? 1 : 2;
  const from = cursor.take(Math.ceil((length * unitBytes) / 4)) * 4;
  const { bytes } = cursor;
  if (isNativeBuffer(bytes))
    return tag === Tag.latin1
      ? bytes.latin1Slice(from, from + length)
      : bytes.ucs2Slice(from, from + length * 2);
  const units =
    tag === Tag.latin1
      ? bytes.subarray(from, from + length)
      : new Uint16Array(bytes.buffer, bytes.byteOffset + from, length);
  const parts: string[] = [];
  for (let at = 0; at < length; at += CHARS_PER_CALL) {
    parts.push(charsToString(units.subarray(at, at + CHARS_PER_CALL)));
  }
  return parts.join('');
}

function charsToString(units: Uint8Array | Uint16Array): string {
  return String.fromCharCode.apply(null, units as unknown as number[]);
}

function readBigInt(cursor: Cursor): bigint {
  const head = cursor.next() >>> 0;
  const count = head >>> 1;
  const from = cursor.take(count);
  let digits = '';
  for (let at = from + count - 1; at >= from; at--) {
    digits += ((cursor.words[at] as number) >>> 0).toString(16).padStart(8, '0');
  }
  const magnitude = BigInt(`0x${digits || '0'}`);
  return (head & 1) === 1 ? -magnitude : magnitude;
}
