/**
 * Golden bytes, both ways: what the writer appends is byte for byte what the golden files of this version hold,
 * and what the reader makes of the golden files of every version is the state that the app had.
 *
 * A golden file stays for ever: whoever reads a version of the format has to read it. `UPDATE_GOLDEN=1` creates
 * those of this version that are missing and touches none that exists.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  BYTE_MASK,
  ERROR_NAMES,
  FORMAT_VERSION,
  NodeKind,
  Operation,
  SEGMENT_BYTES,
  SegmentHeader,
  Tag,
  WORD_BYTES,
} from '../../src/journal/layout.ts';
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
import { type Program, programs, programsOfVersion1, runProgram } from '../fixtures/programs.ts';

/** What a large value of one character repeated leaves in its segments is a megabyte each: compressed. */
function goldenPath({ name }: Program, version: number, sequence: number): URL {
  const suffix = name === 'payload-in-parts' ? '.journal.gz' : '.journal';
  return new URL(`${goldenFolder(version)}${name}-${sequence}${suffix}`, import.meta.url);
}

/** Version 1 was there before the others. */
function goldenFolder(version: number): string {
  return version === 1 ? 'golden/' : `golden/v${version}/`;
}

function readGolden(program: Program, version: number, sequence: number): Buffer {
  const path = goldenPath(program, version, sequence);
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

function goldenSegments(program: Program, version: number): Buffer[] {
  const segments: Buffer[] = [];
  while (existsSync(goldenPath(program, version, segments.length))) {
    segments.push(readGolden(program, version, segments.length));
  }
  return segments;
}

/** The files that hold the bytes of ArrayBuffers, by their names; as they are after the last step. */
function memoryFiles(directory: string): [name: string, bytes: Buffer][] {
  const names = readdirSync(directory).filter((name) => name.startsWith('memory-'));
  return names.map((name) => [name, readFileSync(join(directory, name))]);
}

function goldenMemoryFiles({ name }: Program): [name: string, bytes: Buffer][] {
  const folder = new URL(goldenFolder(FORMAT_VERSION), import.meta.url);
  const pattern = new RegExp(`^${name}-(?<file>memory-\\d+)\\.gz$`);
  return readdirSync(folder).flatMap((entry): [string, Buffer][] => {
    const file = pattern.exec(entry)?.groups?.['file'];
    return file === undefined ? [] : [[file, gunzipSync(readFileSync(new URL(entry, folder)))]];
  });
}

function createUnlessThere(path: URL, bytes: Uint8Array): void {
  const content = path.pathname.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes;
  if (!existsSync(path)) writeFileSync(path, content, { flag: 'wx' });
}

function createMissingGolden(program: Program, journal: JournalInDirectory): void {
  mkdirSync(new URL(goldenFolder(FORMAT_VERSION), import.meta.url), { recursive: true });
  for (const [sequence, bytes] of usedSegments(journal).entries()) {
    createUnlessThere(goldenPath(program, FORMAT_VERSION, sequence), bytes);
  }
  for (const [name, bytes] of memoryFiles(journal.directory)) {
    createUnlessThere(
      new URL(`${goldenFolder(FORMAT_VERSION)}${program.name}-${name}.gz`, import.meta.url),
      bytes,
    );
  }
}

const kindsOf = ({ memoryKinds: kinds = memoryKinds }: Program): typeof memoryKinds | readonly ['mapped'] =>
  kinds as typeof memoryKinds;

describe.each(programs)('the journal of the program "$name"', (program) => {
  it.each(kindsOf(program))('is byte for byte the golden one, %s', (kind) => {
    const journal = openJournalInDirectory({ kind });
    runProgram(program, journal);
    const segments = usedSegments(journal);
    if (process.env['UPDATE_GOLDEN'] === '1' && kind === 'mapped') createMissingGolden(program, journal);
    const golden = goldenSegments(program, FORMAT_VERSION);
    expect(segments.length).toBe(golden.length);
    for (const [sequence, bytes] of segments.entries()) {
      // As text first: a difference is shown record by record.
      expect(describeRecords(bytes)).toEqual(describeRecords(golden[sequence] as Buffer));
      expect(bytes.equals(golden[sequence] as Buffer)).toBe(true);
    }
  });

  it.each(kindsOf(program))('is read as the state that the app had, %s', (kind) => {
    const journal = openJournalInDirectory({ kind });
    const states = runProgram(program, journal);
    // Written, the bytes of buffers are looked at ten times a second, and at the end of a transaction.
    if (kind === 'written' && journal.graph.memory.keepUndo()) journal.graph.memory.dropUndo();
    const { root, failure } = journal.replay();
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(states.at(-1));
  });
});

const goldenJournals = [
  ...programsOfVersion1.map((program) => ({ name: program.name, version: 1, program })),
  ...programs.map((program) => ({ name: program.name, version: FORMAT_VERSION, program })),
];

describe.each(goldenJournals)('the golden files of "$name", version $version', ({ program, version }) => {
  it('are read as the state that the app had', () => {
    const states = runProgram(program, openJournalInDirectory());
    const directory = makeDirectoryForTest();
    const segments = goldenSegments(program, version);
    expect(segments.length).toBeGreaterThan(0);
    for (const [sequence, bytes] of segments.entries()) {
      expect(bytes.readInt32LE(SegmentHeader.version * WORD_BYTES)).toBe(version);
      writeFileSync(segmentPath(directory, sequence), Buffer.concat([bytes], SEGMENT_BYTES));
    }
    if (version !== 1) {
      for (const [name, bytes] of goldenMemoryFiles(program)) writeFileSync(join(directory, name), bytes);
    }
    const { root, tail, failure } = replayJournal(directory);
    expect(failure).toBeUndefined();
    expect(tail.state).toBe('clean');
    expect(describeGraph(root)).toBe(states.at(-1));
  });
});

it('a transaction without a record of its own, as written at first, is read as well', () => {
  const program = programs.find(({ name }) => name === 'every-operation-of-version-2') as Program;
  const states = runProgram(program, openJournalInDirectory());
  const directory = makeDirectoryForTest();
  const bytes = readFileSync(
    new URL('golden/v2/every-operation-of-version-2-0.without-transaction.journal', import.meta.url),
  );
  writeFileSync(segmentPath(directory, 0), Buffer.concat([bytes], SEGMENT_BYTES));
  const { root, failure } = replayJournal(directory);
  expect(failure).toBeUndefined();
  expect(describeGraph(root)).toBe(states.at(-1));
});

describe.each([1, FORMAT_VERSION])('the golden files of version %i', (version) => {
  const segments = programs.flatMap((program) => goldenSegments(program, version));
  const records = segments.flatMap((bytes) => listRecords(bytes));

  it('hold every operation of it', () => {
    const operations = records.filter(({ part }) => part <= 1).map(({ operation }) => operation);
    const last = version === 1 ? Operation.seal : Infinity;
    expect(numbersIn(operations)).toEqual(Object.values(Operation).filter((operation) => operation <= last));
  });

  it('hold every tag of it', () => {
    const tags = records.filter(({ operation }) => operation === Operation.setProperty).map(({ tag }) => tag);
    // A hole is only ever an item.
    const holes = records.filter(
      ({ operation, payload }) => operation === Operation.assignElements && payload.includes(Tag.hole),
    );
    if (holes.length > 0) tags.push(Tag.hole);
    const last = version === 1 ? Tag.newArray : Infinity;
    expect(numbersIn(tags)).toEqual(Object.values(Tag).filter((tag) => tag <= last));
  });

  it('hold every kind of part', () => {
    expect(numbersIn(records.map(({ part }) => part))).toEqual([0, 1, 2, 3]);
  });
});

describe('the golden files of this version', () => {
  /** Of nodes that are the value of a property with a key from the table: id, head, and what comes behind. */
  const made = programs
    .flatMap((program) => goldenSegments(program, FORMAT_VERSION))
    .flatMap((bytes) => listRecords(bytes))
    .filter(({ operation, tag }) => operation === Operation.setProperty && tag === Tag.newNode)
    .map(({ payload }) => payload.subarray(3));

  it('hold every kind of node', () => {
    const kinds = new Set(made.map(([head = 0]) => head & BYTE_MASK));
    // Buffers are named by the views of them, or come with the first state.
    kinds.add(NodeKind.arrayBuffer);
    expect(numbersIn(kinds)).toEqual(Object.values(NodeKind));
  });

  it('hold every type of error', () => {
    const errors = made.filter(([head = 0]) => (head & BYTE_MASK) === NodeKind.error && (head & 0x800) === 0);
    const types = new Set(errors.map(([, type = -1]) => type));
    // A class of its own stands for RangeError.
    types.add(ERROR_NAMES.indexOf('RangeError'));
    expect(numbersIn(types)).toEqual(ERROR_NAMES.map((_, index) => index));
  });
});

/** In ascending order, each once. */
function numbersIn(values: Iterable<number>): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** One line a record; of a large one only its beginning. */
function describeRecords(segment: Buffer): string[] {
  return listRecords(segment).map(({ offsetBytes, endBytes }) => {
    const bytes = segment.subarray(offsetBytes, Math.min(endBytes, offsetBytes + 200)).toString('hex');
    return `${offsetBytes}-${endBytes}: ${bytes}`;
  });
}
