/**
 * A death in a transaction, at each of its steps (docs/format/journal.md, "A transaction"): the reader finds the
 * state, and the bytes of its buffers, from before it, or all of it.
 */
import { describe, expect, it } from 'vitest';
import { Control, SEGMENT_HEADER_WORDS, WORD_BYTES } from '../../src/journal/layout.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { FIXED_NONCE, replayFrom } from '../fixtures/journal-ends.ts';
import {
  type JournalInDirectory,
  memoryKinds,
  openJournalInDirectory,
} from '../fixtures/journal-in-directory.ts';

/** The state that a guardian would give to a rescue if the app died now, read by the words of the document. */
function rescuedNow({ directory, control }: JournalInDirectory): string {
  const reader = new JournalReader({ ...FIXED_NONCE, directory });
  try {
    const { mirror, tail, failure } = replayFrom(reader);
    expect(failure).toBeUndefined();
    expect(tail.state).toBe('clean');
    const sequence = control.read(Control.undoSequence);
    const isThere = tail.segment === sequence && tail.offsetBytes === control.read(Control.undoOffset);
    const isBehind = tail.segment === sequence + 1 && tail.offsetBytes === SEGMENT_HEADER_WORDS * WORD_BYTES;
    const isUndone = control.read(Control.undoOpen) === 1 && (isThere || isBehind);
    expect(mirror.finish(directory, isUndone)).toEqual([]);
    return describeGraph(mirror.root);
  } finally {
    reader.close();
  }
}

function openState(kind: (typeof memoryKinds)[number]): { journal: JournalInDirectory; state: any } {
  const journal = openJournalInDirectory({ kind });
  const state = journal.graph.setRoot({
    list: [1],
    bytes: new Uint8Array(100).fill(1),
    large: new Float64Array(10_000).fill(1),
    huge: new Uint8Array(20 * 1024 * 1024).fill(1),
  });
  return { journal, state };
}

describe.each(memoryKinds)('a death in a transaction, %s', (kind) => {
  it('gives the state from before it, whatever has been done in it', () => {
    const { journal, state } = openState(kind);
    const before = describeGraph(state);
    runTransaction(journal.graph, () => {
      expect(rescuedNow(journal)).toBe(before);
      state.bytes[0] = 2;
      expect(rescuedNow(journal)).toBe(before);
      state.list.push({ a: 'record' }, state.bytes);
      state.large.fill(2);
      expect(rescuedNow(journal)).toBe(before);
      state.new = new Uint8Array(10);
      state.large = [state.large, 'moved'];
      state.huge[0] = 2;
      delete state.huge;
      expect(rescuedNow(journal)).toBe(before);
      state.text = 'more than a segment '.repeat(200_000);
      expect(journal.writer.position.segment).toBeGreaterThan(2);
      state.bytes[1] = 2;
      expect(rescuedNow(journal)).toBe(before);
    });
    expect(rescuedNow(journal)).toBe(describeGraph(state));
    expect(rescuedNow(journal)).not.toBe(before);
    state.after = true;
    expect(rescuedNow(journal)).toBe(describeGraph(state));
  });

  it('gives the state from before it while it is taken back, and afterwards', () => {
    const { journal, state } = openState(kind);
    const before = describeGraph(state);
    const fail = (): void => {
      runTransaction(journal.graph, () => {
        state.bytes[0] = 2;
        state.list.push(1);
        delete state.huge;
        delete state.bytes;
        throw new Error('no');
      });
    };
    expect(fail).toThrow('no');
    expect(describeGraph(state)).toBe(before);
    expect(rescuedNow(journal)).toBe(before);
    state.list.push(2);
    expect(rescuedNow(journal)).toBe(describeGraph(state));
  });

  it('gives the bytes from before it when it has written to elements alone', () => {
    const { journal, state } = openState(kind);
    const before = describeGraph(state);
    runTransaction(journal.graph, () => {
      state.bytes.fill(9);
      expect(rescuedNow(journal)).toBe(before);
    });
    expect(rescuedNow(journal)).toBe(describeGraph(state));
  });

  it('gives the bytes from before it when the segment has changed before its first record', () => {
    const { journal, state } = openState(kind);
    // As much as fits: the next record finds no room.
    const { position } = journal.writer;
    state.text = 'x'.repeat(1024 * 1024 - position.offsetBytes - 100 - 600);
    while (journal.writer.position.offsetBytes < 1024 * 1024 - 2200) state.list.push('x'.repeat(200));
    const before = describeGraph(state);
    runTransaction(journal.graph, () => {
      const { segment } = journal.writer.position;
      state.bytes[0] = 5;
      state.list.push('y'.repeat(2000));
      expect(journal.writer.position.segment).toBe(segment + 1);
      expect(rescuedNow(journal)).toBe(before);
    });
    expect(rescuedNow(journal)).toBe(describeGraph(state));
  });
});
