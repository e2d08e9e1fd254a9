/**
 * Every truncation and every flipped bit of a small journal: the reader always comes to its end, throws
 * nothing, and the mirror holds a state that the app had.
 */
import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SEGMENT_BYTES, SEGMENT_HEADER_WORDS, SegmentHeader, WORD_BYTES } from '../../src/journal/layout.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { segmentPath } from '../../src/journal/segment-files.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { FIXED_NONCE, replayFrom } from '../fixtures/journal-ends.ts';
import {
  makeDirectoryForTest,
  openJournalInDirectory,
  replayJournal,
} from '../fixtures/journal-in-directory.ts';
import { listRecords, tailOffsetOf } from '../fixtures/list-records.ts';
import { everyOperationAndTag, type Program, runProgram, smallKinds } from '../fixtures/programs.ts';

const HEADER_BYTES = SEGMENT_HEADER_WORDS * WORD_BYTES;

interface SmallJournal {
  /** Every state that its app had, in their order. */
  readonly states: string[];
  readonly bytes: Buffer;
  readonly usedBytes: number;
  /** An empty directory but for the files that hold the bytes of buffers. */
  readonly directory: string;
}

/** A journal of one segment. */
function makeSmallJournal(program: Program): SmallJournal {
  const journal = openJournalInDirectory({ kind: 'written' });
  const states = runProgram(program, journal);
  const bytes = journal.readSegmentFile(0);
  const directory = makeDirectoryForTest();
  for (const name of readdirSync(journal.directory)) {
    if (name.startsWith('memory-')) copyFileSync(join(journal.directory, name), join(directory, name));
  }
  return { states, bytes, usedBytes: tailOffsetOf(bytes) + WORD_BYTES, directory };
}

/** Every operation of version 1, and a node of every kind with most operations of version 2. */
const smallPrograms: readonly Program[] = [everyOperationAndTag, smallKinds];

/** Where in the app's life the mirror stands. The state may come more than once: then the last time counts. */
function placeOf(root: object | undefined, states: readonly string[]): number {
  return states.lastIndexOf(describeGraph(root));
}

describe.each(smallPrograms)('a journal of which only the beginning is there, "$name"', (program) => {
  it('gives the state of its last whole record when the rest is zeros', () => {
    const { states, bytes, usedBytes, directory } = makeSmallJournal(program);
    const path = segmentPath(directory, 0);
    // A record that ends in zero bytes is whole as soon as its last other byte has been written.
    const wholeAt = listRecords(bytes).map(({ endBytes }) => {
      let end = endBytes;
      while (bytes[end - 1] === 0) end--;
      return end;
    });
    writeFileSync(path, Buffer.alloc(SEGMENT_BYTES));
    const fd = openSync(path, 'r+');
    onTestFinished(() => closeSync(fd));
    let placeBefore = 0;
    for (let length = 0; length <= usedBytes; length++) {
      if (length > 0) writeSync(fd, bytes, length - 1, 1, length - 1);
      const { failure, payloadCount, root } = replayJournal(directory);
      const place = placeOf(root, states);
      expect(place).toBeGreaterThanOrEqual(placeBefore);
      const whole = wholeAt.filter((end) => end <= length).length;
      expect({ length, failure, payloadCount }).toEqual({ length, failure: undefined, payloadCount: whole });
      placeBefore = place;
    }
    expect(placeBefore).toBe(states.length - 1);
  });

  it('gives the state of its last whole record when the file ends there after it has been opened', () => {
    const { states, bytes, usedBytes, directory } = makeSmallJournal(program);
    const path = segmentPath(directory, 0);
    const ends = listRecords(bytes).map(({ endBytes }) => endBytes);
    for (let length = usedBytes; length >= 0; length--) {
      // The header alone first: the reader has opened the segment when the file is cut.
      writeFileSync(path, bytes.subarray(0, HEADER_BYTES));
      truncateSync(path, SEGMENT_BYTES);
      const reader = new JournalReader({ ...FIXED_NONCE, directory });
      try {
        expect(replayFrom(reader).payloadCount).toBe(0);
        writeFileSync(path, bytes.subarray(0, length));
        const { failure, payloadCount, mirror } = replayFrom(reader);
        expect(mirror.finish(directory, false)).toEqual([]);
        const { root } = mirror;
        const whole = ends.filter((end) => end <= length).length;
        const isKnownState = placeOf(root, states) >= 0;
        expect({ length, failure, payloadCount, isKnownState }).toEqual({
          length,
          failure: undefined,
          payloadCount: whole,
          isKnownState: true,
        });
      } finally {
        reader.close();
      }
    }
  });

  // The file is created under its final name and filled in a second call; the app may die between them.
  it('throws nothing when the first segment file has not got its full size', () => {
    const { bytes, directory } = makeSmallJournal(program);
    const path = segmentPath(directory, 0);
    writeFileSync(path, bytes);
    for (const length of [SEGMENT_BYTES - 1, 4096, 100, 0]) {
      truncateSync(path, length);
      expect(replayJournal(directory).failure).toBeUndefined();
    }
  });
});

describe.each(smallPrograms)('a journal with one flipped bit, "$name"', (program) => {
  it('gives a state that the app had, whichever bit it is', () => {
    const { states, bytes, usedBytes, directory } = makeSmallJournal(program);
    const path = segmentPath(directory, 0);
    writeFileSync(path, bytes);
    const fd = openSync(path, 'r+');
    onTestFinished(() => closeSync(fd));
    const records = listRecords(bytes);
    const known = new Set(states);
    for (let offset = 0; offset < usedBytes; offset++) {
      const good = bytes[offset] as number;
      for (let bit = 0; bit < 8; bit++) {
        writeSync(fd, Uint8Array.of(good ^ (1 << bit)), 0, 1, offset);
        const { failure, payloadCount, root } = replayJournal(directory);
        const isKnownState = known.has(describeGraph(root));
        // Exactly the records before the damaged one.
        expect({ offset, bit, failure, payloadCount, isKnownState }).toEqual({
          offset,
          bit,
          failure: undefined,
          payloadCount: countBefore(offset),
          isKnownState: true,
        });
      }
      writeSync(fd, Uint8Array.of(good), 0, 1, offset);
    }
    expect(readFileSync(path).equals(bytes)).toBe(true);

    function countBefore(offset: number): number {
      // What is reserved is not looked at; of all other words of the header each decides about the whole segment.
      if (offset <= SegmentHeader.checksum * WORD_BYTES + 3) return 0;
      if (offset < HEADER_BYTES) return records.length;
      return records.filter(({ endBytes }) => endBytes <= offset).length;
    }
  });

  it('is said to be torn, not clean, when the damage is behind the header and leaves a length', () => {
    const { bytes, directory } = makeSmallJournal(program);
    for (const { offsetBytes, endBytes } of listRecords(bytes)) {
      const damaged = Buffer.from(bytes);
      damaged[endBytes - 1] = (damaged[endBytes - 1] as number) ^ 0x80;
      writeFileSync(segmentPath(directory, 0), damaged);
      expect(replayJournal(directory).tail).toEqual({ state: 'torn', segment: 0, offsetBytes });
    }
  });
});
