/**
 * The text of a checkpoint, read back into a mirror: the counterpart of encode-checkpoint.ts.
 *
 * Invariants:
 * 1. Nothing is believed: each part is checked for its type, each number for its range, before it is used.
 * 2. Plain objects and arrays of the JSON become the nodes themselves: the state never stands in memory twice.
 * 3. No recursion, whatever the depth; no code of the user's runs.
 *
 * Long, because what is checked of a place depends on all that has been read before it: one walk, with one state.
 */
import { ATTRIBUTES_MASK, Closed, NodeKind, ROOT_ID, SEGMENT_BYTES, WORD_BYTES } from '../journal/layout.ts';
import type { BufferMaking, NodeDescription, NodeMaking } from '../journal/decode-record.ts';
import type { JournalPosition } from '../journal/reader.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import {
  CHECKPOINT_VERSION,
  type CheckpointHeader,
  DOCUMENT,
  type Note,
  type SavedCrash,
  SlotKind,
} from './checkpoint-format.ts';

/** A checkpoint that is whole and makes no sense: damaged before it was packed, or forged. */
export class InvalidCheckpointError extends Error {
  override name = 'InvalidCheckpointError';
}

export interface DecodedCheckpoint {
  readonly header: CheckpointHeader;
  /** The journal's keys, by their ids. */
  readonly keys: (string | symbol)[];
  /** How the app has ended; null after a clean exit, undefined when it had not. */
  readonly end: SavedCrash | null | undefined;
}

interface Slot {
  readonly container: number;
  readonly index: number;
  readonly kind: SlotKind;
  readonly said: unknown;
}

/** A node whose contents are being read. */
interface Frame {
  readonly number: number;
  readonly kind: SlotKind;
  readonly node: object;
  /** The JSON of the contents: the node itself where that is plain. */
  readonly json: Record<string, unknown> | readonly unknown[];
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  /** Attributes by key, where some are switched off. */
  readonly attributes: ReadonlyMap<string, number> | undefined;
  index: number;
  /** The key of the entry of a Map that is being read. */
  key: unknown;
}

/** What a value of `exact.values` is for. */
type Purpose =
  | { readonly node: object; readonly key: string | symbol; readonly attributes: number }
  | { readonly contentsOf: object; readonly kind: SlotKind; readonly number: number; readonly note: Note };

/** Fills an empty mirror. Throws InvalidCheckpointError. `text` is what has been unpacked. */
export function decodeCheckpoint(text: string, mirror: Mirror): DecodedCheckpoint {
  try {
    return new CheckpointDecoder(parse(text), mirror).decode();
  } catch (error) {
    if (error instanceof InvalidCheckpointError) throw error;
    // What the mirror or the language refuses: a node that exists, a constant, a length that is none.
    if (error instanceof InvalidRecordError || error instanceof TypeError || error instanceof RangeError) {
      throw new InvalidCheckpointError(error.message, { cause: error });
    }
    throw error;
  }
}

/** What stands at the beginning of a text that may go on; undefined where that is not it. */
export function parseHeader(beginning: string): CheckpointHeader | undefined {
  const end = beginning.indexOf(',"json":');
  if (!beginning.startsWith(HEADER_BEGINNING) || end < 0) return undefined;
  try {
    return checkHeader(JSON.parse(beginning.slice(HEADER_BEGINNING.length, end)));
  } catch {
    return undefined;
  }
}

const HEADER_BEGINNING = '{"faultguard":';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message shows what stands there.
    throw new InvalidCheckpointError('it is not JSON', { cause: error });
  }
}

class CheckpointDecoder {
  readonly #mirror: Mirror;
  readonly #header: CheckpointHeader;
  readonly #root: unknown;
  readonly #values: readonly unknown[];
  readonly #slots: readonly unknown[];
  readonly #ids: readonly unknown[];
  readonly #keys: readonly unknown[];
  readonly #end: SavedCrash | null | undefined;
  #slotIndex = 0;
  #slot: Slot | undefined;
  readonly #nodes: object[] = [];
  readonly #frames: Frame[] = [];
  readonly #purposes = new Map<number, Purpose>();
  readonly #toClose: [node: object, level: number][] = [];

  constructor(document: unknown, mirror: Mirror) {
    this.#mirror = mirror;
    const { faultguard, json, exact } = asRecord(document, 'the document');
    this.#header = checkHeader(faultguard);
    this.#root = json;
    const { values, slots, ids, keys, end } = asRecord(exact, '"exact"');
    this.#end = end === undefined || end === null ? end : asRecord(end, 'an end');
    this.#values = asArray(values, '"values"');
    this.#slots = asArray(slots, '"slots"');
    this.#ids = asArray(ids, '"ids"');
    this.#keys = asArray(keys, '"keys"');
  }

