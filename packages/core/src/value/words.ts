import { Tag } from '../journal/layout.ts';
import { endOfPrimitive, primitiveWordsMax, writeString } from './encode-value.ts';

const floatView = new Float64Array(1);
const floatWords = new Int32Array(floatView.buffer);

const WORDS_AT_FIRST = 1024;
/** 256 KiB: as much as most values ever need. */
const WORDS_KEPT_MAX = 65_536;

/**
 * A growing run of 32-bit words: where a record is put together before it is appended whole.
 */
export class WordBuffer {
  words: Int32Array = new Int32Array(WORDS_AT_FIRST);
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

  /** A key as it stands where it has no id: the text of a string, or the tag of a symbol and its text. */
  pushKey(key: string | symbol): void {
    if (typeof key === 'symbol') this.push(Tag.symbol);
    this.pushText(textOfKey(key));
  }

  /** Two words, the low one first. */
  pushFloat(value: number): void {
    floatView[0] = value;
    this.push(floatWords[0] as number);
    this.push(floatWords[1] as number);
  }

  /** Bytes, with zeros up to the next word. */
  pushBytes(bytes: Uint8Array): void {
    const count = Math.ceil(bytes.length / 4);
    this.reserve(count);
    this.words.fill(0, this.length, this.length + count);
    new Uint8Array(this.words.buffer).set(bytes, this.length * 4);
    this.length += count;
  }

  /** Empties the buffer and gives back the memory of an unusually large value. */
  clear(): void {
    this.length = 0;
    if (this.words.length > WORDS_KEPT_MAX) this.words = new Int32Array(WORDS_AT_FIRST);
  }
}

/** What a key of the state is called: a symbol of the state is a registered one. */
export function textOfKey(key: string | symbol): string {
  return typeof key === 'symbol' ? (Symbol.keyFor(key) as string) : key;
}
