/** While the journal has stopped, what the guardian has been told of stays; what has left meanwhile goes when it is healed. */
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { memoryPath } from '../../src/journal/segment-files.ts';
import type { BufferPlace } from '../../src/memory/buffer-memory.ts';
import { MappedBuffers } from '../../src/memory/mapped-buffers.ts';
import { WrittenBuffers } from '../../src/memory/written-buffers.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

function fail(reason: string): void {
  throw new Error(reason);
}

test('written: a buffer that has left has no file any more, and one that has come back has', () => {
  const directory = makeDirectoryForTest();
  const memory = new WrittenBuffers(directory, () => {}, fail);
  onTestFinished(() => memory.stop());
  const [left, back] = [1, 2].map((byte) => {
    const allocated = memory.allocate(Uint8Array.of(byte));
    memory.attach(allocated);
    return allocated;
  }) as [ReturnType<typeof memory.allocate>, ReturnType<typeof memory.allocate>];
  const paths = [left, back].map(({ place }) => memoryPath(directory, (place as BufferPlace).file));
  memory.stop();
  memory.detach(left);
  memory.detach(back);
  memory.attach(back);
  memory.dropUndo();
  expect(paths.map((path) => existsSync(path))).toEqual([true, true]);
  memory.resume();
  expect(paths.map((path) => existsSync(path))).toEqual([false, true]);
  expect(left.place).toBeUndefined();
  new Uint8Array(back.buffer)[0] = 7;
  memory.flush();
  expect([...readFileSync(paths[1] as string)]).toEqual([7]);
});

test('mapped: the place of a buffer that has become garbage is given back', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const directory = makeDirectoryForTest();
  const memory = new MappedBuffers(directory, fail, fail);
  const leave = (sizeBytesMax?: number): { place: BufferPlace; buffer: WeakRef<ArrayBuffer> } => {
    const allocated = memory.allocate(new Uint8Array(100), sizeBytesMax);
    memory.attach(allocated);
    memory.detach(allocated);
    return { place: allocated.place as BufferPlace, buffer: new WeakRef(allocated.buffer) };
  };
  const [small, resizable] = [leave(), leave(100_000)];
  memory.stop();
  const isGarbage = (): boolean => {
    collectGarbage();
    return small.buffer.deref() === undefined && resizable.buffer.deref() === undefined;
  };
  await expect.poll(isGarbage, { timeout: 10_000 }).toBe(true);
  // What the garbage collection has registered is called in a turn of its own.
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  expect(existsSync(memoryPath(directory, resizable.place.file))).toBe(true);
  memory.resume();
  expect(existsSync(memoryPath(directory, resizable.place.file))).toBe(false);
  expect(memory.allocate(new Uint8Array(100)).place).toEqual(small.place);
});
