/** Trouble of the environment never throws into the app: the journal waits, goes on, or stops and says so. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RecordDecoder } from '../../src/journal/decode-record.ts';
import { Control } from '../../src/journal/layout.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { JournalWriter } from '../../src/journal/writer.ts';
import type { ControlPage, Segment, SegmentMemory } from '../../src/memory/segment.ts';
import { Mirror } from '../../src/mirror/mirror.ts';
import { MappedBuffers } from '../../src/memory/mapped-buffers.ts';
import { openWrittenMemory } from '../../src/memory/written-segment.ts';
import { Graph } from '../../src/state/graph.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { FIXED_NONCE, writeControlFile } from '../fixtures/journal-ends.ts';
import { makeDirectoryForTest, replayJournal } from '../fixtures/journal-in-directory.ts';

interface Faults {
  createSegment?: (count: number) => void;
  publish?: (count: number) => void;
  readControl?: (word: number) => void;
  whileWaiting?: (control: ControlPage) => boolean;
}

function error(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** A journal of two to four segments on a file system that fails when it is told to. */
function openFaultyJournal(
  faults: Faults,
  directory = makeDirectoryForTest(),
): {
  state: any;
  writer: JournalWriter;
  warnings: string[];
  directory: string;
  control: ControlPage;
} {
  writeControlFile(directory);
  const real = openWrittenMemory();
  let created = 0;
  let published = 0;
  const memory: SegmentMemory = {
    kind: 'written',
    createSegment(path): Segment {
      faults.createSegment?.(++created);
      const segment = real.createSegment(path);
      return {
        words: segment.words,
        close: () => segment.close(),
        stage: (from, to, lengthWord) => segment.stage(from, to, lengthWord),
        release: (at, record) => segment.release(at, record),
        publish(from, to, lengthWord) {
          faults.publish?.(++published);
          segment.publish(from, to, lengthWord);
        },
      };
    },
    openControl: (path) => real.openControl(path),
  };
  const realControl = real.openControl(`${directory}/control`);
  const control: ControlPage = {
    words: undefined,
    read(word) {
      faults.readControl?.(word);
      return realControl.read(word);
    },
    write: (word, value) => realControl.write(word, value),
    moveTo: (path) => realControl.moveTo(path),
    close: () => realControl.close(),
  };
  const warnings: string[] = [];
  const writer = new JournalWriter({
    ...FIXED_NONCE,
    directory,
    memory,
    control,
    sizeBytesMax: 4 * 1024 * 1024,
    ring: () => {},
    isGuardianAlive: () => faults.whileWaiting?.(realControl) ?? true,
    onDegraded: (reason) => warnings.push(reason),
    stallTimeoutMs: 50,
  });
  const state = new Graph(
    writer,
    new MappedBuffers(
      directory,
      () => {},
      () => {},
    ),
  ).setRoot({ n: 0, list: [] });
  return { state, writer, warnings, directory, control: realControl };
}

/** About 300 kB of journal a round. */
function change(state: any, round: number): void {
  state.list = Array.from({ length: 10_000 }, (_, index) => `round ${round} item ${index}`);
  state.n = round;
}

describe('the app goes on and is told once', () => {
  test.each<[string, Faults, RegExp]>([
    [
      'when a record cannot be written',
      {
        publish: (count) => {
          if (count > 20) throw error('EIO');
        },
      },
      /EIO: injected/,
    ],
    ['when the guardian releases nothing', {}, /full and the guardian has read nothing for 0 s/],
    ['when the guardian has died', { whileWaiting: () => false }, /guardian has died/],
    [
      'when the control file cannot be read',
      {
        readControl: () => {
          throw error('EIO');
        },
      },
      /cannot go on to its next segment: EIO/,
    ],
  ])('%s', (_, faults, reason) => {
    const { state, writer, warnings, directory, control } = openFaultyJournal(faults);
    for (let round = 1; round <= 40; round++) change(state, round);
    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(writer.degraded).toBe(true);
    expect(control.read(Control.degraded)).toBe(1);
    expect([state.n, state.list.length]).toEqual([40, 10_000]);
    const { root, failure } = replayJournal(directory);
    expect(failure).toBeUndefined();
    // What is there is a state that the app had.
    const twin: any = { n: 0, list: [] };
    const states = [describeGraph(twin)];
    for (let round = 1; round <= 40; round++) {
      twin.list = Array.from({ length: 10_000 }, (_, index) => `round ${round} item ${index}`);
      states.push(describeGraph(twin));
      twin.n = round;
      states.push(describeGraph(twin));
    }
    expect(states).toContain(describeGraph(root));
  });
});

describe('nothing is lost', () => {
  test('when the disk has no room for a third segment: the app waits for the two that it has', () => {
    const directory = makeDirectoryForTest();
    const mirror = new Mirror();
    const decoder = new RecordDecoder(mirror);
    let released = 0;
    const reader = new JournalReader({
      ...FIXED_NONCE,
      directory,
      onSegmentRead: (nextSequence) => {
        released = nextSequence;
      },
    });
    const readOn = (): void => {
      while (reader.readSegment((words, from, to) => decoder.decode(words, from, to)));
    };
    const { state, warnings } = openFaultyJournal(
      {
        createSegment: (count) => {
          if (count > 2) throw error('ENOSPC');
        },
        whileWaiting: (control) => {
          readOn();
          control.write(Control.releasedSequence, released);
          return true;
        },
      },
      directory,
    );
    for (let round = 1; round <= 40; round++) change(state, round);
    readOn();
    reader.close();
    expect(warnings).toEqual([]);
    expect(released).toBeGreaterThan(5);
    expect(describeGraph(mirror.root)).toBe(describeGraph(state));
  });
});

test('a journal that cannot have its first two segments is not begun, and leaves no file', () => {
  const directory = makeDirectoryForTest();
  const faults: Faults = {
    createSegment: (count) => {
      if (count === 2) throw error('ENOSPC');
    },
  };
  expect(() => openFaultyJournal(faults, directory)).toThrow(/ENOSPC/);
  expect(readdirSync(directory)).toEqual(['control']);
});
