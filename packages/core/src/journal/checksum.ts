/**
 * MurmurHash3_x86_32 over 32-bit words (Austin Appleby, public domain,
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp), with the record's length word in
 * the place where the original mixes in the byte length.
 *
 * Each step is a bijection of the hash for a given word and of the word for a given hash, so a change that
 * stays within one word is always found; any other is missed once in 2^32.
 */

export function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  k = Math.imul(k, 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

export function finishHash(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The checksum of the payload `words[from..to)` of a record whose length word is `lengthWord`. */
export function checksumWords(
  words: Int32Array,
  from: number,
  to: number,
  seed: number,
  lengthWord: number,
): number {
  let hash = seed;
  for (let at = from; at < to; at++) hash = mixWord(hash, words[at] as number);
  return finishHash(hash, lengthWord);
}

/**
 * What the checksums of one segment start from. It differs for every session and every sequence number, so
 * that what an earlier use left in a recycled file never checks.
 */
export function segmentSeed(nonceLow: number, nonceHigh: number, sequence: number): number {
  return finishHash(mixWord(mixWord(mixWord(0, nonceLow), nonceHigh), sequence), 12);
}
