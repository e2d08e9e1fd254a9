/**
 * What an earlier use left in a segment file never comes back: wherever a record ends, and however the bytes
 * behind it look, the reader finds what this use of the file has appended and nothing else.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checksumWords, segmentSeed } from '../../src/journal/checksum.ts';
import { Control, SEGMENT_HEADER_WORDS, WORD_BYTES } from '../../src/journal/layout.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { segmentPath } from '../../src/journal/segment-files.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { FIXED_NONCE } from '../fixtures/journal-ends.ts';
import {
  type JournalInDirectory,
  makeDirectoryForTest,
  memoryKinds,
  openJournalInDirectory,
  replayJournal,
} from '../fixtures/journal-in-directory.ts';
import { listRecords } from '../fixtures/list-records.ts';

const SEGMENTS_MAX_BYTES = 2 * 1024 * 1024;
/** Characters of the value of one record: some dozens of records fill a segment. */
const VALUE_CHARS = 30_000;

interface RecycledJournal {
  /** Every sealed segment as it was when the reader had read it, and the newest as it is. */
  readonly archive: string;
  readonly sequence: number;
  /** The newest segment's file at the moment when its header had been written: all records are stale. */
  readonly stale: Buffer;
  readonly newest: Buffer;
  /** Every state that the app had, described. */
  readonly states: ReadonlySet<string>;
  /** What the reader had when the newest segment had no record yet, and after each record of it. */
  readonly statesInNewest: readonly string[];
}

/** Writes until the file of the newest segment is in its third use. */
function makeRecycledJournal(kind: (typeof memoryKinds)[number]): RecycledJournal {
  const archive = makeDirectoryForTest();
  const journal: JournalInDirectory = openJournalInDirectory({ kind, sizeBytesMax: SEGMENTS_MAX_BYTES });
  const { directory, control } = journal;
  let sequence = 0;
  const reader = new JournalReader({
    ...FIXED_NONCE,
    directory,
    onSegmentRead: (nextSequence) => {
      copyFileSync(segmentPath(directory, sequence), segmentPath(archive, sequence));
      sequence = nextSequence;
      control.write(Control.releasedSequence, nextSequence);
    },
  });
  const readAll = (): void => {
    let more = true;
    while (more) more = reader.readSegment(() => {});
  };
  const state = journal.graph.setRoot({ number: 0, text: '' }) as { number: number; text: string };
  const states = new Set([describeGraph(undefined), describeGraph(state)]);
  const change = (number: number): void => {
    // All records are equally long, so what is stale begins exactly where the next record would.
    state.text = String(number).padStart(VALUE_CHARS, '.');
    states.add(describeGraph(state));
    readAll();
  };
  let number = 0;
  while (reader.tail().segment < 5) change(number++);
  const stale = journal.readSegmentFile(sequence);
  // The seal is appended with the first record of the next segment, which therefore stands there already.
  const statesInNewest = [describeGraph(state)];
  const recordCount = Math.floor(stale.length / VALUE_CHARS) - 2;
  for (let index = 1; index < recordCount; index++) {
    change(number++);
    statesInNewest.push(describeGraph(state));
  }
  expect(sequence).toBe(5);
  expect(journal.warnings).toEqual([]);
  reader.close();
  return { archive, sequence, stale, newest: journal.readSegmentFile(sequence), states, statesInNewest };
}

describe.each(memoryKinds)('a segment file in its third use, %s', (kind) => {
  it('gives the records of this use alone, wherever they end', () => {
    const { archive, sequence, stale, newest, statesInNewest } = makeRecycledJournal(kind);
    const records = listRecords(newest);
    expect(records.length).toBe(statesInNewest.length);
    let staleRecordsMet = 0;
    for (const [index, { offsetBytes, endBytes }] of records.entries()) {
      // With its terminator; and without one, so that a whole stale record stands right behind.
      for (const terminatorBytes of [WORD_BYTES, 0]) {
        const cut = Buffer.from(stale);
        newest.copy(cut, 0, 0, endBytes);
        cut.fill(0, endBytes, endBytes + terminatorBytes);
        writeFileSync(segmentPath(archive, sequence), cut);
        const { root, failure, tail } = replayJournal(archive);
        expect(failure).toBeUndefined();
        expect(describeGraph(root)).toBe(statesInNewest[index]);
        const state = cut.readInt32LE(endBytes) === 0 ? 'clean' : 'torn';
        expect(tail).toEqual({ state, segment: sequence, offsetBytes: endBytes });
        staleRecordsMet += Number(cut.readInt32LE(endBytes) === newest.readInt32LE(offsetBytes));
      }
    }
    // The first record stands where the header's terminator was; behind every other one stood a record.
    expect(staleRecordsMet).toBeGreaterThanOrEqual(records.length - 1);
  });

  it('gives the records before the one in whose middle the write was cut off', () => {
    const { archive, sequence, stale, newest, statesInNewest } = makeRecycledJournal(kind);
    const index = 3;
    const { offsetBytes, endBytes } = listRecords(newest)[index] as { offsetBytes: number; endBytes: number };
    for (let cutAt = offsetBytes; cutAt < endBytes; cutAt += 509) {
      const cut = Buffer.from(stale);
      newest.copy(cut, 0, 0, cutAt);
      writeFileSync(segmentPath(archive, sequence), cut);
      const { root, failure } = replayJournal(archive);
      expect(failure).toBeUndefined();
      expect({ cutAt, state: describeGraph(root) }).toEqual({ cutAt, state: statesInNewest[index - 1] });
    }
  });

  it('gives nothing as long as it has the header of its earlier use', () => {
    const { archive, sequence, newest, states } = makeRecycledJournal(kind);
    const earlier = Buffer.from(newest);
    const before = openJournalInDirectory({ kind }).readSegmentFile(0);
    before.copy(earlier, 0, 0, SEGMENT_HEADER_WORDS * WORD_BYTES);
    writeFileSync(segmentPath(archive, sequence), earlier);
    const { root, failure, tail } = replayJournal(archive);
    expect(failure).toBeUndefined();
    expect(states).toContain(describeGraph(root));
    expect(tail).toEqual({
      state: 'clean',
      segment: sequence,
      offsetBytes: SEGMENT_HEADER_WORDS * WORD_BYTES,
    });
  });
});

describe('the seed of a segment', () => {
  const { nonceLow, nonceHigh } = FIXED_NONCE;

  it('differs for every sequence number of a session', () => {
    const seeds = new Set<number>();
    for (let sequence = 0; sequence < 200_000; sequence++)
      seeds.add(segmentSeed(nonceLow, nonceHigh, sequence));
    expect(seeds.size).toBe(200_000);
  });

  it('differs when one bit of the nonce differs', () => {
    const seeds = new Set([segmentSeed(nonceLow, nonceHigh, 0)]);
    for (let bit = 0; bit < 32; bit++) {
      seeds.add(segmentSeed(nonceLow ^ (1 << bit), nonceHigh, 0));
      seeds.add(segmentSeed(nonceLow, nonceHigh ^ (1 << bit), 0));
    }
    expect(seeds.size).toBe(65);
  });

  it('makes the checksum of the same record another one in every segment', () => {
    const payload = Int32Array.of(0x0001_0502, 1, 7);
    const checksums = new Set<number>();
    for (let sequence = 0; sequence < 10_000; sequence++) {
      checksums.add(checksumWords(payload, 0, 3, segmentSeed(nonceLow, nonceHigh, sequence), 5));
    }
    expect(checksums.size).toBe(10_000);
  });
});
