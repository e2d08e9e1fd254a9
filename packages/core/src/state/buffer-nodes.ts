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
  readonly #bufferNode: BufferNode;

  constructor(graph: Graph, source: ArrayBufferView, bufferNode: BufferNode, byteOffset: number) {
    const type = viewTypeOf(source);
    const length = lengthOf(source);
    super(graph, makeView(type, bufferNode.buffer, byteOffset, length));
    this.#type = type;
    this.#bufferNode = bufferNode;
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
    adoption.writeElement(new BufferSlot(), this.#bufferNode.buffer);
  }

  mutate(): void {}

  override forEachValue(visit: (value: unknown) => void): void {
    visit(this.#bufferNode.buffer);
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

function viewTypeOf(view: ArrayBufferView): number {
  let at = Object.getPrototypeOf(view) as object | null;
  for (; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const type = viewConstructors.findIndex((constructor) => constructor?.prototype === at);
    if (type >= 0) return type;
  }
  throw new TypeError('not a view');
}

/** Elements of a typed array, bytes of a DataView. */
function lengthOf(view: ArrayBufferView): number {
  return view instanceof DataView ? view.byteLength : view.length;
}

/** Beyond this many elements, listing them all takes too long. */
const LISTED_MAX = 256;

/** Has it properties beside its elements? */
export function hasOwnProperties(value: ArrayBufferView | ArrayBuffer): boolean {
  const count = ArrayBuffer.isView(value) && !(value instanceof DataView) ? value.length : 0;
  if (count <= LISTED_MAX) return Reflect.ownKeys(value).length > count;
  // Node lists what is no element without looking at the elements.
  const text = inspect(value, { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity });
  return !text.endsWith(' more items ]') && !text.endsWith(' more items>');
}
