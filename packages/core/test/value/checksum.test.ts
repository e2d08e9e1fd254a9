/** The checksum is MurmurHash3_x86_32, but for the word that its last step mixes in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumWords, finishHash, mixWord } from '../../src/journal/checksum.ts';

/** With the byte length in the place of the length word it is the published function. */
function murmurHash3(words: readonly number[], seed: number): number {
  return checksumWords(Int32Array.from(words), 0, words.length, seed | 0, words.length * 4) >>> 0;
}

function wordsOfText(text: string): number[] {
  return [...new Int32Array(Uint8Array.from(Buffer.from(text, 'latin1')).buffer)];
}

describe('the checksum', () => {
  // Published results of MurmurHash3_x86_32 for inputs of whole words: the article "MurmurHash" of the English
  // Wikipedia ("test"), and the list in https://stackoverflow.com/a/31929528 (all others).
  it.each([
    { words: [], seed: 0, hash: 0 },
    { words: [], seed: 1, hash: 0x514e_28b7 },
    { words: [], seed: 0xffff_ffff, hash: 0x81f1_6f39 },
    { words: [0xffff_ffff], seed: 0, hash: 0x7629_3b50 },
    { words: [0x8765_4321], seed: 0, hash: 0xf55b_516b },
    { words: [0x8765_4321], seed: 0x5082_edee, hash: 0x2362_f9de },
    { words: [0], seed: 0, hash: 0x2362_f9de },
    { words: wordsOfText('aaaa'), seed: 0x9747_b28c, hash: 0x5a97_808a },
    { words: wordsOfText('abcd'), seed: 0x9747_b28c, hash: 0xf047_8627 },
    { words: wordsOfText('test'), seed: 0, hash: 0xba6b_d213 },
    { words: wordsOfText('test'), seed: 0x9747_b28c, hash: 0x704b_81dc },
  ])('of $words.length words with seed $seed is the published one', ({ words, seed, hash }) => {
    expect(murmurHash3(words, seed)).toBe(hash);
  });

  it('is that of the words from the first to the one before the last position', () => {
    const words = Int32Array.of(9, 9, 1, 2, 3, 9);
    expect(checksumWords(words, 2, 5, 7, 12) >>> 0).toBe(murmurHash3([1, 2, 3], 7));
  });

  it('always finds a change that stays within one word', () => {
    const words = fc.int32Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.nat(), fc.integer(), fc.integer(), (words, index, change, seed) => {
        fc.pre(change !== 0);
        const changed = Int32Array.from(words);
        changed[index % words.length] = (words[index % words.length] as number) ^ change;
        const before = checksumWords(words, 0, words.length, seed, words.length + 2);
        expect(checksumWords(changed, 0, words.length, seed, words.length + 2)).not.toBe(before);
      }),
    );
  });

  it('is another one with another seed or another length word', () => {
    const words = fc.int32Array({ maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer(), fc.integer(), (words, one, other) => {
        fc.pre(one !== other);
        const check = (seed: number, lengthWord: number): number =>
          checksumWords(words, 0, words.length, seed, lengthWord);
        expect(check(one, 5)).not.toBe(check(other, 5));
        expect(check(5, one)).not.toBe(check(5, other));
      }),
    );
  });

  it('is an int32, as it stands in the file', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (hash, word) => {
        expect(mixWord(hash, word)).toBe(mixWord(hash, word) | 0);
        expect(finishHash(hash, word)).toBe(finishHash(hash, word) | 0);
      }),
    );
  });
});
