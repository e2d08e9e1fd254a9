/**
 * Segments as memory: the file is mapped shared, a record is ordinary stores and one atomic store of its
 * length word. What is stored belongs to the kernel's page cache at once; it needs no system call.
 *
 * koffi (an optional dependency with prebuilt binaries) calls `mmap`. It is loaded on first use, so that
 * the guardian, which only reads files, never pays for it.
 */
import { closeSync, unlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CONTROL_BYTES, SEGMENT_BYTES } from '../journal/layout.ts';
import { createAllocatedFile, openExistingFile } from './file.ts';
import type { ControlPage, Segment, SegmentMemory } from './segment.ts';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** Linux: fault the pages in now, in one go, not one by one under the writer. */
const MAP_POPULATE = process.platform === 'linux' ? 0x8000 : 0;

interface Mapping {
  readonly words: Int32Array;
  unmap(): void;
}

type MapFile = (fd: number, sizeBytes: number) => Mapping;

/** Throws when this machine or policy cannot do it: no binary, no external buffers, add-ons forbidden. */
export function openMappedMemory(): SegmentMemory {
  const mapFile = loadMapFile();
  return {
    kind: 'mapped',
    createSegment: (path) => new MappedSegment(path, mapFile),
    openControl: (path) => new MappedControl(path, mapFile),
  };
}

function loadMapFile(): MapFile {
  if (process.platform === 'win32') throw new Error('Windows has no mmap.');
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  const mmap = libc.func(
    'void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)',
  );
  const munmap = libc.func('int munmap(void *addr, size_t length)');
  return (fd, sizeBytes) => {
    const address: unknown = mmap(null, sizeBytes, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    // MAP_FAILED is the highest address.
    if (address === null || BigInt.asIntN(64, koffi.address(address)) === -1n) {
      throw new Error(`mmap of ${sizeBytes} bytes failed with error number ${koffi.errno()}.`);
    }
    return {
      words: new Int32Array(koffi.view(address, sizeBytes)),
      unmap: () => void munmap(address, sizeBytes),
    };
  };
}

function createMapping(fd: number, sizeBytes: number, mapFile: MapFile): Mapping {
  try {
    return mapFile(fd, sizeBytes);
  } finally {
    closeSync(fd);
  }
}

class MappedSegment implements Segment {
  readonly words: Int32Array;
  readonly #mapping: Mapping;

  constructor(path: string, mapFile: MapFile) {
    const fd = createAllocatedFile(path, SEGMENT_BYTES);
    try {
      this.#mapping = createMapping(fd, SEGMENT_BYTES, mapFile);
    } catch (error) {
      unlinkSync(path);
      throw error;
    }
    this.words = this.#mapping.words;
  }

  publish(from: number, _to: number, lengthWord: number): void {
    Atomics.store(this.words, from, lengthWord);
  }

  close(): void {
    this.#mapping.unmap();
  }
}

class MappedControl implements ControlPage {
  readonly words: Int32Array;
  readonly #mapping: Mapping;

  constructor(path: string, mapFile: MapFile) {
    this.#mapping = createMapping(openExistingFile(path, CONTROL_BYTES, 'write'), CONTROL_BYTES, mapFile);
    this.words = this.#mapping.words;
  }

  read(word: number): number {
    return Atomics.load(this.words, word);
  }

  write(word: number, value: number): void {
    Atomics.store(this.words, word, value);
  }

  close(): void {
    this.#mapping.unmap();
  }
}
