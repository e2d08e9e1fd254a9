/** ArrayBuffers and their views: where their bytes are, who shares them, and what becomes of them. */
import { readdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { markAsUntransferable } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

beforeAll(() => guardBuiltins());

describe.each(memoryKinds)('with the %s journal', (kind) => {
  test('what is written to elements is in the guardian’s copy', () => {
    const journal = openJournalInDirectory({ kind });
    const state: any = journal.graph.setRoot({ bytes: new Uint8Array(10), large: new Float64Array(100_000) });
    const { bytes, large } = state;
    bytes[3] = 7;
    large[99_999] = 0.5;
    new DataView(bytes.buffer).setInt16(0, -2);
    expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
    bytes.set([1, 2, 3], 5);
    large.sort().reverse();
    expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
  });

  test('views share a buffer only where they did before', () => {
    const journal = openJournalInDirectory({ kind });
    const buffer = new ArrayBuffer(8);
    const state: any = journal.graph.setRoot({
      one: new Uint8Array(buffer),
      two: new Uint16Array(buffer, 2, 2),
      other: new Uint8Array(8),
      pooled: [Buffer.from('a'), Buffer.from('b')],
    });
    expect(state.one.buffer).toBe(state.two.buffer);
    expect(state.other.buffer).not.toBe(state.one.buffer);
    expect(state.other.buffer.byteLength).toBe(8);
    expect(state.pooled[0].buffer).not.toBe(state.pooled[1].buffer);
    state.sub = state.one.subarray(2, 4);
    state.two[0] = 0x0102;
    expect(state.sub[0]).toBe(2);
    const root: any = journal.replay().root;
    expect(root.sub.buffer).toBe(root.one.buffer);
    expect(describeGraph(root)).toBe(describeGraph(state));
  });

  test('the original and its copy are two', () => {
    const journal = openJournalInDirectory({ kind });
    const original = new Uint8Array([1]);
    const state: any = journal.graph.setRoot({ bytes: original });
    original[0] = 9;
    state.bytes[0] = 5;
    expect([original[0], state.bytes[0]]).toEqual([9, 5]);
  });

  test('a value that has left the state stays what it is, and can come back', () => {
    const journal = openJournalInDirectory({ kind });
    const state: any = journal.graph.setRoot({});
    const kept: any[] = [];
    // More than is kept in files for those that have left.
    for (let round = 0; round < 12; round++) {
      state.frame = new Uint8Array(4 * 1024 * 1024).fill(round);
      kept.push(state.frame);
    }
    delete state.frame;
    for (const [round, frame] of kept.entries()) expect([frame[0], frame.at(-1)]).toEqual([round, round]);
    kept[0][1] = 77;
    [state.frame] = kept;
    state.frame[2] = 78;
    expect([...state.frame.subarray(0, 4)]).toEqual([0, 77, 78, 0]);
    expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
    const bytes = readdirSync(journal.directory)
      .filter((name) => name.startsWith('memory-'))
      .reduce((sum, name) => sum + statSync(`${journal.directory}/${name}`).size, 0);
    expect(bytes).toBeLessThanOrEqual(24 * 1024 * 1024);
  });

  test('thousands of small ones take a few files', () => {
    const journal = openJournalInDirectory({ kind: 'mapped' });
    const state: any = journal.graph.setRoot({ digests: [] });
    for (let n = 0; n < 3000; n++) state.digests.push(new Uint8Array(32).fill(n));
    expect(readdirSync(journal.directory).filter((name) => name.startsWith('memory-')).length).toBeLessThan(
      5,
    );
    expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
  });

  test('its memory cannot be moved away', () => {
    const journal = openJournalInDirectory({ kind });
    const state: any = journal.graph.setRoot({ bytes: new Uint8Array(8) });
    const { buffer } = state.bytes;
    for (const attempt of [
      () => buffer.transfer(),
      () => buffer.transferToFixedLength(4),
      () => structuredClone(buffer, { transfer: [buffer] }),
      () => new MessageChannel().port1.postMessage(buffer, [buffer]),
    ]) {
      expect(attempt).toThrow(/stays where it is|could not be cloned|Cannot transfer/);
      expect(buffer.byteLength).toBe(8);
    }
    // Others can still be.
    expect(new ArrayBuffer(4).transfer(8).byteLength).toBe(8);
    expect(() => markAsUntransferable(new ArrayBuffer(1))).not.toThrow();
  });
});

test('without mapped memory, elements are written within a tenth of a second', async () => {
  const journal = openJournalInDirectory({ kind: 'written' });
  const state: any = journal.graph.setRoot({ bytes: new Uint8Array(4) });
  state.bytes[0] = 1;
  const { replayJournal } = await import('../fixtures/journal-in-directory.ts');
  let seen = 0;
  for (let look = 0; look < 100 && seen === 0; look++) {
    await sleep(20);
    seen = (replayJournal(journal.directory).root as any).bytes[0];
  }
  expect(seen).toBe(1);
});
