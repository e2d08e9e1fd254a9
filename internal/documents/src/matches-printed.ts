/** Compares what was printed with what a document says, in which `…` stands for what is different each time. */
import { expect } from 'vitest';

/** `…` is the rest of a line, or part of it; a line of its own is any number of lines. */
export function expectSaid(said: string, printed: string): void {
  // A failure shows both texts, and not a pattern.
  if (patternOf(printed).test(said)) return;
  expect(said).toBe(printed);
}

function patternOf(printed: string): RegExp {
  const escaped = printed.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = escaped.replaceAll(/^…\n/gm, '(?:.*\n)*').replaceAll('…', '.*');
  return new RegExp(`^${pattern}$`);
}
