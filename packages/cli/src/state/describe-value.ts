/** What a value is, in a few words: its kind, its size, and as much of it as fits. Safe for a terminal. Runs no code of it. */
import { types } from 'node:util';
import { CustomShell } from '@faultguard/core/internal';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import { formatBytes } from '../terminal/format-amounts.ts';
import { countChildren, ownValue, sizeOf } from './children.ts';

/** The name of a class that only the app knows; undefined of what is plain. */
export type ClassNameOf = (node: object) => string | undefined;

const TEXT_CHARS_MAX = 80;
const NAME_CHARS_MAX = 60;

export interface DescribedValue {
  /** `string`, `Object`, `Map`, `Float64Array`, a class… */
  readonly type: string;
  /** What it is, with its kind. */
  readonly text: string;
  /** Entries, elements, properties; characters of a string; bytes of a buffer. */
  readonly size: number | undefined;
}

export function describeValue(value: unknown, classNameOf: ClassNameOf): DescribedValue {
  if (typeof value === 'string') {
    return { type: 'string', text: quoteText(value), size: value.length };
  }
  if (typeof value === 'bigint') return { type: 'bigint', text: describeBigInt(value), size: undefined };
  if (typeof value === 'symbol') {
    const text = `Symbol(${cutText(Symbol.keyFor(value) ?? value.description ?? '', TEXT_CHARS_MAX)})`;
    return { type: 'symbol', text, size: undefined };
  }
  if (typeof value !== 'object' || value === null) {
    return {
      type: value === null ? 'null' : typeof value,
      text: describePrimitive(value as number),
      size: undefined,
    };
  }
  return describeObject(value, classNameOf);
}

function describePrimitive(value: number | boolean | null | undefined): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** As JSON writes it. */
function quoteText(text: string): string {
  const shown = escapeText(JSON.stringify(text.slice(0, TEXT_CHARS_MAX)));
  return text.length > TEXT_CHARS_MAX
    ? `${shown}… ${(text.length - TEXT_CHARS_MAX).toLocaleString('en')} more`
    : shown;
}

/** To make a text of a large one takes long. */
const BIGINT_SHOWN_MAX = 10n ** 60n;

function describeBigInt(value: bigint): string {
  return value < BIGINT_SHOWN_MAX && value > -BIGINT_SHOWN_MAX
    ? `${value}n`
    : 'a bigint of more than 60 digits';
}

function describeObject(value: object, classNameOf: ClassNameOf): DescribedValue {
  if (value instanceof CustomShell) {
    const type = cutText(value.name, NAME_CHARS_MAX);
    return { type, text: `${type} (custom)`, size: undefined };
  }
  const className = classNameOf(value);
  const name = className === undefined ? undefined : cutText(className, NAME_CHARS_MAX);
  const { type, text, size } = describeKind(value);
  return name === undefined
    ? { type, text, size }
    : { type: name, text: text.replace(type, () => name), size };
}

function describeKind(value: object): DescribedValue {
  if (Array.isArray(value))
    return { type: 'Array', text: `Array(${value.length.toLocaleString('en')})`, size: value.length };
  if (types.isMap(value) || types.isSet(value)) {
    const type = types.isMap(value) ? 'Map' : 'Set';
    const size = sizeOf(value);
    return { type, text: `${type}(${size.toLocaleString('en')})`, size };
  }
  if (ArrayBuffer.isView(value)) return describeView(value);
  if (types.isAnyArrayBuffer(value)) {
    const { byteLength } = value as ArrayBuffer;
    return { type: 'ArrayBuffer', text: `ArrayBuffer (${formatBytes(byteLength)})`, size: byteLength };
  }
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return {
      type: 'Date',
      text: `Date ${Number.isNaN(time) ? 'invalid' : new Date(time).toISOString()}`,
      size: undefined,
    };
  }
  if (types.isRegExp(value)) {
    const text = cutText(RegExp.prototype.toString.call(value), TEXT_CHARS_MAX);
    return { type: 'RegExp', text: `RegExp ${text}`, size: undefined };
  }
  if (types.isNativeError(value)) {
    const message = ownValue(value, 'message');
    const told = typeof message === 'string' ? cutText(message, TEXT_CHARS_MAX) : '';
    return { type: 'Error', text: `Error ${nameOfError(value)}: ${told}`, size: undefined };
  }
  if (types.isBoxedPrimitive(value)) return { type: 'Boxed', text: 'Boxed primitive', size: undefined };
  if (value instanceof URL)
    return {
      type: 'URL',
      text: `URL ${cutText(URL.prototype.toString.call(value), TEXT_CHARS_MAX)}`,
      size: undefined,
    };
  if (value instanceof URLSearchParams) {
    return {
      type: 'URLSearchParams',
      text: `URLSearchParams ${cutText(URLSearchParams.prototype.toString.call(value), TEXT_CHARS_MAX)}`,
      size: undefined,
    };
  }
  const size = countChildren(value);
  const bare = Object.getPrototypeOf(value) === null ? ' (null prototype)' : '';
  return { type: 'Object', text: `Object${bare} {${size.toLocaleString('en')}}`, size };
}

function describeView(view: ArrayBufferView): DescribedValue {
  const type = Buffer.isBuffer(view)
    ? 'Buffer'
    : Object.prototype.toString.call(view).slice('[object '.length, -1);
  const length = types.isTypedArray(view) ? `(${view.length.toLocaleString('en')})` : '';
  return { type, text: `${type}${length} (${formatBytes(view.byteLength)})`, size: view.byteLength };
}

/** Its prototype is the language's own. */
function nameOfError(error: object): string {
  const own = ownValue(error, 'name');
  if (typeof own === 'string') return cutText(own, NAME_CHARS_MAX);
  const prototype: unknown = Object.getPrototypeOf(error);
  const name = typeof prototype === 'object' && prototype !== null ? ownValue(prototype, 'name') : undefined;
  return typeof name === 'string' ? name : 'Error';
}
