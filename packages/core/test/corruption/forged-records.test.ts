/**
 * Records that check but make no sense, as another version or an attacker could write them: each is an
 * InvalidRecordError and nothing else, the state stays what it was, and no memory is taken for it.
 */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  INLINE_KEY,
  KEYS_MAX,
  Operation,
  Part,
  PART_SHIFT,
  SEGMENT_HEADER_WORDS,
  SEGMENT_WORDS,
  Tag,
  WORD_BYTES,
} from '../../src/journal/layout.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { segmentPath } from '../../src/journal/segment-files.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import {
  type ForgedRecord,
  head,
  replayForged,
  text,
  writeForgedSegment,
} from '../fixtures/forged-journal.ts';
import { FIXED_NONCE, replayFrom } from '../fixtures/journal-ends.ts';
import { makeDirectoryForTest, replayJournal } from '../fixtures/journal-in-directory.ts';

const OBJECT_ID = 1;
const ARRAY_ID = 2;
const UNKNOWN_ID = 77;
/** More than any file holds. */
const HUGE = 0x7fff_ffff;
const ALL_BITS = -1;

const textAb = text('ab');

/** `{ ab: [1, 2, 3] }`, the array with id 2. */
const base: readonly (readonly number[])[] = [
  [head(Operation.defineKey, Tag.latin1, 0), 2, 0x6261],
  [
    head(Operation.setRoot, Tag.newObject),
    OBJECT_ID,
    1,
    head(0, Tag.newArray, 0),
    ARRAY_ID,
    3,
    ...[1, 2, 3].flatMap((number) => [Tag.int32, number]),
  ],
];

const baseState = { ab: [1, 2, 3] };

