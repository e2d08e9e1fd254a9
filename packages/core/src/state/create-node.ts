/**
 * From a value that is to be copied to an empty node of its kind. What an object is decides its internal slots
 * (`util.types`), not its prototype or its name: anything can pretend to be a Map.
 */
import types from 'node:util/types';
import { isMarkedAsUntransferable } from 'node:worker_threads';
import { classNameOf, findCustom } from '../classes/registry.ts';
import { sizeBytesMaxOf, viewPrototypes } from '../value/array-buffers.ts';
import { errorPrototypes, errorTypeOf } from '../value/builtin-errors.ts';
import { originOfView, urlOf } from '../value/origins.ts';
import type { Adoption } from './adoption.ts';
import { ArrayNode } from './array-node.ts';
import { type ArrayBufferView, BufferNode, hasOwnProperties, ViewNode } from './buffer-nodes.ts';
import { MapNode, SetNode } from './collection-nodes.ts';
import { CustomNode } from './custom-node.ts';
import { ErrorNode, ObjectNode } from './object-node.ts';
import { checkPrivateFields } from './private-fields.ts';
import { Refusal } from './refusal.ts';
import { flagsOf, MovingRegExpNode, RegExpNode } from './regexp-nodes.ts';
import { BoxedNode, hrefOf, DateNode, SearchParamsNode, UrlNode } from './scalar-nodes.ts';
import { nodeOf, type TrackedNode } from './tracked-node.ts';

/** `prototype` is that of `value`, which is no proxy. Throws a Refusal. */
export function createNode(adoption: Adoption, value: object, prototype: object | null): TrackedNode {
  const { graph, isTakenOver } = adoption;
  if (prototype === Object.prototype && !isExotic(value))
    return new ObjectNode(graph, isTakenOver?.(value) === true ? value : {}, true);
  if (prototype === Array.prototype && Array.isArray(value))
    return new ArrayNode(graph, isTakenOver?.(value) === true ? value : [], true);
  if (prototype === null && !isExotic(value))
    return new ObjectNode(graph, Object.create(null) as object, false);
  return createOther(adoption, value, prototype);
}

/** Something with internal slots, whatever its prototype. Asked for every object: each look takes a few nanoseconds. */
function isExotic(value: object): boolean {
  return (
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isGeneratorObject(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value) ||
    types.isExternal(value) ||
    types.isModuleNamespaceObject(value) ||
    types.isDate(value) ||
    types.isNativeError(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value) ||
    types.isArgumentsObject(value)
  );
}

/** A class that inherits from one of the language's that is not known here has internal slots that nobody can copy. */
function hasForeignSlots(prototype: object | null): boolean {
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof constructor !== 'function' || constructor === Object) continue;
    if (/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor))) return true;
  }
  return false;
}

function createOther(adoption: Adoption, value: object, prototype: object | null): TrackedNode {
  const className = prototype === null ? undefined : classNameOf(prototype);
  if (className === undefined) {
    const isDeep =
      types.isMap(value) || types.isSet(value) || types.isNativeError(value) || Array.isArray(value);
    const custom = isDeep ? undefined : findCustom(value);
    if (custom !== undefined) return new CustomNode(adoption.graph, custom, value);
  } else checkPrivateFields(value);
  const made = createBuiltin(adoption, value, prototype);
  if (made === undefined) {
    if (className === undefined || hasForeignSlots(prototype)) {
      throw new Refusal(describeUnknown(value, prototype));
    }
    return new ObjectNode(adoption.graph, Object.create(prototype) as object, false);
  }
  const { node, prototypes } = made;
  if (prototype !== null && prototypes.includes(prototype)) return node;
  if (className === undefined) throw new Refusal(describeUnknown(value, prototype));
  Object.setPrototypeOf(node.target, prototype);
  return node;
}

interface Made {
  readonly node: TrackedNode;
  /** The language's own for this kind. */
  readonly prototypes: readonly object[];
}

