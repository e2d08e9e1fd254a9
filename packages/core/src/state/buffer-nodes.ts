/**
 * Guarded ArrayBuffers and their views: typed arrays, DataViews, Buffers. Their bytes live in mapped memory of
 * their own, so that writing to an element costs what it costs anywhere, and survives the process.
 *
 * Invariants:
 * 1. The guarded buffer is never detached: its memory is where the guardian will look for it.
 * 2. Two guarded views share a buffer only when those that they are copies of did.
 */
import { markAsUntransferable } from 'node:worker_threads';
import { NodeKind, Storage, VIEW_NAMES, VIEW_TRACKS_LENGTH } from '../journal/layout.ts';
import type { AllocatedBuffer } from '../memory/buffer-memory.ts';
import { loadInspect } from '../platform/builtin-modules.ts';
import { makeView } from '../value/array-buffers.ts';
import { originOfView } from '../value/origins.ts';
import type { WordBuffer } from '../value/words.ts';
import type { Adoption } from './adoption.ts';
import { BuiltinNode } from './builtin-node.ts';
import type { Graph } from './graph.ts';
import { callOriginal } from './guarded-builtins.ts';
import { BufferSlot } from './path.ts';
import { Refusal } from './refusal.ts';

export type ArrayBufferView = NodeJS.ArrayBufferView;

export class BufferNode extends BuiltinNode {
  readonly kind: NodeKind;
  readonly builtin: object = ArrayBuffer.prototype;
  readonly buffer: ArrayBuffer;
  readonly #allocated: AllocatedBuffer;

  /** `sizeBytesMax` of a resizable one. */
  constructor(graph: Graph, bytes: Uint8Array, sizeBytesMax?: number) {
    const allocated = graph.memory.allocate(bytes, sizeBytesMax);
    super(graph, allocated.buffer);
    this.kind = sizeBytesMax === undefined ? NodeKind.arrayBuffer : NodeKind.resizableBuffer;
    this.buffer = allocated.buffer;
    this.#allocated = allocated;
    markAsUntransferable(this.buffer);
  }

  override ownKeysOf(): (string | symbol)[] {
    return [];
  }

  writeMaking({ buffer, isAttached }: Adoption): void {
    if (isAttached) {
      this.graph.hasBuffers = true;
      this.graph.memory.attach(this.#allocated);
    }
    buffer.pushFloat(this.buffer.byteLength);
    if (this.buffer.resizable) buffer.pushFloat(this.buffer.maxByteLength);
    this.#writeStorage(buffer, this.buffer.byteLength);
  }

  #writeStorage(buffer: WordBuffer, sizeBytes: number): void {
    const { place } = this.#allocated;
    if (place === undefined) {
      buffer.push(Storage.inline);
      buffer.pushBytes(new Uint8Array(this.buffer, 0, sizeBytes));
    } else {
      buffer.push(Storage.memory);
      buffer.push(place.file);
      buffer.push(place.offsetBytes);
    }
  }

  override detached(): void {
    this.graph.memory.detach(this.#allocated);
  }

  /** `transfer` and the like would move the bytes away from under the guard. */
  mutate(method: string, args: unknown[]): undefined {
    if (method === 'resize') {
      this.#resize(args[0]);
      return;
    }
    throw this.graph.refusal(
      this,
      undefined,
      `the memory of a guarded ArrayBuffer stays where it is (${method} was called). Copy it with slice().`,
    );
  }

  #resize(wanted: unknown): void {
    const { graph, buffer } = this;
    const resizeTo = (length: unknown): unknown =>
      callOriginal(ArrayBuffer.prototype, 'resize', buffer, [length]);
    // ECMA-262, ToIndex: it may be an object, whose code is run once. What is impossible gets the language's error.
    const length = buffer.resizable ? Math.trunc(wanted as number) || 0 : -1;
    if (length < 0 || length > buffer.maxByteLength) {
      resizeTo(buffer.resizable ? length : wanted);
      return;
    }
    const previous = buffer.byteLength;
    if (length === previous) return;
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.#resize(previous));
    graph.memory.reserve(this.#allocated, length);
    // What is cut off becomes zeros: a rescue from before would see them.
    if (length < previous) this.#appendSize(length);
    resizeTo(length);
    if (length > previous) this.#appendSize(length);
    graph.end();
  }

  #appendSize(sizeBytes: number): void {
    if (this.id === 0) return;
    this.graph.appendBufferSize(this.id, sizeBytes, (words) => this.#writeStorage(words, sizeBytes));
  }
}

export class ViewNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.view;
  readonly builtin: object = Object.prototype;
  readonly #type: number;
  /** They stay what they are while the buffer is too short for the view, and the view says 0. */
  readonly #byteOffset: number;
  readonly #length: number | undefined;
  readonly bufferNode: BufferNode;

