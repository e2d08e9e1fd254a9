/** Ranges of an array. The language's own methods ask the array for a constructor, and that may be anything. */

/** `slice`. Holes stay holes. */
export function copyRange(elements: readonly unknown[], from: number, to: number): unknown[] {
  const copy: unknown[] = [];
  const end = Math.min(to, elements.length);
  for (let index = from; index < end; index++) {
    if (index in elements) copy[index - from] = elements[index];
  }
  copy.length = Math.max(0, end - from);
  return copy;
}

/** `splice` by assignments alone, of any number of items. Returns what stood there. */
export function moveRange(
  elements: unknown[],
  start: number,
  deleteCount: number,
  items: readonly unknown[],
): unknown[] {
  const removed = copyRange(elements, start, start + deleteCount);
  const behind = copyRange(elements, start + deleteCount, elements.length);
  elements.length = start;
  for (const part of [items, behind]) {
    const from = elements.length;
    elements.length = from + part.length;
    for (let index = 0; index < part.length; index++) if (index in part) elements[from + index] = part[index];
  }
  return removed;
}

/** Spreading puts every item on the stack: beyond this many they are moved one by one. */
const SPREAD_MAX = 1000;

/** `splice`, by the language's own where it asks for nothing. */
export function spliceRange(
  elements: unknown[],
  start: number,
  deleteCount: number,
  items: readonly unknown[],
): void {
  const isPlain =
    Object.getPrototypeOf(elements) === Array.prototype && !Object.hasOwn(elements, 'constructor');
  // It may have a property of that name.
  if (isPlain && items.length <= SPREAD_MAX)
    Array.prototype.splice.call(elements, start, deleteCount, ...items);
  else moveRange(elements, start, deleteCount, items);
}