/** Undefined for an object without internal slots. */
function createBuiltin(adoption: Adoption, value: object, prototype: object | null): Made | undefined {
  const { graph } = adoption;
  if (Array.isArray(value)) {
    return { node: new ArrayNode(graph, [], prototype === Array.prototype), prototypes: [Array.prototype] };
  }
  if (types.isMap(value)) return { node: new MapNode(graph), prototypes: [Map.prototype] };
  if (types.isSet(value)) return { node: new SetNode(graph), prototypes: [Set.prototype] };
  if (types.isDate(value)) return { node: new DateNode(graph, value), prototypes: [Date.prototype] };
  if (types.isNativeError(value)) {
    return { node: new ErrorNode(graph, errorTypeOf(prototype)), prototypes: errorPrototypes };
  }
  if (types.isRegExp(value)) {
    const isMoving = /[gy]/.test(flagsOf(value)) || value.lastIndex !== 0;
    const node = isMoving ? new MovingRegExpNode(graph, value) : new RegExpNode(graph, value);
    return { node, prototypes: [RegExp.prototype] };
  }
  if (types.isBoxedPrimitive(value)) {
    const prototypes = [Number, String, Boolean, BigInt, Symbol].map((type) => type.prototype as object);
    return { node: new BoxedNode(graph, value), prototypes };
  }
  if (types.isAnyArrayBuffer(value)) {
    return { node: bufferNodeFor(adoption, value), prototypes: [ArrayBuffer.prototype] };
  }
  if (types.isArrayBufferView(value)) {
    // Another realm's, or one without the getters that say what it is.
    if (
      !viewPrototypes.some(
        (known) => known === prototype || Object.prototype.isPrototypeOf.call(known, value),
      )
    ) {
      throw new Refusal(describeUnknown(value, prototype));
    }
    return { node: createView(adoption, value), prototypes: viewPrototypes };
  }
  if (isUrl(value)) return { node: createUrl(adoption, value), prototypes: [URL.prototype] };
  if (isSearchParams(value)) {
    // Of a recovered one it is known whose it is.
    const url = urlOf(value);
    if (url !== undefined) {
      const { searchParams } = createUrl(adoption, url);
      return { node: searchParams, prototypes: [URLSearchParams.prototype] };
    }
    return { node: new SearchParamsNode(graph, value, undefined), prototypes: [URLSearchParams.prototype] };
  }
  if (isExotic(value)) throw new Refusal(describeUnknown(value, prototype));
  return undefined;
}

function createUrl(adoption: Adoption, url: URL): UrlNode {
  const node = new UrlNode(adoption.graph, url);
  if (adoption.nodeSeenFor(url.searchParams) !== undefined) {
    throw new Refusal('a URL whose searchParams stand before it cannot be guarded: put the URL first.');
  }
  adoption.see(url, node);
  adoption.see(url.searchParams, node.searchParams);
  return node;
}

function bufferNodeFor(adoption: Adoption, buffer: ArrayBufferLike): BufferNode {
  const guarded = nodeOf(buffer);
  if (guarded?.graph === adoption.graph) return guarded as BufferNode;
  const seen = adoption.nodeSeenFor(buffer);
  if (seen !== undefined) return seen as BufferNode;
  if (types.isSharedArrayBuffer(buffer)) {
    throw new Refusal('a SharedArrayBuffer cannot be guarded: others may write to it unseen.');
  }
  if (buffer.detached) throw new Refusal('a detached ArrayBuffer cannot be guarded: its bytes are gone.');
  if (hasOwnProperties(buffer)) throw new Refusal('a property of an ArrayBuffer cannot be guarded.');
  const node = new BufferNode(adoption.graph, new Uint8Array(buffer), sizeBytesMaxOf(buffer));
  adoption.see(buffer, node);
  return node;
}

function createView(adoption: Adoption, view: ArrayBufferView): ViewNode {
  if (hasOwnProperties(view)) throw new Refusal('a property of its own of a view cannot be guarded.');
  // Node cuts small Buffers from a pool that others have parts of: only its own bytes are its own.
  if (Buffer.isBuffer(view) && isPool(view.buffer) && nodeOf(view.buffer) === undefined) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return new ViewNode(adoption.graph, view, new BufferNode(adoption.graph, bytes), 0);
  }
  const { byteOffset } = originOfView(view) ?? view;
  return new ViewNode(adoption.graph, view, bufferNodeFor(adoption, view.buffer), byteOffset);
}

/**
 * Bytes of each pool that Node has been seen to have: `Buffer.poolSize` may be assigned, which counts from the next pool on, and Node
 * from 26.10 on makes a pool longer than that.
 */
const poolLengths = new Set([lengthOfPool()]);

/** A pool of Node's is marked; so may be a buffer of the user's, all views of which belong together. */
function isPool(buffer: ArrayBufferLike): boolean {
  return isMarkedAsUntransferable(buffer) && poolLengths.add(lengthOfPool()).has(buffer.byteLength);
}

function lengthOfPool(): number {
  return Buffer.allocUnsafe(1).buffer.byteLength;
}

function isUrl(value: object): value is URL {
  if (!(value instanceof URL)) return false;
  return succeeds(() => hrefOf.call(value));
}

function isSearchParams(value: object): value is URLSearchParams {
  if (!(value instanceof URLSearchParams)) return false;
  return succeeds(() => URLSearchParams.prototype.toString.call(value));
}

function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

function describeUnknown(value: object, prototype: object | null): string {
  if (prototype === null) return 'this object without a prototype cannot be guarded: it is not a plain one.';
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  const name: unknown =
    typeof descriptor?.value === 'function' ? (descriptor.value as { name: unknown }).name : '';
  const what = typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
  if (isExotic(value) || hasForeignSlots(prototype)) {
    return `${what} cannot be guarded: nobody can look into it.`;
  }
  return `${what} cannot be guarded unless its class is registered (registerClass or registerCustom).`;
}
