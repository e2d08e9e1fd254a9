/** A walk through all of a state for a text: in names, in strings and in numbers. In steps, so that a screen lives on meanwhile. */
import { childrenOf } from '../../state/children.ts';

interface Level {
  readonly children: Iterator<{ readonly step: string; readonly value: unknown }, void>;
  ordinal: number;
}

/**
 * Depth first, from behind the place of those ordinals to the end, and then from the beginning to there. Yields nothing but
 * pauses, every few thousand values; returns the ordinals of what has been found, or undefined. An object that stands at several
 * places is looked into once.
 */
export function* searchTree(
  root: unknown,
  text: string,
  behind: readonly number[],
): Generator<void, readonly number[] | undefined> {
  const wanted = text.toLowerCase();
  const found = yield* searchFrom(root, wanted, behind);
  return found !== undefined || behind.length === 0 ? found : yield* searchFrom(root, wanted, []);
}

const VALUES_AT_ONCE = 2000;

function* searchFrom(
  root: unknown,
  wanted: string,
  behind: readonly number[],
): Generator<void, readonly number[] | undefined> {
  if (typeof root !== 'object' || root === null) return undefined;
  const seen = new Set<object>([root]);
  const levels: Level[] = [];
  // Down to the place, where what comes first is passed over.
  let value: unknown = root;
  for (const ordinal of behind) {
    if (typeof value !== 'object' || value === null) break;
    seen.add(value);
    const children = childrenOf(value, ordinal);
    levels.push({ children, ordinal });
    value = children.next().value?.value;
  }
  if (typeof value === 'object' && value !== null) {
    seen.add(value);
    levels.push({ children: childrenOf(value), ordinal: -1 });
  }
  let looked = 0;
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { value: child, done } = level.children.next();
    if (done === true || child === undefined) {
      levels.pop();
      continue;
    }
    level.ordinal++;
    if (++looked % VALUES_AT_ONCE === 0) yield;
    if (matches(child.step, wanted) || matches(child.value, wanted)) {
      return levels.map(({ ordinal }) => ordinal);
    }
    if (typeof child.value !== 'object' || child.value === null || seen.has(child.value)) continue;
    seen.add(child.value);
    levels.push({ children: childrenOf(child.value), ordinal: -1 });
  }
  return undefined;
}

function matches(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted);
  return (typeof value === 'number' || typeof value === 'boolean') && String(value) === wanted;
}
