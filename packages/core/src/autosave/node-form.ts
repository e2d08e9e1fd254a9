/**
 * One node of the mirror as a checkpoint shows it: what superjson has for its kind, or the nearest that JSON has,
 * and beside that what there is to say of it.
 */
import types from 'node:util/types';
import { VIEW_NAMES } from '../journal/layout.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { sizeBytesMaxOf } from '../value/array-buffers.ts';
import { attributesOfLevel } from '../value/attributes.ts';
import { errorTypeOf } from '../value/builtin-errors.ts';
import { CustomShell } from '../value/custom-shell.ts';
import { indexOf } from '../value/element-key.ts';
import { originOfView, urlOf } from '../value/origins.ts';
import { SUPERJSON_VIEWS } from '../value/superjson.ts';
import {
  type BufferNote,
  type Note,
  type SavedKey,
  type SavedProperty,
  SlotKind,
} from './checkpoint-format.ts';

/** What superjson says of a value that is not plain JSON. */
export type Annotation = string | readonly [string, string];

/** A property whose value is not shown: `entry` is its place in the note, and its third item still to be given. */
interface HiddenProperty {
  readonly entry: [key: SavedKey, attributes: number, place: number];
  readonly value: unknown;
}

export interface NodeForm {
  readonly kind: SlotKind;
  /** `leaf`: `json` says all. `pairs`: the values are keys and values in turn. `content`: one value stands for it. */
  readonly shape: 'leaf' | 'array' | 'object' | 'pairs' | 'content';
  readonly json: string;
  readonly type: Annotation | undefined;
  /** Of an object. */
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly note: Note | undefined;
  readonly hidden: readonly HiddenProperty[];
  /** Of a view or of search parameters: the node that they are made of. */
  readonly of: object | undefined;
}

const NOTHING: readonly never[] = [];

/** An array of which a larger share of its places has elements is written place by place. */
const SPARSE_SHARE_MAX = 1 / 4;
/** A shorter array is written with its holes. */
const SPARSE_LENGTH_MIN = 1000;

/** More elements are written as base64: superjson would not get far with them. */
const LISTED_ELEMENTS_MAX = 1_000_000;

/** The values of an array are the array itself: see `beforeChange` in encode-checkpoint.ts. */
export function formOf(
  node: object,
  mirror: Mirror,
  readBytes: (buffer: ArrayBuffer) => Uint8Array,
): NodeForm {
  const builder = new FormBuilder(node, mirror, readBytes);
  return builder.build();
}

class FormBuilder {
  kind: SlotKind = SlotKind.object;
  shape: NodeForm['shape'] = 'object';
  json = '';
  type: Annotation | undefined;
  keys: readonly string[] = NOTHING;
  values: readonly unknown[] = NOTHING;
  hidden: HiddenProperty[] | undefined;
  of: object | undefined;
  readonly #note: Note = {};
  readonly #node: object;
  readonly #mirror: Mirror;
  readonly #readBytes: (buffer: ArrayBuffer) => Uint8Array;

  constructor(node: object, mirror: Mirror, readBytes: (buffer: ArrayBuffer) => Uint8Array) {
    this.#node = node;
    this.#mirror = mirror;
    this.#readBytes = readBytes;
  }

  build(): NodeForm {
    const node = this.#node;
    if (Array.isArray(node)) this.#array(node);
    else if (node instanceof CustomShell) this.#custom(node);
    else if (types.isMap(node)) this.#map(node);
    else if (types.isSet(node)) this.#set(node);
    else if (types.isDate(node)) this.#date(node);
    else if (types.isRegExp(node)) this.#leaf(SlotKind.regExp, 'regexp', JSON.stringify(String(node)));
    else if (types.isNativeError(node)) this.#error(node);
    else if (types.isBoxedPrimitive(node)) this.#boxed(node);
    else if (types.isArrayBuffer(node)) this.#buffer(node);
    else if (ArrayBuffer.isView(node)) this.#view(node);
    else if (node instanceof URL) this.#leaf(SlotKind.url, 'URL', JSON.stringify(node.href));
    else if (node instanceof URLSearchParams) this.#searchParams(node);
    else this.#object(node);
    const hasNote = Object.keys(this.#note).length > 0;
    return {
      kind: this.kind,
      shape: this.shape,
      json: this.json,
      type: this.type,
      keys: this.keys,
      values: this.values,
      note: hasNote ? this.#note : undefined,
      hidden: this.hidden ?? NOTHING,
      of: this.of,
    };
  }

  #object(node: object): void {
    this.#describe(true);
    const keys = Object.keys(node);
    this.keys = keys;
    this.values = keys.map((key) => (node as Record<string, unknown>)[key]);
  }

