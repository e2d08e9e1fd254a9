/**
 * Segments as memory: the file is mapped shared, a record is ordinary stores, the last of them that of its length
 * word. What is stored belongs to the kernel's page cache at once; it needs no system call.
 *
 * `Atomics.store` is a call of its own and a full barrier. Where the processor keeps stores in order it adds nothing:
 * of a word that comes too early the reader would see that its record does not check yet.
 */
import { CONTROL_BYTES, SEGMENT_BYTES } from '../journal/layout.ts';
import { withExistingFile, withNewFile, writeFully } from './file.ts';
import { SHOWS_STORES_IN_ORDER } from './memory-order.ts';
import { type FileMapper, loadFileMapper, type Mapping } from './map-file.ts';
import type { ControlPage, Segment, SegmentMemory } from './segment.ts';

/** Throws when this machine or policy cannot do it: no binary, no external buffers, add-ons forbidden. */
export function openMappedMemory(): SegmentMemory {
  const mapper = loadFileMapper();
  return {
    kind: 'mapped',
    createSegment: (path) => new MappedSegment(path, mapper),
    openControl: (path) => new MappedControl(path, mapper),
  };
}

class MappedSegment implements Segment {
  readonly words: Int32Array;
  readonly #mapping: Mapping;

  constructor(path: string, mapper: FileMapper) {
    this.#mapping = withNewFile(path, SEGMENT_BYTES, (fd) => mapper.mapNew(fd, SEGMENT_BYTES));
    this.words = new Int32Array(this.#mapping.bytes.buffer);
  }

  publish(from: number, _to: number, lengthWord: number): void {
    if (SHOWS_STORES_IN_ORDER) this.words[from] = lengthWord;
    else Atomics.store(this.words, from, lengthWord);
  }

  /** The barrier of `release` is enough for all of them. */
  stage(from: number, _to: number, lengthWord: number): void {
    this.words[from] = lengthWord;
  }

  release(at: number, record: Int32Array): void {
    for (let index = 1; index < record.length; index++) this.words[at + index] = record[index] as number;
    Atomics.store(this.words, at, record[0] as number);
  }

  close(): void {
    this.#mapping.unmap();
  }
}

class MappedControl implements ControlPage {
  readonly words: Int32Array;
  readonly #mapping: Mapping;

  constructor(path: string, mapper: FileMapper) {
    this.#mapping = withExistingFile(path, CONTROL_BYTES, 'write', (fd) => mapper.mapNew(fd, CONTROL_BYTES));
    this.words = new Int32Array(this.#mapping.bytes.buffer);
  }

  read(word: number): number {
    return Atomics.load(this.words, word);
  }

  write(word: number, value: number): void {
    Atomics.store(this.words, word, value);
  }

  moveTo(path: string): void {
    withNewFile(path, CONTROL_BYTES, (fd) => {
      writeFully(fd, this.#mapping.bytes, 0);
      this.#mapping.replaceByFile(fd);
    });
  }

  close(): void {
    this.#mapping.unmap();
  }
}