  decode(): DecodedCheckpoint {
    this.#nextSlot();
    // A session that has just begun has no state yet.
    if (this.#ids.length > 0) {
      const root = this.#value(this.#root, DOCUMENT, 0);
      this.#readContents();
      for (let place = 0; place < this.#values.length; place++) this.#readBeside(place);
      for (const [node, level] of this.#toClose) this.#mirror.closeNode(node, level);
      if (this.#mirror.nodeById(ROOT_ID) !== root)
        throw new InvalidCheckpointError('its root is not the first node');
      this.#mirror.setRoot(root);
    }
    if (this.#slot !== undefined)
      throw new InvalidCheckpointError('it says something of a place that it does not have');
    if (this.#nodes.length !== this.#ids.length)
      throw new InvalidCheckpointError('it has other nodes than it says');
    return { header: this.#header, keys: this.#keys.map(decodeKey), end: this.#end };
  }

  #readBeside(place: number): void {
    const purpose = this.#purposes.get(place);
    const json = this.#values[place];
    if (purpose === undefined) {
      // A node that nothing holds, but that the journal may name.
      this.#value(json, DOCUMENT, place + 1);
    } else if ('contentsOf' in purpose) {
      this.#open(purpose.contentsOf, purpose.kind, json, purpose.number, purpose.note);
    } else {
      const value = this.#value(json, DOCUMENT, place + 1);
      this.#mirror.fillProperty(purpose.node, purpose.key, purpose.attributes, value);
    }
    this.#readContents();
  }

  #readContents(): void {
    const frames = this.#frames;
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const index = ++frame.index;
      if (index < frame.length) {
        this.#readSlot(frame, index);
        continue;
      }
      frames.pop();
      const { kind, node, json } = frame;
      // It may end with holes.
      if (kind === SlotKind.array && node !== json && (node as unknown[]).length < frame.length) {
        this.#mirror.fillLength(node, frame.length);
      }
    }
  }

  #readSlot(frame: Frame, index: number): void {
    const { json, keys, kind, node, number } = frame;
    if (kind === SlotKind.map) {
      const pair = asArray((json as readonly unknown[])[index >>> 1], 'an entry of a Map');
      if (pair.length !== 2) throw new InvalidCheckpointError('an entry of a Map is not a pair');
      const value = this.#value(pair[index & 1], number, index);
      if ((index & 1) === 0) frame.key = value;
      else this.#mirror.fillEntry(node, frame.key, value);
      return;
    }
    if (kind === SlotKind.custom) {
      this.#mirror.fillContent(node, this.#value((json as readonly unknown[])[0], number, index));
      return;
    }
    if (keys === undefined) {
      this.#readElement(frame, (json as readonly unknown[])[index], index);
      return;
    }
    const key = keys[index] as string;
    const shown = (json as Record<string, unknown>)[key];
    const value = this.#value(shown, number, index);
    const attributes = frame.attributes?.get(key) ?? 0;
    if (kind === SlotKind.sparse) this.#mirror.fillElement(node, toIndex(key), attributes, value);
    else if (node !== json || value !== shown || attributes !== 0)
      this.#mirror.fillProperty(node, key, attributes, value);
  }

  #readElement({ node, json, kind, number, attributes }: Frame, shown: unknown, index: number): void {
    if (this.#isHole(number, index)) {
      this.#nextSlot();
      if (node === json) this.#mirror.fillHole(node, index);
      return;
    }
    const value = this.#value(shown, number, index);
    if (kind === SlotKind.set) this.#mirror.fillMember(node, value);
    else {
      const switchedOff = attributes?.get(String(index)) ?? 0;
      if (node !== json || value !== shown || switchedOff !== 0) {
        this.#mirror.fillElement(node, index, switchedOff, value);
      }
    }
  }

  #isHole(container: number, index: number): boolean {
    const slot = this.#slot;
    return slot?.kind === SlotKind.hole && slot.container === container && slot.index === index;
  }

