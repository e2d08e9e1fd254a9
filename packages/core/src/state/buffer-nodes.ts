/**
 * Guarded ArrayBuffers and their views: typed arrays, DataViews, Buffers. Their bytes live in mapped memory of
 * their own, so that writing to an element costs what it costs anywhere, and survives the process.
 *
 * Invariants:
 * 1. The guarded buffer is never detached: its memory is where the guardian will look for it.
 * 2. Two guarded views share a buffer only when those that they are copies of did.
 */
import { inspect } from 'node:util';
import { markAsUntransferable } from 'node:worker_threads';
import { NodeKind, Storage, VIEW_NAMES } from '../journal/layout.ts';
import type { AllocatedBuffer } from '../memory/buffer-memory.ts';
import type { Adoption } from './adoption.ts';
import { BuiltinNode } from './builtin-node.ts';
import type { Graph } from './graph.ts';
import { BufferSlot } from './path.ts';

export type ArrayBufferView = NodeJS.ArrayBufferView;

export class BufferNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.arrayBuffer;
  readonly builtin: object = ArrayBuffer.prototype;
  readonly buffer: ArrayBuffer;
  readonly #allocated: AllocatedBuffer;

  constructor(graph: Graph, bytes: Uint8Array) {
    const allocated = graph.memory.allocate(bytes);
    super(graph, allocated.buffer);
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
    const { place } = this.#allocated;
    buffer.pushFloat(this.buffer.byteLength);
    if (place === undefined) {
      buffer.push(Storage.inline);
      buffer.pushBytes(new Uint8Array(this.buffer));
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
  mutate(method: string): never {
    throw this.graph.refusal(
      this,
      undefined,
      `the memory of a guarded ArrayBuffer stays where it is (${method} was called). Copy it with slice().`,
    );
  }
}

export class ViewNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.view;
  readonly builtin: object = Object.prototype;
  readonly #type: number;
  readonly bufferNode: BufferNode;

  constructor(graph: Graph, source: ArrayBufferView, bufferNode: BufferNode, byteOffset: number) {
    const type = viewTypeOf(source);
    const length = lengthOf(source);
    super(graph, makeView(type, bufferNode.buffer, byteOffset, length));
    this.#type = type;
    this.bufferNode = bufferNode;
  }

  override ownKeysOf(): (string | symbol)[] {
    return [];
  }

  writeMaking(adoption: Adoption): void {
    const { buffer } = adoption;
    const view = this.target as unknown as ArrayBufferView;
    buffer.push(this.#type);
    buffer.pushFloat(view.byteOffset);
    buffer.pushFloat(lengthOf(view));
    adoption.writeElement(new BufferSlot(), this.bufferNode.buffer);
  }

  /** The same view on another buffer of the same length. */
  viewOn(buffer: ArrayBuffer): ArrayBufferView {
    const view = this.target as unknown as ArrayBufferView;
    return makeView(this.#type, buffer, view.byteOffset, lengthOf(view));
  }

  mutate(): void {}

  override forEachValue(visit: (value: unknown) => void): void {
    visit(this.bufferNode.buffer);
  }

  override describeSlotOf(): string {
    return new BufferSlot().text;
  }
}

type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;

const viewConstructors = VIEW_NAMES.map(
  (name) => (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name],
);
/** Float16Array is not in every Node. */
export const viewPrototypes: readonly object[] = viewConstructors.flatMap((constructor) =>
  constructor === undefined ? [] : [constructor.prototype as object],
);

function makeView(type: number, buffer: ArrayBuffer, byteOffset: number, length: number): ArrayBufferView {
  if (VIEW_NAMES[type] === 'Buffer') return Buffer.from(buffer, byteOffset, length);
  return new (viewConstructors[type] as ViewConstructor)(buffer, byteOffset, length);
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

/** Elements of a typed array, bytes of a DataView. */
function lengthOf(view: ArrayBufferView): number {
  return nameOf.call(view) === undefined ? view.byteLength : (countOf.call(view) as number);
}

/** Beyond this many elements, listing them all takes too long. */
const LISTED_MAX = 256;

/** Has it properties beside its elements? */
export function hasOwnProperties(value: ArrayBufferView | ArrayBuffer): boolean {
  const count = nameOf.call(value) === undefined ? 0 : (countOf.call(value) as number);
  if (count <= LISTED_MAX) return Reflect.ownKeys(value).length > count;
  // Node lists what is no element without looking at the elements.
  const text = inspect(value, { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity });
  return !text.endsWith(' more items ]') && !text.endsWith(' more items>');
}
