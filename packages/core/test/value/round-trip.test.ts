/** What is written as words is read back as the same value, to `Object.is`, for every primitive there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tag } from '../../src/journal/layout.ts';
import { Cursor, InvalidRecordError } from '../../src/value/cursor.ts';
import { readPrimitive, readString } from '../../src/value/decode-value.ts';
import {
  endOfPrimitive,
  isInt32,
  type Primitive,
  primitiveWordsMax,
  writePrimitive,
  writeString,
} from '../../src/value/encode-value.ts';
import { WordBuffer } from '../../src/value/words.ts';

/** Stands before and behind what is written: neither side may touch it. */
const UNTOUCHED = 0x5a5a_5a5a;

interface Written {
  readonly tag: number;
  readonly words: Int32Array;
  readonly at: number;
  readonly end: number;
}

function write(value: Primitive, at: number): Written {
  const words = new Int32Array(at + primitiveWordsMax(value) + 1).fill(UNTOUCHED);
  const tag = writePrimitive(words, at, value);
  return { tag, words, at, end: endOfPrimitive() };
}

function read({ tag, words, at, end }: Written): unknown {
  const cursor = new Cursor();
  cursor.reset(words, at, end);
  const value = readPrimitive(cursor, tag);
  expect(cursor.at).toBe(end);
  return value;
}

/** Writes and reads; true when all invariants of encode-value.ts hold. */
function comesBack(value: Primitive, at: number): boolean {
  const written = write(value, at);
  const { words, end } = written;
  return (
    end - at <= primitiveWordsMax(value) &&
    words.subarray(0, at).every((word) => word === UNTOUCHED) &&
    words.subarray(end).every((word) => word === UNTOUCHED) &&
    Object.is(read(written), value)
  );
}

const position = fc.integer({ min: 0, max: 5 });
const unit = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((code) => String.fromCharCode(code));
const latin1 = fc.string({ unit: unit(0xff), maxLength: 5000, size: 'max' });
/** Any units at all: half of a surrogate pair is a string in JavaScript. */
const utf16 = fc.string({ unit: unit(0xffff), maxLength: 5000, size: 'max' });
/** Latin1 but for one character, anywhere: the writer has to begin anew. */
const almostLatin1 = fc
  .tuple(latin1, fc.integer({ min: 0x100, max: 0xffff }), latin1)
  .map(([before, code, behind]) => before + String.fromCharCode(code) + behind);
const bigint = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 4096n), max: 2n ** 4096n }),
  // Next to a power of two: the highest word is 1, or the one below is all ones.
  fc
    .tuple(fc.integer({ min: 0, max: 4096 }), fc.integer({ min: -1, max: 1 }), fc.boolean())
    .map(([bits, step, negative]) => (2n ** BigInt(bits) + BigInt(step)) * (negative ? -1n : 1n)),
);
const special = fc.constantFrom<Primitive>(
  undefined,
  null,
  true,
  false,
  '',
  '\0',
  '\uD800',
  '\uDC00\uD800',
  'ÿ',
  'Ā',
  '💥',
  0n,
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  5e-324,
  Number.MAX_VALUE,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53,
);

/** Around the length from which on a string is written at once. */
const aroundBulk = Array.from({ length: 12 }, (_, index) => 58 + index);

