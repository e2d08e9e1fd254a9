/** ArrayBuffers, and views of them by the number of their type, for whoever copies one or is told of one. */
import { VIEW_NAMES } from '../journal/layout.ts';

type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length?: number) => ArrayBufferView;

const constructors = VIEW_NAMES.map(
  (name) => (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name],
);

/** By the language's own method: a registered subclass may have another. */
export function resizeBuffer(buffer: ArrayBuffer, sizeBytes: number): void {
  ArrayBuffer.prototype.resize.call(buffer, sizeBytes);
}

/** Of the types that this process has: Float16Array is not in every Node. */
export const viewPrototypes: readonly object[] = constructors.flatMap((constructor) =>
  constructor === undefined ? [] : [constructor.prototype as object],
);

/** Resizable if a `sizeBytesMax` is given. Throws a RangeError where that is less, and where there is no memory. */
export function makeBuffer(sizeBytes: number, sizeBytesMax: number | undefined): ArrayBuffer {
  return sizeBytesMax === undefined
    ? new ArrayBuffer(sizeBytes)
    : new ArrayBuffer(sizeBytes, { maxByteLength: sizeBytesMax });
}

/** The same, with these bytes. */
export function copyBytes(bytes: Uint8Array, sizeBytesMax: number | undefined): ArrayBuffer {
  const buffer = makeBuffer(bytes.length, sizeBytesMax);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

/** Undefined for one of a fixed length. */
export function sizeBytesMaxOf(buffer: ArrayBuffer): number | undefined {
  return buffer.resizable ? buffer.maxByteLength : undefined;
}

/**
 * `length` in elements, of a DataView in bytes; undefined for a view that is as long as its resizable buffer lets it
 * be. It may reach beyond the end of a resizable buffer, as if that had been longer: `resizeWith` makes it so meanwhile.
 * Throws a RangeError for what the language refuses, and for a type that it does not have.
 */
export function makeView(
  type: number,
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number | undefined,
  resizeWith: (buffer: ArrayBuffer, sizeBytes: number) => void = resizeBuffer,
): ArrayBufferView {
  const constructor = constructors[type];
  if (constructor === undefined) throw new RangeError(`there is no type of view ${type}`);
  const name = VIEW_NAMES[type];
  const elementBytes = (constructor as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  const end = byteOffset + (length ?? 0) * elementBytes;
  const { byteLength } = buffer;
  const isBeyond = buffer.resizable && end > byteLength;
  if (isBeyond) resizeWith(buffer, end);
  try {
    if (name !== 'Buffer') return new constructor(buffer, byteOffset, length);
    // Node's own `from` makes one of a fixed length.
    return Object.setPrototypeOf(
      new Uint8Array(buffer, byteOffset, length),
      constructor.prototype as object,
    ) as ArrayBufferView;
  } finally {
    if (isBeyond) resizeWith(buffer, byteLength);
  }
}
