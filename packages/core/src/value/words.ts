import { endOfPrimitive, primitiveWordsMax, writeString } from './encode-value.ts';

/**
 * A growing run of 32-bit words: where a record is put together before it is appended whole.
 */
export class WordBuffer {
  words: Int32Array = new Int32Array(1024);
  length = 0;

  /** Makes room for `count` more words. The words behind `length` are undefined. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.words.length) return;
    const grown = new Int32Array(Math.max(needed, this.words.length * 2));
    grown.set(this.words.subarray(0, this.length));
    this.words = grown;
  }

  push(word: number): void {
    if (this.length === this.words.length) this.reserve(1);
    this.words[this.length++] = word;
  }

  /** A tag and the string's payload: how a string stands where nothing else says what it is. */
  pushText(text: string): void {
    this.reserve(1 + primitiveWordsMax(text));
    const tag = writeString(this.words, this.length + 1, text);
    this.words[this.length] = tag;
    this.length = endOfPrimitive();
  }

  /** Empties the buffer and gives back the memory of an unusually large value. */
  clear(wordsKeptMax = 65_536): void {
    this.length = 0;
    if (this.words.length > wordsKeptMax) this.words = new Int32Array(1024);
  }
}
