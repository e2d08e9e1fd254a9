/** How an array is written: element by element, or where its elements are; and what it has beside them. */
import { indexOf } from '../value/element-key.ts';

export interface Shape {
  /** Of an array that is mostly holes: where its elements are. */
  readonly indices: readonly number[] | undefined;
  /** Its properties that are no elements; `length` only if that is constant. */
  readonly otherKeys: readonly (string | symbol)[];
}

/** All its elements are there, and nothing else. */
export const DENSE: Shape = { indices: undefined, otherKeys: [] };
/** A shorter array is written hole by hole. */
const SPARSE_LENGTH_MIN = 64;

export function shapeOf(source: unknown[]): Shape {
  const { length } = source;
  const keys = Reflect.ownKeys(source);
  const isLengthConstant = Object.getOwnPropertyDescriptor(source, 'length')?.writable === false;
  if (keys.length === length + 1 && !isLengthConstant && keys[length] === 'length') return DENSE;
  // The indices come first.
  let count = keys.findIndex((key) => indexOf(key) < 0);
  if (count < 0) count = keys.length;
  const otherKeys = keys.slice(count).filter((key) => key !== 'length' || isLengthConstant);
  const isSparse = length > SPARSE_LENGTH_MIN && count < length / 2;
  return { indices: isSparse ? keys.slice(0, count).map(Number) : undefined, otherKeys };
}
