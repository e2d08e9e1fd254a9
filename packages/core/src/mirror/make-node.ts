/** From what a record says of a new node to an empty value of its kind. Everything said is checked. */
import types from 'node:util/types';
import { prototypeNamed } from '../classes/registry.ts';
import type { NodeDescription } from '../journal/decode-record.ts';
import { ERROR_NAMES, NodeKind } from '../journal/layout.ts';
import { makeBareError } from '../value/builtin-errors.ts';
import { InvalidRecordError } from '../value/cursor.ts';
import { CustomShell } from '../value/custom-shell.ts';
import { noteOriginOfView, noteUrlOf } from '../value/origins.ts';
import { copyBytes, makeBuffer, makeView } from '../value/array-buffers.ts';

/** Where the bytes of a buffer are. */
export interface MirroredMemory {
  readonly sizeBytes: number;
  readonly file: number;
  readonly offsetBytes: number;
}

/** Throws InvalidRecordError. A class that is not registered here is added to `unknownClasses`. */
export function makeNode(description: NodeDescription, unknownClasses: Set<string>): object {
  const { kind, hasNullPrototype, className } = description;
  if (hasNullPrototype) {
    if (kind !== NodeKind.object) throw new InvalidRecordError('only an object can be without a prototype');
    return Object.create(null) as object;
  }
  const prototype = className === undefined ? undefined : prototypeNamed(className);
  if (className !== undefined && prototype === undefined) unknownClasses.add(className);
  if (kind === NodeKind.object) return Object.create(prototype ?? Object.prototype) as object;
  const node = makeBuiltin(description);
  return prototype === undefined ? node : (Object.setPrototypeOf(node, prototype) as object);
}

function makeBuiltin({ kind, making }: NodeDescription): object {
  switch (making.is) {
    case 'time':
      return new Date(making.time);
    case 'expression':
      return checked(() => new RegExp(making.source, making.flags));
    case 'error':
      return makeError(making.type);
    case 'primitive':
      return makeBoxed(making.value);
    case 'bytes':
      return checked(() => copyBytes(making.bytes, making.sizeBytesMax));
    case 'memory':
      return checked(() => makeBuffer(making.sizeBytes, making.sizeBytesMax));
    case 'view': {
      const { type, buffer, byteOffset, length } = making;
      if (!types.isArrayBuffer(buffer)) throw new InvalidRecordError('a view is not one of an ArrayBuffer');
      const view = checked(() => makeView(type, buffer, byteOffset, length));
      noteOriginOfView(view, making);
      return view;
    }
    case 'part':
      if (!(making.of instanceof URL)) throw new InvalidRecordError('parameters are not those of a URL');
      noteUrlOf(making.of.searchParams, making.of);
      return making.of.searchParams;
    case 'text':
      if (kind === NodeKind.custom) return new CustomShell(making.text);
      if (kind === NodeKind.url) return checked(() => new URL(making.text));
      return new URLSearchParams(making.text);
    default:
      return makeContainer(kind);
  }
}

function makeContainer(kind: NodeKind): object {
  if (kind === NodeKind.array) return [];
  if (kind === NodeKind.map) return new Map();
  if (kind === NodeKind.set) return new Set();
  throw new InvalidRecordError(`nothing can be made of kind ${kind}`);
}

/** Its properties all come with its body. */
function makeError(type: number): object {
  if (ERROR_NAMES[type] === undefined) throw new InvalidRecordError(`unknown type of error ${type}`);
  return makeBareError(type);
}

function makeBoxed(value: unknown): object {
  if (value === null || value === undefined || typeof value === 'object') {
    throw new InvalidRecordError('nothing of that kind can be boxed');
  }
  return Object(value) as object;
}

/** What the language refuses to make was never in an app's state. */
function checked<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new InvalidRecordError(`a value cannot be made: ${(error as Error).message}`);
  }
}