const nonsense: Record<string, readonly number[]> = {
  'an unknown operation': [head(27), 1],
  'operation 0': [0],
  'operation 255 with all bits set': [ALL_BITS],

  'an unknown tag': [head(Operation.push, 16), ARRAY_ID, 1],
  'tag 0': [head(Operation.push, 0), ARRAY_ID],
  'an unknown tag of an item': [head(Operation.splice), ARRAY_ID, 0, 0, 1, 0x0100_0005, 1],
  'a negative tag of an item': [head(Operation.splice), ARRAY_ID, 0, 0, 1, ALL_BITS, 1],

  'a node that does not exist': [head(Operation.setProperty, Tag.null, 0), UNKNOWN_ID],
  'node 0': [head(Operation.setProperty, Tag.null, 0), 0],
  'a negative node': [head(Operation.setProperty, Tag.null, 0), ALL_BITS],
  'the highest node': [head(Operation.setProperty, Tag.null, 0), HUGE],
  'an element of an object': [head(Operation.setElement, Tag.null), OBJECT_ID, 0],
  'a push to an object': [head(Operation.push, Tag.null), OBJECT_ID],
  'a splice of an object': [head(Operation.splice), OBJECT_ID, 0, 0, 0],
  'a reversed object': [head(Operation.reverse), OBJECT_ID],
  'a reference to a node that does not exist': [head(Operation.push, Tag.reference), ARRAY_ID, UNKNOWN_ID],
  'a reference to node 0': [head(Operation.push, Tag.reference), ARRAY_ID, 0],
  'a new node with an id that is in use': [head(Operation.push, Tag.newObject), ARRAY_ID, ARRAY_ID, 0],
  'a new node with id 0': [head(Operation.push, Tag.newObject), ARRAY_ID, 0, 0],
  'a new node with a negative id': [head(Operation.push, Tag.newArray), ARRAY_ID, ALL_BITS, 0],
  'a new node with an id far beyond the others': [head(Operation.push, Tag.newArray), ARRAY_ID, HUGE, 0],
  'the same new node twice': [
    head(Operation.splice),
    ARRAY_ID,
    0,
    0,
    2,
    Tag.newArray,
    3,
    Tag.newArray,
    3,
    0,
    0,
  ],
  'a freed node that does not exist': [head(Operation.freeNodes), 1, UNKNOWN_ID],
  'a root that is not an object': [head(Operation.setRoot, Tag.int32), 1],
  'a root that is null': [head(Operation.setRoot, Tag.null)],
  'a root that does not exist': [head(Operation.setRoot, Tag.reference), UNKNOWN_ID],

  'the highest element': [head(Operation.setElement, Tag.null), ARRAY_ID, ALL_BITS],
  'a splice that begins behind the end': [head(Operation.splice), ARRAY_ID, 4, 0, 0],
  'a splice that deletes more than there is': [head(Operation.splice), ARRAY_ID, 1, 3, 0],
  'a splice whose range overflows 32 bits': [head(Operation.splice), ARRAY_ID, 1, ALL_BITS, 0],
  'a splice with more items than words': [head(Operation.splice), ARRAY_ID, 0, 0, ALL_BITS, Tag.null],

  'a string longer than the record': [head(Operation.push, Tag.latin1), ARRAY_ID, 5, 0x6261_6261],
  'a UTF-16 string longer than the record': [head(Operation.push, Tag.utf16), ARRAY_ID, 3, 0x0062_0061],
  'a string of 4 GiB': [head(Operation.push, Tag.latin1), ARRAY_ID, ALL_BITS, 0x6261_6261],
  'a UTF-16 string of 8 GiB': [head(Operation.push, Tag.utf16), ARRAY_ID, ALL_BITS, 0x6261_6261],
  'a bigint longer than the record': [head(Operation.push, Tag.bigint), ARRAY_ID, 2 << 1, 1],
  'a bigint of 8 GiB': [head(Operation.push, Tag.bigint), ARRAY_ID, ALL_BITS, 1],
  'half a float': [head(Operation.push, Tag.float64), ARRAY_ID, 0],
  'a value that is missing': [head(Operation.push, Tag.int32), ARRAY_ID],
  'a node that is missing': [head(Operation.push, Tag.null)],
  'a body that is missing': [head(Operation.push, Tag.newObject), ARRAY_ID, 3],
  'a body with more elements than words': [
    head(Operation.push, Tag.newArray),
    ARRAY_ID,
    3,
    ALL_BITS,
    Tag.null,
  ],
  'a body with more properties than words': [head(Operation.push, Tag.newObject), ARRAY_ID, 3, HUGE, 0],
  'a body whose last entry is missing': [head(Operation.push, Tag.newArray), ARRAY_ID, 3, 2, Tag.null],
  'more freed nodes than words': [head(Operation.freeNodes), ALL_BITS],
  'an exception without its stack': [head(Operation.exception), ...textAb, ...textAb],
  'an exception whose name is a number': [head(Operation.exception), Tag.int32, 1, ...textAb, ...textAb],

  'a key that has not been defined': [head(Operation.setProperty, Tag.null, 1), OBJECT_ID],
  'the highest key that can be defined': [head(Operation.setProperty, Tag.null, KEYS_MAX - 1), OBJECT_ID],
  'an inline key that is a number': [
    head(Operation.setProperty, Tag.null, INLINE_KEY),
    OBJECT_ID,
    Tag.int32,
    1,
  ],
  'an inline key that is missing': [head(Operation.setProperty, Tag.null, INLINE_KEY), OBJECT_ID],
  'a key of a body that has not been defined': [
    head(Operation.push, Tag.newObject),
    ARRAY_ID,
    3,
    1,
    head(0, Tag.null, 9),
  ],
  'a key that is defined a second time': [head(Operation.defineKey, Tag.latin1, 0), 2, 0x6261],
  'a key that is defined too early': [head(Operation.defineKey, Tag.latin1, 2), 2, 0x6261],
  'a key that is defined as a number': [head(Operation.defineKey, Tag.int32, 1), 1],
};

/** These are applied before anyone sees that there is more. */
const leftOver: Record<string, readonly number[]> = {
  'a word behind a property': [head(Operation.setProperty, Tag.int32, 0), OBJECT_ID, 1, 0],
  'a word behind a pushed null': [head(Operation.push, Tag.null), ARRAY_ID, 0],
  'a word behind a splice': [head(Operation.splice), ARRAY_ID, 0, 1, 0, 0],
  'a word behind a deleted property': [head(Operation.deleteProperty, 0, 0), OBJECT_ID, 0],
  'a word behind a reverse': [head(Operation.reverse), ARRAY_ID, 0],
  'a word behind a root': [head(Operation.setRoot, Tag.newObject), 3, 0, 0],
};