describe('a primitive value', () => {
  it.each([
    ['a special value', special],
    ['an integer', fc.integer()],
    ['a float', fc.double()],
    ['a float of any bits', fc.float64Array({ minLength: 1, maxLength: 1 }).map(([value = 0]) => value)],
    ['a bigint', bigint],
    ['a latin1 string', latin1],
    ['a UTF-16 string', utf16],
    ['a string that is almost latin1', almostLatin1],
  ] as const)('comes back as it was, in no more words than promised: %s', (_, values) => {
    fc.assert(
      fc.property(values as fc.Arbitrary<Primitive>, position, (value, at) => {
        expect(comesBack(value, at)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('comes back as it was at every length of string', () => {
    for (const character of ['a', 'ÿ', 'Ā', '\uDFFF']) {
      for (let length = 0; length <= 300; length++)
        expect(comesBack(character.repeat(length), length & 3)).toBe(true);
      for (const length of [5000, 8191, 8192, 8193, 16_384, 100_001]) {
        expect(comesBack(character.repeat(length), 0)).toBe(true);
      }
    }
  });

  it('comes back as it was when its one wide character is at any place', () => {
    for (let length = 1; length <= 12; length++) {
      for (let index = 0; index < length; index++) {
        expect(comesBack(`${'a'.repeat(index)}Ω${'b'.repeat(length - index - 1)}`, 1)).toBe(true);
      }
    }
  });

  it.each(aroundBulk)(
    'comes back as it was when it is a string of %i characters, whatever stands anywhere in it',
    (length) => {
      expect(comesBack('x'.repeat(length), 1)).toBe(true);
      for (const other of ['\u007F', '\u0080', 'ÿ', '\u0100', '\uD800', '\uFFFF']) {
        for (let at = 0; at < length; at++) {
          expect(comesBack(`${'x'.repeat(at)}${other}${'x'.repeat(length - at - 1)}`, 1)).toBe(true);
        }
      }
    },
  );

  it('comes back as it was when it is a very large bigint', () => {
    expect(comesBack(-(2n ** 1_000_000n) + 1n, 0)).toBe(true);
  });

  it('takes the shortest tag that keeps it', () => {
    expect(write(7, 0).tag).toBe(Tag.int32);
    expect(write(-0, 0).tag).toBe(Tag.float64);
    expect(write(2 ** 31, 0).tag).toBe(Tag.float64);
    expect(write('ÿ', 0).tag).toBe(Tag.latin1);
    expect(write('Ā', 0).tag).toBe(Tag.utf16);
  });

  it('is refused when any word of it is missing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), bigint, latin1, utf16), (value) => {
        const written = write(value, 0);
        for (const end of new Set([0, 1, written.end >>> 1, written.end - 1])) {
          if (end >= written.end) continue;
          expect(() => read({ ...written, end })).toThrow(InvalidRecordError);
        }
      }),
    );
  });

  it('is refused or read within its bounds, whatever the words are', () => {
    const words = fc.int32Array({ maxLength: 40 });
    const tags = fc.oneof(fc.integer({ min: 0, max: 16 }), fc.integer());
    fc.assert(
      fc.property(words, tags, (words, tag) => {
        const cursor = new Cursor();
        cursor.reset(words, 0, words.length);
        let error: unknown;
        try {
          readPrimitive(cursor, tag);
        } catch (caught) {
          error = caught;
        }
        expect(error === undefined || error instanceof InvalidRecordError).toBe(true);
        expect(cursor.at).toBeLessThanOrEqual(words.length);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('an int32', () => {
  it('is a number that comes back from 32 bits as itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 2 ** 31, -(2 ** 31))),
        (value) => {
          expect(isInt32(value)).toBe(Object.is(Int32Array.of(value)[0], value));
        },
      ),
    );
  });
});

describe('a text in a word buffer', () => {
  it('comes back one behind the other, however the buffer has grown', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(latin1, utf16), { maxLength: 5 }), (texts) => {
        const buffer = new WordBuffer();
        for (const text of texts) buffer.pushText(text);
        const cursor = new Cursor();
        cursor.reset(buffer.words, 0, buffer.length);
        expect(texts.map(() => readString(cursor, cursor.next()))).toEqual(texts);
        expect(cursor.at).toBe(buffer.length);
      }),
      { numRuns: 50 },
    );
  });

  it('is no string when its tag is another one', () => {
    const words = new Int32Array(8);
    writeString(words, 0, 'text');
    const cursor = new Cursor();
    for (const tag of [0, Tag.int32, Tag.bigint, Tag.reference, 13, -1]) {
      cursor.reset(words, 0, 8);
      expect(() => readString(cursor, tag)).toThrow(InvalidRecordError);
    }
  });
});
