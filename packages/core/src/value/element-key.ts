/** Keys of elements, and how many of them an array can have. */

/** ECMA-262: the largest length of an array. */
export const LENGTH_MAX = 0xffff_ffff;

/** Elements of an array for which V8 moves all of them at a `shift`: more than 128 KiB. */
export const QUEUE_LENGTH_MIN = 16_384;

/** The index of an element that a key names, or -1. */
export function indexOf(key: string | symbol): number {
  if (typeof key === 'symbol') return -1;
  const index = Number(key) >>> 0;
  return String(index) === key && index !== LENGTH_MAX ? index : -1;
}