  /** What stands at a place. A container is opened, and its contents are still to be read. */
  #value(json: unknown, container: number, index: number): unknown {
    const slot = this.#slot;
    if (slot === undefined || slot.container !== container || slot.index !== index) {
      if (!isObject(json)) return json;
      return this.#plainNode(json, Array.isArray(json) ? SlotKind.array : SlotKind.object, NOTHING);
    }
    this.#nextSlot();
    const { kind, said } = slot;
    if (kind === SlotKind.again) return this.#nodeOf(said);
    if (isPrimitiveKind(kind)) return decodePrimitive(kind, json);
    return this.#node(kind, json, said === undefined ? {} : asRecord(said, 'a note'));
  }

  #nodeOf(number: unknown): object {
    const node = typeof number === 'number' ? this.#nodes[number - 1] : undefined;
    if (node === undefined) throw new InvalidCheckpointError(`there is no node ${String(number)} yet`);
    return node;
  }

  #nextSlot(): void {
    if (this.#slotIndex === this.#slots.length) {
      this.#slot = undefined;
      return;
    }
    const [container, index, kind, said] = asArray(this.#slots[this.#slotIndex++], 'a slot');
    this.#slot = { container: asCount(container), index: asCount(index), kind: kind as SlotKind, said };
  }

  /** The id of the node that is about to be made. */
  #nextId(): number {
    const id = asCount(this.#ids[this.#nodes.length]);
    if (id > 0xffff_ffff) throw new InvalidCheckpointError('an id is none');
    return id;
  }

  /** An object or array of the JSON itself, unless it is of a class or without a prototype. */
  #plainNode(json: object, kind: SlotKind, note: Note): object {
    const node = this.#mirror.addNode(this.#nextId(), json);
    const number = this.#nodes.push(node);
    if (note !== NOTHING || this.#slot?.container === number || !isLeaf(json)) {
      this.#open(node, kind, json, number, note);
    }
    return node;
  }

  #node(kind: SlotKind, json: unknown, note: Note): object {
    const isPlain = note.class === undefined && note.bare === undefined && note.contents === undefined;
    if (isPlain && kind === SlotKind.array) return this.#plainNode(asArray(json, 'an array'), kind, note);
    if (isPlain && kind === SlotKind.object && !hidesProperties(note)) {
      return this.#plainNode(asRecord(json, 'an object'), kind, note);
    }
    const id = this.#nextId();
    // What it is made of may be a node too, whose number comes behind this one's.
    const number = this.#nodes.push(NO_NODE);
    const description: NodeDescription = {
      kind: kindOf(kind),
      hasNullPrototype: note.bare === 1,
      className: note.class === undefined ? undefined : asText(note.class),
      making: this.#making(kind, json, note),
    };
    const node = this.#mirror.createNode(id, description);
    this.#nodes[number - 1] = node;
    if (kind === SlotKind.buffer) this.#readMemory(node as ArrayBuffer, note.bytes);
    if (note.contents === undefined) this.#open(node, kind, json, number, note);
    else {
      this.#need(note.contents, { contentsOf: node, kind, number, note });
    }
    return node;
  }

  #readMemory(buffer: ArrayBuffer, note: unknown): void {
    const { memory } = asRecord(note, 'a buffer');
    if (memory === undefined) return;
    const [file, offsetBytes] = asArray(memory, 'a place in memory');
    this.#mirror.setMemory(buffer, asCount(file), asCount(offsetBytes));
  }

  #need(place: unknown, purpose: Purpose): void {
    const at = asCount(place);
    if (at >= this.#values.length || this.#purposes.has(at)) {
      throw new InvalidCheckpointError(`value ${at} is missing, or needed twice`);
    }
    this.#purposes.set(at, purpose);
  }

  #making(kind: SlotKind, json: unknown, note: Note): NodeMaking {
    switch (kind) {
      case SlotKind.date:
        return { is: 'time', time: json === null ? NaN : timeOf(asText(json)) };
      case SlotKind.regExp: {
        // superjson's own way to read it.
        const text = asText(json);
        const end = text.lastIndexOf('/');
        return { is: 'expression', source: text.slice(1, end), flags: text.slice(end + 1) };
      }
      case SlotKind.error:
        return { is: 'error', type: asCount(note.type) };
      case SlotKind.boxed:
        return {
          is: 'primitive',
          value: note.boxed === undefined ? json : decodePrimitive(note.boxed, json),
        };
      case SlotKind.url:
        return { is: 'text', text: asText(json) };
      case SlotKind.custom:
        return { is: 'text', text: asText(note.name) };
      case SlotKind.searchParams:
        return note.of === undefined
          ? { is: 'text', text: asText(json) }
          : { is: 'part', of: this.#url(note.of) };
      case SlotKind.buffer:
        return makingOfBuffer(note.bytes);
      case SlotKind.view: {
        const type = asCount(note.type);
        const { byteOffset = 0, size } = note;
        return {
          is: 'view',
          type,
          byteOffset: asCount(byteOffset),
          length: size === null ? undefined : asCount(size),
          buffer: this.#bufferOf(note.buffer),
        };
      }
      default:
        return { is: 'empty' };
    }
  }

  #url(of: unknown): object {
    if (typeof of === 'number') return this.#nodeOf(of);
    const { href, note } = asRecord(of, 'a URL') as { href?: unknown; note?: unknown };
    return this.#node(SlotKind.url, href, note === undefined ? {} : asRecord(note, 'a note'));
  }

  #bufferOf(buffer: unknown): object {
    if (typeof buffer === 'number') return this.#nodeOf(buffer);
    return this.#node(SlotKind.buffer, null, asRecord(buffer, 'a buffer'));
  }

  /** Properties that are not to be seen, and the contents, which are still to be read. */
  #open(node: object, kind: SlotKind, json: unknown, number: number, note: Note): void {
    const attributes = this.#readProperties(node, kind, note);
    if (note.closed !== undefined) {
      const level = asCount(note.closed);
      if (level > Closed.frozen) throw new InvalidCheckpointError(`nothing is closed to degree ${level}`);
      if (level > 0) this.#toClose.push([node, level]);
    }
    const frame = { number, kind, node, attributes, index: -1, key: undefined };
    switch (kind) {
      case SlotKind.object:
      case SlotKind.error: {
        const shown = asRecord(json, 'an object');
        let keys = Object.keys(shown);
        // superjson wants a name, also of an error that has none of its own.
        if (kind === SlotKind.error && attributes !== undefined)
          keys = keys.filter((key) => attributes.has(key));
        this.#frames.push({ ...frame, json: shown, keys, length: keys.length });
        break;
      }
      case SlotKind.sparse: {
        const shown = asRecord(json, 'a sparse array');
        const keys = Object.keys(shown);
        this.#mirror.fillLength(node, asCount(note.length));
        this.#frames.push({ ...frame, json: shown, keys, length: keys.length });
        break;
      }
      case SlotKind.map: {
        const shown = asArray(json, 'a Map');
        this.#frames.push({ ...frame, json: shown, keys: undefined, length: shown.length * 2 });
        break;
      }
      case SlotKind.array:
      case SlotKind.set: {
        const shown = asArray(json, 'an array');
        this.#frames.push({ ...frame, json: shown, keys: undefined, length: shown.length });
        break;
      }
      case SlotKind.custom:
        this.#frames.push({ ...frame, json: [json], keys: undefined, length: 1 });
        break;
      default:
    }
  }

  /**
   * Attributes of what is to be seen, by key: of an error, all its keys. What is not to be seen has its place kept
   * until its value comes.
   */
  #readProperties(node: object, kind: SlotKind, note: Note): Map<string, number> | undefined {
    if (note.properties === undefined) return kind === SlotKind.error ? new Map<string, number>() : undefined;
    const attributesByKey = new Map<string, number>();
    const keepsOrder = !Array.isArray(node) && hidesProperties(note);
    for (const property of asArray(note.properties, 'properties')) {
      const [key, attributes, place] =
        typeof property === 'string' ? [property] : asArray(property, 'a property');
      const switchedOff = attributes === undefined ? 0 : asCount(attributes) & ATTRIBUTES_MASK;
      const decoded = decodeKey(key);
      if (place !== undefined) this.#need(place, { node, key: decoded, attributes: switchedOff });
      else if (typeof decoded === 'string') attributesByKey.set(decoded, switchedOff);
      else throw new InvalidCheckpointError('a symbol is not to be seen in JSON');
      if (keepsOrder && !Object.hasOwn(node, decoded)) this.#mirror.fillProperty(node, decoded, 0, undefined);
    }
    return attributesByKey;
  }
}

