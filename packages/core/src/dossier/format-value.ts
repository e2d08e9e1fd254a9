/** What was assigned, in a few words: primitives as they are, containers by kind and size, never what is in them. */
import types from 'node:util/types';

/** Characters of a string that are shown. */
const VALUE_CHARS_MAX = 100;

export function formatPrimitive(value: unknown): string {
  if (typeof value === 'string') {
    const isCut = value.length > VALUE_CHARS_MAX;
    return JSON.stringify(value.slice(0, VALUE_CHARS_MAX)) + (isCut ? '…' : '');
  }
  if (Object.is(value, -0)) return '-0';
  return cut(typeof value === 'bigint' ? formatBigInt(value) : String(value));
}

/** Digits are made of no more than are shown. */
function formatBigInt(value: bigint): string {
  const limit = 10n ** BigInt(VALUE_CHARS_MAX);
  return value < limit && value > -limit ? `${value}n` : 'a bigint of more than 100 digits';
}

export function cut(text: string): string {
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}

export function formatTime(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
}

/** A node of the mirror. Runs none of its code: a rescue may have changed it. */
export function formatNode(node: object, className: string | undefined): string {
  if (types.isProxy(node)) return 'Object';
  if (className !== undefined) return cut(className);
  if (Array.isArray(node)) return `Array(${node.length})`;
  if (types.isMap(node)) return 'Map';
  if (types.isSet(node)) return 'Set';
  if (types.isDate(node)) return 'Date';
  if (types.isRegExp(node)) return 'RegExp';
  if (types.isNativeError(node)) return 'Error';
  if (types.isTypedArray(node)) return 'TypedArray';
  if (types.isDataView(node)) return 'DataView';
  if (types.isAnyArrayBuffer(node)) return 'ArrayBuffer';
  return 'Object';
}
