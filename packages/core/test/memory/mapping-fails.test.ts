/** There is no room for another mapping: what has been begun for it is taken back, and it is tried again the next time. */
import { readdirSync, readFileSync } from 'node:fs';
import koffi from 'koffi';
import { expect, onTestFinished, test } from 'vitest';
import { undoPath } from '../../src/journal/segment-files.ts';
import { MappedBuffers } from '../../src/memory/mapped-buffers.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const SIZE_BYTES = 64 * 1024 * 1024;
/** Of Linux, include/uapi/asm-generic/resource.h. */
const RLIMIT_AS = 9;
const UNLIMITED = 2n ** 64n - 1n;
const PAGE_BYTES = 4096;

/** This process gets so many bytes of addresses more, and no others. */
function limitAddresses(moreBytes: number): void {
  const usedBytes = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]) * PAGE_BYTES;
  setLimit(BigInt(usedBytes + moreBytes));
}

function setLimit(bytes: bigint): void {
  const setrlimit = koffi.load(null).func('int setrlimit(int resource, void *limits)');
  expect(setrlimit(RLIMIT_AS, BigUint64Array.of(bytes, UNLIMITED))).toBe(0);
}

const undoFiles = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.startsWith('undo-'));

test.runIf(process.platform === 'linux')(
  'of what a transaction would keep for a rescue nothing is left that looks like it',
  () => {
    const directory = makeDirectoryForTest();
    const reasons: string[] = [];
    const note = (reason: string): void => void reasons.push(reason);
    const memory = new MappedBuffers(directory, note, note);
    memory.attach(memory.allocate(new Uint8Array(SIZE_BYTES).fill(7)));
    onTestFinished(() => setLimit(UNLIMITED));
    limitAddresses(SIZE_BYTES / 2);
    memory.keepUndo();
    setLimit(UNLIMITED);
    expect(reasons).toEqual([expect.stringMatching(/mmap of 67108864 bytes failed/)]);
    // It would be read in the place of the bytes.
    expect(undoFiles(directory)).toEqual([]);
    memory.dropUndo();
    memory.keepUndo();
    expect(reasons.length).toBe(1);
    expect(undoFiles(directory).length).toBe(1);
    expect(readFileSync(undoPath(directory, 0)).every((byte) => byte === 7)).toBe(true);
    memory.dropUndo();
  },
);
