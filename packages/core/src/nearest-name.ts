/** The one of the names that was probably meant: at most a third of its characters away. Undefined when none is that near. */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const edits = countEdits(written.toLowerCase(), name.toLowerCase());
    if (edits >= least || edits > Math.max(1, Math.floor(name.length / 3))) continue;
    least = edits;
    nearest = name;
  }
  return nearest;
}

/** Longer than any name, and nothing that somebody wants to wait for. */
const CHARS_MAX = 100;

/** Characters that are put in, left out or replaced: Levenshtein's distance, row by row. */
function countEdits(from: string, to: string): number {
  if (from.length > CHARS_MAX) return from.length;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
