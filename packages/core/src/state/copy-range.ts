/** `slice`, which asks the array for a constructor. Holes stay holes. */
export function copyRange(elements: readonly unknown[], from: number, to: number): unknown[] {
  const copy: unknown[] = [];
  const end = Math.min(to, elements.length);
  for (let index = from; index < end; index++) {
    if (index in elements) copy[index - from] = elements[index];
  }
  copy.length = Math.max(0, end - from);
  return copy;
}
