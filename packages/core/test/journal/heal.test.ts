/** A journal that has stopped is taken up again: whoever reads it from its beginning finds the state as it is then. */
import { expect, test } from 'vitest';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { type MemoryKind, memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

const TEXT = 'x'.repeat(300_000);

/** One that nobody reads, on a disk that can be full. */
function openState(kind: MemoryKind) {
  const disk = { isFull: false };
  const journal = openJournalInDirectory({
    kind,
    isDiskFull: () => disk.isFull,
    stallTimeoutMs: 1,
    isGuardianAlive: () => false,
  });
  const state = journal.graph.setRoot({ list: [] as string[], n: 0 }) as { list: string[]; n: number };
  return { disk, journal, state };
}

test.each(memoryKinds)('that has stopped for want of room (%s)', (kind) => {
  const { disk, journal, state } = openState(kind);
  const { graph, writer, warnings } = journal;
  disk.isFull = true;
  while (!writer.degraded) state.list.push(TEXT);
  state.n = 1;
  let told = 0;
  const tell = (): void => graph.tellAnew(() => told++);
  expect(writer.heal(tell)).toBe(false);
  expect(writer.degraded).toBe(true);
  disk.isFull = false;
  expect(writer.heal(tell)).toBe(true);
  state.n = 2;
  expect(told).toBe(1);
  const { root, failure } = journal.replay();
  expect(failure).toBeUndefined();
  expect(describeGraph(root)).toBe(describeGraph(state));
  expect(warnings.length).toBeGreaterThanOrEqual(1);
});

test.each(memoryKinds)(
  'that has stopped in a transaction: nothing of that counts before all of the rest (%s)',
  (kind) => {
    const { disk, journal, state } = openState(kind);
    const { graph, writer } = journal;
    const before = describeGraph(state);
    runTransaction(graph, () => {
      state.n = 1;
      disk.isFull = true;
      while (!writer.degraded) state.list.push(TEXT);
      state.n = 2;
    });
    state.n = 3;
    expect(describeGraph(journal.replay().root)).toBe(before);
    disk.isFull = false;
    const tell = (): void => {
      expect(describeGraph(journal.replay().root)).toBe(before);
      graph.tellAnew(() => {});
    };
    expect(writer.heal(tell)).toBe(true);
    expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
    runTransaction(graph, () => {
      state.n = 4;
      state.list.length = 0;
    });
    state.n = 5;
    const { root, failure } = journal.replay();
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(describeGraph(state));
  },
);
