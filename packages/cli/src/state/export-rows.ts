/** A state, or a part of it, as lines of JSON and as CSV (RFC 4180). */
import { types } from 'node:util';
import { encodeSuperjson } from '@faultguard/core/internal';
import { childrenOf } from './children.ts';

interface Row {
  /** Undefined for an element, whose place is its number. */
  readonly key: unknown;
  readonly value: unknown;
}

/** Elements and members; of a Map its entries, of any other object its properties. Of a primitive itself. */
function* rowsOf(value: unknown): Generator<Row> {
  if (typeof value !== 'object' || value === null || types.isDate(value)) {
    yield { key: undefined, value };
    return;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      yield { key: undefined, value: Object.getOwnPropertyDescriptor(value, index)?.value as unknown };
    }
    return;
  }
  const isList = types.isSet(value) || types.isTypedArray(value);
  for (const child of childrenOf(value)) {
    if (isList) yield { key: undefined, value: child.value };
    else yield { key: 'key' in child ? child.key : nameOf(child.step), value: child.value };
  }
}

/** Of a property: the step without what stands around the name. */
function nameOf(step: string): string {
  return step.startsWith('.')
    ? step.slice(1)
    : step.startsWith('["')
      ? (JSON.parse(step.slice(1, -1)) as string)
      : step;
}

/** A value a line; of what has keys `{"key":…,"value":…}`. */
export function* encodeLines(value: unknown): Generator<string> {
  for (const { key, value: item } of rowsOf(value)) {
    yield* encodeSuperjson(key === undefined ? item : { key, value: item }, { isPlain: true });
    yield '\n';
  }
}

/**
 * A row an element, a column a key of any of them, in the order in which they come. What is no object with keys has the
 * column `value`; what has a key of its own has it in the first column. Objects in cells are JSON.
 */
export function* encodeCsv(value: unknown): Generator<string> {
  const columns = new Set<string>();
  let hasKeys = false;
  for (const row of rowsOf(value)) {
    hasKeys ||= row.key !== undefined;
    for (const column of columnsOf(row.value)) columns.add(column);
  }
  const names = [...columns];
  const header = hasKeys ? [columns.has('key') ? '(key)' : 'key', ...names] : names;
  yield `${header.map((name) => quote(name)).join(',')}\r\n`;
  for (const row of rowsOf(value)) {
    const isRecord = isRecordLike(row.value);
    const cells = names.map((name) => {
      if (!isRecord) return name === VALUE ? row.value : undefined;
      return Object.getOwnPropertyDescriptor(row.value, name)?.value as unknown;
    });
    yield `${(hasKeys ? [row.key, ...cells] : cells).map((cell) => quote(textOf(cell))).join(',')}\r\n`;
  }
}

const VALUE = 'value';

function columnsOf(value: unknown): readonly string[] {
  return isRecordLike(value) ? Object.keys(value) : [VALUE];
}

function isRecordLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? '' : new Date(time).toISOString();
  }
  if (typeof value === 'symbol') return Symbol.keyFor(value) ?? '';
  if (typeof value !== 'object') return textOfNumber(value as number);
  return [...encodeSuperjson(value, { isPlain: true })].join('');
}

function textOfNumber(value: number | bigint | boolean): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