  #array(node: unknown[]): void {
    this.#mirror.settle(node);
    this.kind = SlotKind.array;
    this.shape = 'array';
    this.values = node;
    if (this.#mirror.isUsual(node)) {
      this.#describe(true);
      return;
    }
    this.#describe(true, (key) => !isIndex(key));
    // Those that are not enumerable too.
    const indices = Object.getOwnPropertyNames(node).filter(isIndex);
    if (node.length < SPARSE_LENGTH_MIN || indices.length > node.length * SPARSE_SHARE_MAX) return;
    this.kind = SlotKind.sparse;
    this.shape = 'object';
    this.#note.length = node.length;
    this.keys = indices;
    this.values = indices.map((index) => node[Number(index)]);
  }

  #map(node: Map<unknown, unknown>): void {
    this.#describe();
    this.kind = SlotKind.map;
    this.shape = 'pairs';
    this.type = 'map';
    const values: unknown[] = [];
    Map.prototype.forEach.call(node, (value, key) => void values.push(key, value));
    this.values = values;
  }

  #set(node: Set<unknown>): void {
    this.#describe();
    this.kind = SlotKind.set;
    this.shape = 'array';
    this.type = 'set';
    this.values = [...Set.prototype.values.call(node)];
  }

  #date(node: Date): void {
    const time = Date.prototype.getTime.call(node);
    if (Number.isNaN(time)) this.#leaf(SlotKind.date, undefined, 'null');
    else this.#leaf(SlotKind.date, 'Date', `"${Date.prototype.toISOString.call(node)}"`);
  }

  #error(node: Error): void {
    this.kind = SlotKind.error;
    this.#note.type = errorTypeOf(node);
    this.#describe(true, undefined, true);
    this.type = 'Error';
    const own = Object.getOwnPropertyNames(node);
    // superjson wants a name; the places of the others stay what they are.
    this.keys = own.includes('name') ? own : [...own, 'name'];
    this.values = this.keys.map((key) => Reflect.get(node, key) as unknown);
  }

  #boxed(node: object): void {
    const { kind, json } = formOfPrimitive(node.valueOf());
    this.#leaf(SlotKind.boxed, undefined, json);
    if (kind !== undefined) this.#note.boxed = kind;
  }

  #searchParams(node: URLSearchParams): void {
    this.#leaf(SlotKind.searchParams, undefined, JSON.stringify(String(node)));
    this.of = urlOf(node);
  }

  #custom(node: CustomShell): void {
    this.kind = SlotKind.custom;
    this.shape = 'content';
    this.type = ['custom', node.name];
    this.#note.name = node.name;
    this.values = [node.content];
  }

  #buffer(node: ArrayBuffer): void {
    this.#leaf(SlotKind.buffer, undefined, 'null');
    this.#note.bytes = noteOfBuffer(node, this.#mirror, this.#readBytes(node));
  }

  #view(node: ArrayBufferView): void {
    const origin = originOfView(node);
    if (origin === undefined) throw new Error('a view has been made by somebody else');
    const { type, byteOffset, length, buffer } = origin;
    const name = VIEW_NAMES[type] as string;
    this.kind = SlotKind.view;
    this.#describe();
    this.#note.type = type;
    if (byteOffset !== 0) this.#note.byteOffset = byteOffset;
    this.#note.size = length ?? null;
    this.of = buffer;
    const all = this.#readBytes(buffer as ArrayBuffer);
    const elementBytes = (node as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const end = length === undefined ? all.length : byteOffset + length * elementBytes;
    // Beyond the end of a resizable buffer a view has no elements.
    const bytes = end > all.length ? all.subarray(0, 0) : all.subarray(byteOffset, end);
    const listed = SUPERJSON_VIEWS.has(name) ? listElements(bytes, name) : undefined;
    if (listed === undefined) {
      this.shape = 'leaf';
      this.json = `"${toBase64(bytes)}"`;
    } else {
      this.shape = 'array';
      this.type = ['typed-array', name];
      this.values = listed;
    }
  }

  #leaf(kind: SlotKind, type: Annotation | undefined, json: string): void {
    this.kind = kind;
    this.shape = 'leaf';
    this.type = type;
    this.json = json;
    this.#describe();
  }

  /**
   * Class, closing and properties. `isShown`: properties are part of the JSON as far as JSON shows them (with
   * `showsAll`, also those that are not enumerable), of others all stand elsewhere.
   */
  #describe(isShown = false, isIncluded?: (key: string) => boolean, showsAll = false): void {
    const node = this.#node;
    const note = this.#note;
    const name = this.#mirror.classNameOf(node);
    if (name !== undefined) {
      note.class = name;
      if (this.shape === 'object' && this.kind === SlotKind.object) this.type = ['class', name];
    }
    if (this.kind === SlotKind.object && Object.getPrototypeOf(node) === null) note.bare = 1;
    const level = this.#mirror.closedLevelOf(node);
    if (level !== 0) note.closed = level;
    // The others have no properties but those of their kind.
    if (ArrayBuffer.isView(node) || types.isAnyArrayBuffer(node)) return;
    if (isShown && !showsAll && this.#mirror.isUsual(node)) return;
    this.#describeProperties(level, isShown, isIncluded, showsAll);
  }

  #describeProperties(
    level: number,
    isShown: boolean,
    isIncluded: ((key: string) => boolean) | undefined,
    showsAll: boolean,
  ): void {
    const node = this.#node;
    const implied = attributesOfLevel(level);
    const properties: SavedProperty[] = [];
    let isNeeded = showsAll;
    for (const key of Reflect.ownKeys(node)) {
      const descriptor = Object.getOwnPropertyDescriptor(node, key) as PropertyDescriptor;
      if (isInnate(node, key, descriptor)) continue;
      const own = this.#mirror.attributesOf(node, key, descriptor);
      const attributes = isInnateKey(node, key) ? own : own & ~implied;
      const isElement = typeof key === 'string' && isIncluded?.(key) === false;
      if (isElement && attributes === 0) continue;
      const isVisible =
        isShown &&
        typeof key === 'string' &&
        (isElement || (isIncluded === undefined && (showsAll || descriptor.enumerable === true)));
      if (isVisible) properties.push(attributes === 0 ? key : [key, attributes]);
      else {
        const saved: SavedKey = typeof key === 'string' ? key : [Symbol.keyFor(key) as string];
        const entry: [SavedKey, number, number] = [saved, attributes, 0];
        properties.push(entry);
        (this.hidden ??= []).push({ entry, value: descriptor.value as unknown });
      }
      isNeeded ||= !isVisible || attributes !== 0;
    }
    if (isNeeded) this.#note.properties = properties;
  }
}