/** Of a node of which there is nothing to say. */
const NOTHING: Note = {};

/** Are its contents values without parts? Then there is nothing to read of it, unless something is said of one of them. */
function isLeaf(json: object): boolean {
  // What a prototype has is seen too, and makes it none at most.
  for (const key in json) {
    if (isObject((json as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** In the place of a node that is still being made. */
const NO_NODE: object = {};

/** Does the JSON not show some of the properties? Then it does not show the order of all. */
function hidesProperties({ properties }: Note): boolean {
  return (
    properties !== undefined &&
    asArray(properties, 'properties').some((property) => Array.isArray(property) && property.length > 2)
  );
}

function makingOfBuffer(note: unknown): BufferMaking {
  const { sizeBytes, sizeBytesMax, base64 } = asRecord(note, 'a buffer');
  const bytes = Buffer.from(asText(base64), 'base64');
  if (bytes.length !== sizeBytes) throw new InvalidCheckpointError('a buffer has other bytes than it says');
  return { is: 'bytes', bytes, sizeBytesMax: sizeBytesMax === undefined ? undefined : asCount(sizeBytesMax) };
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidCheckpointError('a date is none');
  return time;
}

function isPrimitiveKind(kind: SlotKind): kind is PrimitiveKind {
  return Object.hasOwn(primitives, kind);
}

type PrimitiveKind = keyof typeof primitives;

const NUMBERS: Record<string, number> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

const primitives = {
  undefined: () => undefined,
  number(json: unknown): number {
    const text = asText(json);
    const value = Object.hasOwn(NUMBERS, text) ? NUMBERS[text] : undefined;
    if (value === undefined) throw new InvalidCheckpointError('a number is none');
    return value;
  },
  bigint(json: unknown): bigint {
    const text = asText(json);
    if (!/^-?\d+$/.test(text)) throw new InvalidCheckpointError('a bigint is none');
    return BigInt(text);
  },
  symbol: (json: unknown): symbol => Symbol.for(asText(json)),
};

function decodePrimitive(kind: PrimitiveKind, json: unknown): unknown {
  if (!isPrimitiveKind(kind)) throw new InvalidCheckpointError('a primitive is of no kind');
  return primitives[kind](json);
}

function kindOf(kind: SlotKind): NodeKind {
  const found = Object.hasOwn(NODE_KINDS, kind) ? NODE_KINDS[kind] : undefined;
  if (found === undefined) throw new InvalidCheckpointError('a node is of an unknown kind');
  return found;
}

const NODE_KINDS: Partial<Record<SlotKind, NodeKind>> = {
  object: NodeKind.object,
  array: NodeKind.array,
  sparse: NodeKind.array,
  map: NodeKind.map,
  set: NodeKind.set,
  date: NodeKind.date,
  regexp: NodeKind.regExp,
  error: NodeKind.error,
  boxed: NodeKind.boxed,
  url: NodeKind.url,
  params: NodeKind.searchParams,
  buffer: NodeKind.arrayBuffer,
  view: NodeKind.view,
  custom: NodeKind.custom,
};

/** Checks what stands in front of the state. */
function checkHeader(header: unknown): CheckpointHeader {
  const { format, session, nonce, position, stateVersion, savedAt, pid, startedAt } = asRecord(
    header,
    '"faultguard"',
  );
  if (format !== CHECKPOINT_VERSION) {
    throw new InvalidCheckpointError(
      `it is of format ${String(format)}, and this is faultguard with format ${CHECKPOINT_VERSION}`,
    );
  }
  const [low, high] = asArray(nonce, 'a nonce');
  const { segment, offsetBytes } = asRecord(position, 'a position');
  const at: JournalPosition = { segment: asCount(segment), offsetBytes: asCount(offsetBytes) };
  if (at.segment > SEQUENCE_MAX || at.offsetBytes > SEGMENT_BYTES || at.offsetBytes % WORD_BYTES !== 0) {
    throw new InvalidCheckpointError('a position is none in a journal');
  }
  return {
    format,
    session: asSession(session),
    nonce: [asWord(low), asWord(high)],
    position: at,
    stateVersion: asCount(stateVersion),
    savedAt: asTime(savedAt),
    pid: asCount(pid),
    startedAt: asTime(startedAt),
  };
}

/** As many digits as the name of a session's directory may have. */
function asSession(value: unknown): number {
  const session = asCount(value);
  if (session > 0 && session < 1e15) return session;
  throw new InvalidCheckpointError('a session has no number');
}

/** Numbers of segments are words. */
const SEQUENCE_MAX = 0xffff_ffff;

function decodeKey(key: unknown): string | symbol {
  if (typeof key === 'string') return key;
  return Symbol.for(asText(asArray(key, 'a key')[0]));
}

function toIndex(key: string): number {
  const index = Number(key) >>> 0;
  if (String(index) !== key) throw new InvalidCheckpointError('an element has no index');
  return index;
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InvalidCheckpointError(`${what} is not an object`);
}

function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new InvalidCheckpointError(`${what} is not an array`);
}

function asTime(value: unknown): string {
  const text = asText(value);
  if (!Number.isNaN(Date.parse(text))) return text;
  throw new InvalidCheckpointError('a time is none');
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new InvalidCheckpointError('a text is none');
}

function asCount(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new InvalidCheckpointError('a number is not a whole one from 0 up');
}

function asWord(value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw new InvalidCheckpointError('a word is none');
}