describe('a record that checks but makes no sense', () => {
  it('stands behind a journal that does make sense', () => {
    const { root, failure } = replayForged(base);
    expect(failure).toBeUndefined();
    expect(root).toEqual(baseState);
  });

  it.each(Object.entries(nonsense))('is refused and changes nothing: %s', (_, payload) => {
    const { root, failure, payloadCount } = replayForged([...base, payload]);
    expect(failure).toBeDefined();
    expect(failure?.message).not.toBe('');
    expect(root).toEqual(baseState);
    expect(payloadCount).toBe(base.length);
  });

  it.each(Object.entries(leftOver))('is refused: %s', (_, payload) => {
    const { failure, payloadCount } = replayForged([...base, payload]);
    expect(failure).toBeDefined();
    expect(payloadCount).toBe(base.length);
  });

  it.each(Object.entries(leftOver))('changes nothing: %s', (_, payload) => {
    expect(replayForged([...base, payload]).root).toEqual(baseState);
  });

  it('is refused when it is a seal in parts', () => {
    const { root, failure, tail } = replayForged([
      ...base,
      { payload: [Operation.seal], part: Part.first },
      { payload: [1], part: Part.last },
    ]);
    expect(failure).toBeDefined();
    expect(root).toEqual(baseState);
    expect(tail.segment).toBe(0);
  });

  it('is refused as well when it comes in parts', () => {
    const [first = 0, ...rest] = nonsense['a splice with more items than words'] as number[];
    const { root, failure } = replayForged([
      ...base,
      { payload: [first], part: Part.first },
      { payload: rest.slice(0, 2), part: Part.middle },
      { payload: rest.slice(2), part: Part.last },
    ]);
    expect(failure).toBeDefined();
    expect(root).toEqual(baseState);
  });

  it('takes no memory for what it says', () => {
    // Ids in steps that are just allowed, up to the highest: a table as long as that would take gigabytes.
    const steps: number[][] = [];
    for (let id = 60_000_000; id < HUGE; id += 60_000_000) {
      steps.push([head(Operation.push, Tag.newArray), ARRAY_ID, id, 0]);
    }
    const bytesBefore = bytesInUse();
    for (const payload of Object.values(nonsense)) replayForged([...base, payload]);
    const { root } = replayForged([...base, ...steps]);
    expect(bytesInUse() - bytesBefore).toBeLessThan(256 * 1024 * 1024);
    expect((root as { ab: unknown[] }).ab.length).toBe(3 + steps.length);
  });

  it('cannot reach a prototype through a key', () => {
    const prototypeKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
    const before = describeGraph(Reflect.ownKeys(Object.prototype).map(String));
    for (const key of prototypeKeys) {
      for (const keyId of [1, INLINE_KEY]) {
        const inline = keyId === INLINE_KEY ? text(key) : [];
        const { root, failure } = replayForged([
          ...base,
          [head(Operation.defineKey, Tag.latin1, 1), ...text(key).slice(1)],
          // As a key of a body, of a property, and of what is deleted again.
          [
            head(Operation.push, Tag.newObject),
            ARRAY_ID,
            3,
            1,
            head(0, Tag.newObject, keyId),
            ...inline,
            4,
            1,
            head(0, Tag.true, 0),
          ],
          [head(Operation.setProperty, Tag.reference, keyId), OBJECT_ID, ...inline, 4],
          [head(Operation.setProperty, Tag.reference, keyId), 4, ...inline, 3],
          [head(Operation.deleteProperty, 0, keyId), 4, ...inline],
        ]);
        expect(failure).toBeUndefined();
        const state = root as Record<string, any>;
        expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
        expect(Object.keys(state)).toEqual(['ab', key]);
        const held: unknown = Object.getOwnPropertyDescriptor(state, key)?.value;
        expect(held).toEqual({ ab: true });
        expect(Object.getPrototypeOf(held)).toBe(Object.prototype);
        const pushed = state['ab'][3] as object;
        expect(Object.getPrototypeOf(pushed)).toBe(Object.prototype);
        expect(Object.keys(pushed)).toEqual([key]);
      }
    }
    expect(describeGraph(Reflect.ownKeys(Object.prototype).map(String))).toBe(before);
    expect(({} as Record<string, unknown>)['ab']).toBeUndefined();
  });
});