/** A property that each node of its kind has, as it is made. */
function isInnate(node: object, key: string | symbol, descriptor: PropertyDescriptor): boolean {
  if (types.isBoxedPrimitive(node)) {
    return (
      typeof key === 'string' && typeof node.valueOf() === 'string' && (key === 'length' || isIndex(key))
    );
  }
  if (!isInnateKey(node, key) || descriptor.writable !== true) return false;
  return key === 'length' || descriptor.value === 0;
}

function isInnateKey(node: object, key: string | symbol): boolean {
  return key === 'length' ? Array.isArray(node) : key === 'lastIndex' && types.isRegExp(node);
}

function isIndex(key: string): boolean {
  return indexOf(key) >= 0;
}

/** A value that is no object. `kind`: what to say of it when JSON does not have it; `type`: what superjson says. */
export interface PrimitiveForm {
  readonly kind: PrimitiveKind | undefined;
  readonly json: string;
  readonly type: Annotation | undefined;
}
type PrimitiveKind = 'undefined' | 'number' | 'bigint' | 'symbol';

export function formOfPrimitive(value: unknown): PrimitiveForm {
  switch (typeof value) {
    case 'undefined':
      return { kind: SlotKind.undefined, json: 'null', type: 'undefined' };
    case 'bigint':
      return { kind: SlotKind.bigint, json: `"${value}"`, type: 'bigint' };
    case 'symbol':
      return { kind: SlotKind.symbol, json: JSON.stringify(Symbol.keyFor(value)), type: undefined };
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) break;
      return { kind: SlotKind.number, json: Object.is(value, -0) ? '"-0"' : `"${value}"`, type: 'number' };
    default:
  }
  return { kind: undefined, json: JSON.stringify(value), type: undefined };
}

/** The elements as superjson writes them: what is no JSON number becomes null. Undefined for too many. */
function listElements(bytes: Uint8Array, name: string): readonly unknown[] | undefined {
  const type = globalThis[name as 'Float64Array'];
  const count = Math.floor(bytes.length / type.BYTES_PER_ELEMENT);
  if (count > LISTED_ELEMENTS_MAX) return undefined;
  // Of their own, where they are aligned.
  const elements = new type(bytes.slice(0, count * type.BYTES_PER_ELEMENT).buffer);
  return Array.from(elements, (element) => (Number.isFinite(element) ? element + 0 : null));
}

function noteOfBuffer(buffer: ArrayBuffer, mirror: Mirror, bytes: Uint8Array): BufferNote {
  const note: BufferNote = { sizeBytes: bytes.length, base64: toBase64(bytes) };
  const sizeBytesMax = sizeBytesMaxOf(buffer);
  if (sizeBytesMax !== undefined) note.sizeBytesMax = sizeBytesMax;
  const memory = mirror.memoryOf(buffer);
  if (memory !== undefined) note.memory = [memory.file, memory.offsetBytes];
  return note;
}

function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
