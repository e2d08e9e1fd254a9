/** What of all that a disk might have lost is there: nothing, everything, or anything. */

/** Which of what might survive: from 0, as it was at the last sync, up to `newest`, as it is now. */
export type Choose = (newest: number) => number;

export const nothingSurvives: Choose = () => 0;
export const everythingSurvives: Choose = (newest) => newest;

/** One image has nearly everything, another nearly nothing: with even odds, hardly ever two pages in a row are new. */
export function anythingSurvives(random: () => number): Choose {
  const odds = ([0.1, 0.5, 0.9, 0.98] as const)[Math.floor(random() * 4)] as number;
  return (newest) => (random() < odds ? newest : Math.floor(random() * (newest + 1)));
}

/** Numbers from 0 up to 1, the same for the same seed: mulberry32, public domain, by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
