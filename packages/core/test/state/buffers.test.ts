/** ArrayBuffers and their views: where their bytes are, who shares them, and what becomes of them. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { markAsUntransferable } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryPath } from '../../src/journal/segment-files.ts';
import type { BufferPlace } from '../../src/memory/buffer-memory.ts';
import { MappedBuffers } from '../../src/memory/mapped-buffers.ts';
import { WrittenBuffers } from '../../src/memory/written-buffers.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { takeSnapshot } from '../../src/state/snapshot.ts';
import { nodeOf, type TrackedNode } from '../../src/state/tracked-node.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import {
  type JournalInDirectory,
  makeDirectoryForTest,
  type MemoryKind,
  memoryKinds,
  openJournalInDirectory,
  replayJournal,
} from '../fixtures/journal-in-directory.ts';

beforeAll(() => guardBuiltins());

function openWith(kind: MemoryKind, value: object): [JournalInDirectory, any] {
  const journal = openJournalInDirectory({ kind });
  return [journal, journal.graph.setRoot({ value })];
}

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

  test('of Node’s pool, whatever its size, a Buffer is kept alone', () => {
    const journal = openJournalInDirectory({ kind });
    const state: any = journal.graph.setRoot({ pooled: [] });
    const sizeBefore = Buffer.poolSize;
    try {
      Buffer.from('a secret of somebody else');
      // Counts from the next pool on; this one is in use until it is full.
      for (const size of [sizeBefore, sizeBefore * 4]) {
        Buffer.poolSize = size;
        state.pooled.push(Buffer.from('own'));
      }
      for (let bytes = 0; bytes < sizeBefore; bytes += 1024) Buffer.allocUnsafe(1024);
      Buffer.from('a secret of somebody else');
      state.pooled.push(Buffer.from('own'));
    } finally {
      Buffer.poolSize = sizeBefore;
    }
    expect(state.pooled.map(({ buffer }: Buffer) => buffer.byteLength)).toEqual([3, 3, 3]);
    expect(journal.readSegmentFile(0).includes('secret')).toBe(false);
  });

  test('one that is the user’s own keeps its views together, although it is marked like the pool', () => {
    const buffer = new ArrayBuffer(16);
    markAsUntransferable(buffer);
    const [, state] = openWith(kind, [Buffer.from(buffer, 0, 8), Buffer.from(buffer, 4, 8)]);
    state.value[0][4] = 7;
    expect(state.value[1][0]).toBe(7);
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

  describe('a resizable one', () => {
    test('is as long as it is made, and so are its views', () => {
      const [journal, state] = openWith(kind, new Uint8Array(new ArrayBuffer(2, { maxByteLength: 100_000 })));
      const { buffer } = state.value;
      const plain = new Uint8Array(new ArrayBuffer(2, { maxByteLength: 100_000 }));
      state.fixed = new Uint8Array(buffer, 1, 1);
      state.sub = state.value.subarray(1);
      for (const length of [5, 4096, 4097, 99_999, 100_000, 3, 0, 1, 50_000]) {
        buffer.resize(length);
        expect(state.value.length).toBe(length);
        plain.buffer.resize(length);
        if (length > 0) state.value[length - 1] = plain[length - 1] = 7;
        expect(Buffer.compare(state.value, plain)).toBe(0);
        expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
      }
      delete state.value;
      buffer.resize(60_000);
      expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
      expect(journal.warnings).toEqual([]);
    });

    test('has the language’s own errors', () => {
      const [journal, state] = openWith(kind, new ArrayBuffer(2, { maxByteLength: 10 }));
      const before = describeGraph(state);
      const { value } = state;
      const plain = new ArrayBuffer(2, { maxByteLength: 10 });
      for (const length of [11, -1, Infinity, 2n ** 70n, Symbol('s'), '12', { valueOf: () => 99 }]) {
        const errors = [value, plain].map((buffer) => {
          try {
            buffer.resize(length);
            return undefined;
          } catch (error) {
            return error;
          }
        });
        expect(errors[0]).toBeInstanceOf(Error);
        expect((errors[0] as Error).constructor).toBe((errors[1] as Error).constructor);
      }
      expect(describeGraph(state)).toBe(before);
      value.resize('4');
      expect(value.byteLength).toBe(4);
      value.resize();
      expect(value.byteLength).toBe(0);
      expect(() => value.transfer()).toThrow(/stays where it is/);
      expect(() => openWith(kind, new ArrayBuffer(2))[1].value.resize(1)).toThrow(TypeError);
      expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
    });

    test('has its length and bytes back after a transaction that fails', () => {
      const [journal, state] = openWith(kind, new Uint8Array(new ArrayBuffer(10, { maxByteLength: 20_000 })));
      state.value.set([1, 2, 3], 5);
      const before = describeGraph(state);
      const fail = new Error('fail');
      for (const lengths of [[2], [15_000], [0, 20_000], [6, 9]]) {
        expect(() =>
          runTransaction(journal.graph, () => {
            for (const length of lengths) {
              state.value.buffer.resize(length);
              state.value.fill(9);
              expect(describeGraph(journal.replay(true).root)).toBe(before);
            }
            throw fail;
          }),
        ).toThrow(fail);
        expect(describeGraph(state)).toBe(before);
        expect(describeGraph(journal.replay().root)).toBe(before);
      }
      runTransaction(journal.graph, () => {
        state.value.buffer.resize(12_000);
        state.value.fill(8);
      });
      expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
    });
  });

  test('a snapshot of a resizable buffer is one', () => {
    const journal = openJournalInDirectory({ kind });
    const state: any = journal.graph.setRoot({
      view: new Uint8Array(new ArrayBuffer(2, { maxByteLength: 9 })),
    });
    state.part = new Uint8Array(state.view.buffer, 1, 1);
    const first: any = takeSnapshot(nodeOf(state) as TrackedNode);
    expect([first.view.buffer.resizable, first.view.buffer.maxByteLength]).toEqual([true, 9]);
    state.view.buffer.resize(1);
    const second: any = takeSnapshot(nodeOf(state) as TrackedNode);
    expect([first.view.length, second.view.length, second.part.length]).toEqual([2, 1, 0]);
    expect(takeSnapshot(nodeOf(state) as TrackedNode)).toBe(second);
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

test('thousands of small buffers take a few mapped files', () => {
  const journal = openJournalInDirectory({ kind: 'mapped' });
  const state: any = journal.graph.setRoot({ digests: [] });
  for (let n = 0; n < 3000; n++) state.digests.push(new Uint8Array(32).fill(n));
  expect(readdirSync(journal.directory).filter((name) => name.startsWith('memory-')).length).toBeLessThan(5);
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test('a resizable buffer that is garbage leaves no mapped file behind', async () => {
  const journal = openJournalInDirectory({ kind: 'mapped' });
  const state: any = journal.graph.setRoot({});
  for (let round = 0; round < 50; round++) state.value = new ArrayBuffer(9, { maxByteLength: 10_000 });
  const files = (): number =>
    readdirSync(journal.directory).filter((name) => name.startsWith('memory-')).length;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await expect
    .poll(
      () => {
        collect();
        return files();
      },
      { timeout: 10_000 },
    )
    .toBeLessThan(10);
  expect(describeGraph(journal.replay().root)).toBe(describeGraph(state));
});

test.each(memoryKinds)('a resizable buffer whose file cannot grow goes on as ordinary memory, %s', (kind) => {
  const directory = makeDirectoryForTest();
  const reasons: string[] = [];
  const note = (reason: string): void => void reasons.push(reason);
  const memory =
    kind === 'mapped'
      ? new MappedBuffers(directory, note, note)
      : new WrittenBuffers(directory, () => {}, note);
  const allocated = memory.allocate(Uint8Array.of(1, 2), 50_000);
  memory.attach(allocated);
  expect(allocated.place).toBeDefined();
  for (const name of readdirSync(directory)) rmSync(`${directory}/${name}`);
  memory.reserve(allocated, 40_000);
  allocated.buffer.resize(40_000);
  new Uint8Array(allocated.buffer)[39_999] = 9;
  expect(new Uint8Array(allocated.buffer).filter((byte) => byte !== 0)).toEqual(Uint8Array.of(1, 2, 9));
  expect(allocated.place).toBeUndefined();
  expect(reasons).toEqual([expect.stringMatching(/ENOENT/)]);
  // It gets a new one when it comes back into the state.
  memory.detach(allocated);
  memory.attach(allocated);
  expect(allocated.place).toBeDefined();
  const { file } = allocated.place as BufferPlace;
  expect(readFileSync(memoryPath(directory, file)).subarray(0, 40_000)).toEqual(
    Buffer.from(allocated.buffer),
  );
  memory.stop();
});

test('without mapped memory, elements are written within a tenth of a second', async () => {
  const journal = openJournalInDirectory({ kind: 'written' });
  const state: any = journal.graph.setRoot({ bytes: new Uint8Array(4) });
  state.bytes[0] = 1;
  let seen = 0;
  for (let look = 0; look < 100 && seen === 0; look++) {
    await sleep(20);
    seen = (replayJournal(journal.directory).root as any).bytes[0];
  }
  expect(seen).toBe(1);
});