describe('a record whose header makes no sense', () => {
  const good = [head(Operation.push, Tag.int32), ARRAY_ID, 4];
  const bad: Record<string, ForgedRecord> = {
    'is as long as its own header': { payload: good, lengthWord: 2 },
    'has a length of 1': { payload: good, lengthWord: 1 },
    'has a length of 0 and a part': { payload: good, lengthWord: Part.last << PART_SHIFT },
    'reaches past the end of the segment': { payload: good, lengthWord: SEGMENT_WORDS },
    'has the highest length': { payload: good, lengthWord: 0x00ff_ffff },
    'has an unknown part': { payload: good, lengthWord: 5 | (4 << PART_SHIFT) },
    'has all bits set': { payload: good, lengthWord: ALL_BITS },
  };

  it.each(Object.entries(bad))('ends the journal: it %s', (_, record) => {
    const { root, failure, tail } = replayForged([...base, record, good]);
    expect(failure).toBeUndefined();
    expect(root).toEqual(baseState);
    expect(tail.state).toBe('torn');
  });

  it('is passed over when it is a part that continues nothing', () => {
    const { root, failure, tail } = replayForged([
      ...base,
      { payload: good, part: Part.middle },
      { payload: good, part: Part.last },
      { payload: good, part: Part.first },
      good,
    ]);
    expect(failure).toBeUndefined();
    expect(root).toEqual({ ab: [1, 2, 3, 4] });
    expect(tail.state).toBe('clean');
  });

  it('is read up to the last word of the segment', () => {
    const used = SEGMENT_HEADER_WORDS + base.reduce((sum, payload) => sum + 2 + payload.length, 0);
    const textChars = (SEGMENT_WORDS - used - 2 - 3) * WORD_BYTES;
    const words = Array.from({ length: textChars / WORD_BYTES }, () => 0x6161_6161);
    const { root, failure, tail } = replayForged([
      ...base,
      [head(Operation.push, Tag.latin1), ARRAY_ID, textChars, ...words],
    ]);
    expect(failure).toBeUndefined();
    expect((root as { ab: unknown[] }).ab[3]).toBe('a'.repeat(textChars));
    expect(tail).toEqual({ state: 'clean', segment: 0, offsetBytes: SEGMENT_WORDS * WORD_BYTES });
  });
});

describe('a seal that makes no sense', () => {
  it('does not send the reader round in a circle', () => {
    const { root } = replayForged([...base, [Operation.seal, 0]]);
    expect(root).toEqual(baseState);
  });

  it('does not send the reader past the next segment', () => {
    const { tail } = replayForged([...base, [Operation.seal, ALL_BITS]]);
    expect(tail.segment).toBe(0);
  });

  it('is not taken for one when the number of the next segment is missing', () => {
    const { tail } = replayForged([...base, [Operation.seal], [1]]);
    expect(tail.segment).toBe(0);
  });
});

describe('what stands where the next segment would be', () => {
  it.each<[string, (path: string) => void]>([
    ['a directory', (path) => mkdirSync(path)],
    ['a link to a file', (path) => symlinkSync(segmentPath(join(path, '..'), 0), path)],
    ['a file of one byte', (path) => writeFileSync(path, 'x')],
  ])('is no bytes of the journal when it is %s', (_, make) => {
    const directory = makeDirectoryForTest();
    writeForgedSegment(directory, 0, base);
    make(segmentPath(directory, 1));
    const reader = new JournalReader({ ...FIXED_NONCE, directory });
    expect(replayFrom(reader).root).toEqual(baseState);
    expect(reader.bytesBehindTail()).toBe(0);
    reader.close();
  });
});

describe('a segment behind a seal', () => {
  const next = [[head(Operation.push, Tag.null), ARRAY_ID]];

  it('is read when its header is that of the number that the seal names', () => {
    const directory = makeDirectoryForTest();
    writeForgedSegment(directory, 0, [...base, [Operation.seal, 1]]);
    writeForgedSegment(directory, 1, next);
    expect(replayJournal(directory).root).toEqual({ ab: [1, 2, 3, null] });
  });

  it('is not read when its header is that of another number', () => {
    const directory = makeDirectoryForTest();
    writeForgedSegment(directory, 0, [...base, [Operation.seal, 1]]);
    writeForgedSegment(directory, 2, next);
    renameSync(segmentPath(directory, 2), segmentPath(directory, 1));
    expect(replayJournal(directory).root).toEqual(baseState);
  });

  it('is not read when it is a symbolic link', () => {
    const directory = makeDirectoryForTest();
    writeForgedSegment(directory, 0, [...base, [Operation.seal, 1]]);
    writeForgedSegment(directory, 1, next);
    renameSync(segmentPath(directory, 1), join(directory, 'elsewhere'));
    symlinkSync(join(directory, 'elsewhere'), segmentPath(directory, 1));
    expect(() => replayJournal(directory)).toThrow(/ELOOP/);
  });
});

function bytesInUse(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
