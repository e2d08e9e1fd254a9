/**
 * Golden bytes, both ways: what the writer appends is byte for byte what the golden files hold, and what
 * the reader makes of the golden files is the state that the app had.
 *
 * A golden file stays for ever: whoever reads version 1 of the format has to read it. `UPDATE_GOLDEN=1`
 * creates those that are missing and touches none that exists.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Operation, SEGMENT_BYTES, Tag, WORD_BYTES } from '../../src/journal/layout.ts';
import { segmentPath } from '../../src/journal/segment-files.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import {
  type JournalInDirectory,
  makeDirectoryForTest,
  memoryKinds,
  openJournalInDirectory,
  replayJournal,
} from '../fixtures/journal-in-directory.ts';
import { listRecords, tailOffsetOf } from '../fixtures/list-records.ts';
import { type Program, programs, runProgram } from '../fixtures/programs.ts';

/** What a large value of one character repeated leaves in its segments is a megabyte each: compressed. */
function goldenPath({ name }: Program, sequence: number): URL {
  const suffix = name === 'payload-in-parts' ? '.journal.gz' : '.journal';
  return new URL(`golden/${name}-${sequence}${suffix}`, import.meta.url);
}

function readGolden(program: Program, sequence: number): Buffer {
  const path = goldenPath(program, sequence);
  const bytes = readFileSync(path);
  return path.pathname.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** The used part of each segment: header, records, and the terminator behind the last. */
function usedSegments(journal: JournalInDirectory): Buffer[] {
  const segments: Buffer[] = [];
  while (existsSync(segmentPath(journal.directory, segments.length))) {
    const bytes = journal.readSegmentFile(segments.length);
    segments.push(bytes.subarray(0, tailOffsetOf(bytes) + WORD_BYTES));
  }
  return segments;
}

function goldenSegments(program: Program): Buffer[] {
  const segments: Buffer[] = [];
  while (existsSync(goldenPath(program, segments.length))) {
    segments.push(readGolden(program, segments.length));
  }
  return segments;
}

function createMissingGolden(program: Program, segments: readonly Buffer[]): void {
  for (const [sequence, bytes] of segments.entries()) {
    const path = goldenPath(program, sequence);
    const content = path.pathname.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes;
    if (!existsSync(path)) writeFileSync(path, content, { flag: 'wx' });
  }
}

describe.each(programs)('the journal of the program "$name"', (program) => {
  it.each(memoryKinds)('is byte for byte the golden one, %s', (kind) => {
    const journal = openJournalInDirectory({ kind });
    runProgram(program, journal);
    const segments = usedSegments(journal);
    if (process.env['UPDATE_GOLDEN'] === '1') createMissingGolden(program, segments);
    const golden = goldenSegments(program);
    expect(segments.length).toBe(golden.length);
    for (const [sequence, bytes] of segments.entries()) {
      // As text first: a difference is shown record by record.
      expect(describeRecords(bytes)).toEqual(describeRecords(golden[sequence] as Buffer));
      expect(bytes.equals(golden[sequence] as Buffer)).toBe(true);
    }
  });

  it('is read from the golden files as the state that the app had', () => {
    const states = runProgram(program, openJournalInDirectory());
    const directory = makeDirectoryForTest();
    for (const [sequence, bytes] of goldenSegments(program).entries()) {
      writeFileSync(segmentPath(directory, sequence), Buffer.concat([bytes], SEGMENT_BYTES));
    }
    const { root, tail, failure } = replayJournal(directory);
    expect(failure).toBeUndefined();
    expect(tail.state).toBe('clean');
    expect(describeGraph(root)).toBe(states.at(-1));
  });
});

describe('the golden files', () => {
  const records = programs.flatMap((program) =>
    goldenSegments(program).flatMap((bytes) => listRecords(bytes)),
  );

  it('hold every operation', () => {
    const operations = new Set(records.filter(({ part }) => part <= 1).map(({ operation }) => operation));
    expect([...operations].sort((a, b) => a - b)).toEqual(Object.values(Operation));
  });

  it('hold every tag', () => {
    const tags = new Set(
      records.filter(({ operation }) => operation === Operation.setProperty).map(({ tag }) => tag),
    );
    expect([...tags].sort((a, b) => a - b)).toEqual(Object.values(Tag));
  });

  it('hold every kind of part', () => {
    expect(new Set(records.map(({ part }) => part))).toEqual(new Set([0, 1, 2, 3]));
  });
});

/** One line a record; of a large one only its beginning. */
function describeRecords(segment: Buffer): string[] {
  return listRecords(segment).map(({ offsetBytes, endBytes }) => {
    const bytes = segment.subarray(offsetBytes, Math.min(endBytes, offsetBytes + 200)).toString('hex');
    return `${offsetBytes}-${endBytes}: ${bytes}`;
  });
}