  constructor(graph: Graph, source: ArrayBufferView, bufferNode: BufferNode, byteOffset: number) {
    const type = viewTypeOf(source);
    const length = measure(source);
    super(graph, makeView(type, bufferNode.buffer, byteOffset, length, resizeUnseen));
    this.#type = type;
    this.#byteOffset = byteOffset;
    this.#length = length;
    this.bufferNode = bufferNode;
  }

  override ownKeysOf(): (string | symbol)[] {
    return [];
  }

  writeMaking(adoption: Adoption): void {
    const { buffer } = adoption;
    buffer.push(this.#length === undefined ? this.#type | VIEW_TRACKS_LENGTH : this.#type);
    buffer.pushFloat(this.#byteOffset);
    buffer.pushFloat(this.#length ?? 0);
    adoption.writeElement(new BufferSlot(), this.bufferNode.buffer);
  }

  /** The same view on a copy of its buffer. */
  viewOn(buffer: ArrayBuffer): object {
    return makeView(this.#type, buffer, this.#byteOffset, this.#length);
  }

  mutate(): void {}

  override forEachValue(visit: (value: unknown) => void): void {
    visit(this.bufferNode.buffer);
  }

  override describeSlotOf(): string {
    return new BufferSlot().text;
  }
}

/** What is there afterwards is what was there before: no change of the state. */
function resizeUnseen(buffer: ArrayBuffer, sizeBytes: number): void {
  callOriginal(ArrayBuffer.prototype, 'resize', buffer, [sizeBytes]);
}

/** By what it is, not by its prototype. */
function viewTypeOf(view: ArrayBufferView): number {
  if (Buffer.isBuffer(view)) return VIEW_NAMES.indexOf('Buffer');
  const name = (nameOf.call(view) as string | undefined) ?? 'DataView';
  return (VIEW_NAMES as readonly string[]).indexOf(name);
}

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
/** The name of a typed array's type; undefined for what is none. */
const nameOf = Object.getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)?.get as () => unknown;
const countOf = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'length')?.get as () => unknown;
const keysOf = (typedArrayPrototype as { keys: () => unknown }).keys;
const byteLengthOf = Object.getOwnPropertyDescriptor(DataView.prototype, 'byteLength')?.get as () => unknown;

/** Elements of a typed array, bytes of a DataView. */
function lengthOf(view: ArrayBufferView): number {
  return nameOf.call(view) === undefined ? view.byteLength : (countOf.call(view) as number);
}

/** Undefined for a view that is as long as its resizable buffer lets it be. */
function measure(view: ArrayBufferView): number | undefined {
  // A recovered one may be one that its buffer has become too short for.
  const origin = originOfView(view);
  if (origin !== undefined) return origin.length;
  return tracksLength(view) ? undefined : lengthOf(view);
}

/**
 * Is it as long as its resizable buffer lets it be? The language does not say: a copy of it, with its buffer, is made
 * longer or shorter to see.
 */
function tracksLength(view: ArrayBufferView): boolean {
  if (!(view.buffer as ArrayBuffer).resizable) return false;
  if (isOutOfBounds(view)) {
    throw new Refusal('a view that its resizable ArrayBuffer has become too short for cannot be guarded.');
  }
  const copy = structuredClone(view);
  const buffer = copy.buffer as ArrayBuffer;
  const before = lengthOf(copy);
  const longer = copy.byteOffset + copy.byteLength + elementBytesOf(copy);
  if (longer <= buffer.maxByteLength) {
    buffer.resize(Math.max(longer, buffer.byteLength));
    return lengthOf(copy) !== before;
  }
  // There is no room for another element. Without one, it comes to the same.
  if (before === 0) return false;
  buffer.resize(copy.byteOffset);
  return !isOutOfBounds(copy);
}

function elementBytesOf(view: ArrayBufferView): number {
  return (view as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
}

function isOutOfBounds(view: ArrayBufferView): boolean {
  try {
    if (nameOf.call(view) === undefined) void byteLengthOf.call(view);
    else keysOf.call(view);
    return false;
  } catch {
    return true;
  }
}

/** Beyond this many elements, listing them all takes too long. */
const LISTED_MAX = 256;

/** Has it properties beside its elements? */
export function hasOwnProperties(value: ArrayBufferView | ArrayBuffer): boolean {
  const count = nameOf.call(value) === undefined ? 0 : (countOf.call(value) as number);
  if (count <= LISTED_MAX) return Reflect.ownKeys(value).length > count;
  // Node lists what is no element without looking at the elements.
  const inspect = loadInspect();
  const text = inspect(value, { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity });
  return !text.endsWith(' more items ]') && !text.endsWith(' more items>');
}
