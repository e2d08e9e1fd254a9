/** A record that checks but does not make sense: written by another version, or forged. */
export class InvalidRecordError extends Error {
  override name = 'InvalidRecordError';
}

const floatView = new Float64Array(1);
const floatWords = new Int32Array(floatView.buffer);

/** A bounded walk over the words of one payload. Going past the end throws, it never reads further. */
export class Cursor {
  words: Int32Array = new Int32Array(0);
  /** The same memory by bytes. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;

  reset(words: Int32Array, from: number, to: number): void {
    if (words !== this.words) {
      this.words = words;
      this.bytes = viewBytes(words);
    }
    this.at = from;
    this.end = to;
  }

  next(): number {
    if (this.at >= this.end) throw new InvalidRecordError('the record ends in the middle of a value');
    return this.words[this.at++] as number;
  }

  /** Two words, the low one first. */
  nextFloat(): number {
    floatWords[0] = this.next();
    floatWords[1] = this.next();
    return floatView[0] as number;
  }

  /** A number of things of at least a word each: there cannot be more than words are left. */
  nextCount(): number {
    const count = this.next() >>> 0;
    if (count > this.end - this.at) throw new InvalidRecordError('a body reaches past the end of the record');
    return count;
  }

  /** Steps over `count` words and returns where they begin. */
  take(count: number): number {
    if (count > this.end - this.at)
      throw new InvalidRecordError('a length reaches past the end of the record');
    const from = this.at;
    this.at += count;
    return from;
  }
}

/** In Node a Buffer, which makes strings natively. */
function viewBytes({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  const { Buffer } = globalThis as { Buffer?: typeof globalThis.Buffer };
  return Buffer?.from(buffer, byteOffset, byteLength) ?? new Uint8Array(buffer, byteOffset, byteLength);
}
