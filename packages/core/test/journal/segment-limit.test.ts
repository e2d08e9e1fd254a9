/** Where a segment ends: whatever the last record is, the seal behind it fits and the reader goes on. */
import { describe, expect, it } from 'vitest';
import { SEGMENT_LIMIT_WORDS, WORD_BYTES } from '../../src/journal/layout.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import {
  type JournalInDirectory,
  memoryKinds,
  openJournalInDirectory,
} from '../fixtures/journal-in-directory.ts';
import { tailOffsetOf } from '../fixtures/list-records.ts';

interface State {
  text: unknown;
  filler: unknown;
  list: unknown[];
}

/** Words of a record with `state.text = ` a latin1 string, and with `state.filler = ` an array of one, beside its characters. */
const TEXT_OVERHEAD_WORDS = 5;
const FILLER_OVERHEAD_WORDS = 8;

/** Appends until exactly `roomWords` words are left up to the segment's limit. */
function fillUpTo(journal: JournalInDirectory, state: State, roomWords: number): void {
  state.text = '';
  const tailWords = (): number => tailOffsetOf(journal.readSegmentFile(0)) / WORD_BYTES;
  let room = SEGMENT_LIMIT_WORDS - tailWords() - roomWords;
  for (; room > 1000; room -= TEXT_OVERHEAD_WORDS + 200) state.text = 'x'.repeat(200 * WORD_BYTES);
  // What is not a primitive is appended as soon as there is room for just this record.
  state.filler = ['x'.repeat((room - FILLER_OVERHEAD_WORDS) * WORD_BYTES)];
  expect(tailWords()).toBe(SEGMENT_LIMIT_WORDS - roomWords);
}

const changes: Record<string, (state: State, value: unknown) => void> = {
  'a property': (state, value) => (state.text = value),
  'an element': (state, value) => (state.list[0] = value),
  'a pushed element': (state, value) => state.list.push(value),
};

const values: Record<string, unknown> = {
  'one word': 1,
  'a string': 'Ω'.repeat(300),
  'a bigint': 2n ** 4096n,
  'an object': { a: ['Ω'.repeat(100)] },
};

/** `primitiveWordsMax` of both is 512, which is what the writer makes room for: without the record's first words. */
const longestInPlace: Record<string, unknown> = {
  'the longest string that is written in place': 'Ω'.repeat(1020),
  'the longest bigint that is written in place': 2n ** (4n * 4079n) - 1n,
};

interface ReplayBehindLimit {
  readonly appState: string;
  readonly mirrorState: string;
  readonly tail: string;
  readonly warnings: readonly string[];
}

/** Makes the change with so many words left, goes on for some segments, and reads it all. */
function changeAtLimit(
  kind: (typeof memoryKinds)[number],
  change: string,
  value: unknown,
  room: number,
): ReplayBehindLimit {
  const journal = openJournalInDirectory({ kind });
  const state = journal.graph.setRoot({ text: '', filler: 0, list: [0] }) as State;
  fillUpTo(journal, state, room);
  changes[change]?.(state, value);
  state.text = 'behind';
  state.text = 'x'.repeat(4_000_000);
  state.text = 'the end';
  const { root, failure, tail } = journal.replay();
  expect(failure).toBeUndefined();
  return {
    appState: describeGraph(state),
    mirrorState: describeGraph(root),
    tail: tail.state,
    warnings: journal.warnings,
  };
}

describe.each(memoryKinds)('the last record of a segment, %s', (kind) => {
  for (const change of Object.keys(changes)) {
    it.each(Object.entries(values))(`leaves room for the seal when it is ${change} with %s`, (_, value) => {
      for (const room of [0, 1, 5, 511, 512, 513, 516]) {
        const { appState, mirrorState, tail, warnings } = changeAtLimit(kind, change, value, room);
        expect({ room, tail, warnings }).toEqual({ room, tail: 'clean', warnings: [] });
        expect(mirrorState).toBe(appState);
      }
    });

    it.each(Object.entries(longestInPlace))(
      `leaves room for the seal when it is ${change} with %s`,
      (_, value) => {
        for (const room of [512, 513, 516]) {
          const { appState, mirrorState, tail, warnings } = changeAtLimit(kind, change, value, room);
          expect({ room, tail, warnings }).toEqual({ room, tail: 'clean', warnings: [] });
          expect(mirrorState).toBe(appState);
        }
      },
    );
  }
});
