/**
 * Rows as in rows.ts, but with texts of words and with numbers that do not follow one another: those are packed to
 * nearly nothing, these about as well as what people write.
 */
import type { Row } from './rows.ts';

const SYLLABLES = 'ka lo mi ter an sel vor du ine ra pon est qui ga hel to be ur wis cha'.split(' ');
const WORDS = 2000;
/** Of one row as JSON about as many bytes as of the others. */
const TEXT_CHARS = 116;

/** Deterministic: every process makes the same. */
export function createVariedRow(id: number): Row {
  const random = randomFrom(id + 1);
  let text = '';
  while (text.length < TEXT_CHARS) text += `${wordOf(random() ** 2)} `;
  return {
    id: Math.floor(random() * 1e7),
    name: Buffer.from(`${wordOf(random())} ${wordOf(random())}`.slice(0, 20)).toString('latin1'),
    value: Math.round(random() * 1e8) / 100,
    done: random() < 0.5,
    text: Buffer.from(text.slice(0, TEXT_CHARS)).toString('latin1'),
  };
}

const words = Array.from({ length: WORDS }, (_, index) => {
  const random = randomFrom(WORDS * WORDS + index);
  return Array.from(
    { length: 1 + Math.floor(random() * 4) },
    () => SYLLABLES[Math.floor(random() * SYLLABLES.length)],
  ).join('');
});

function wordOf(share: number): string {
  return words[Math.floor(share * WORDS)] as string;
}

/** mulberry32: good enough for texts. From 0 up to, not including 1. */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
