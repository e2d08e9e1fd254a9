/**
 * Segments by `fs.writeSync`: the same records in the same files wherever mapping is not possible. A record
 * is one `pwrite`, about 1.1 µs, and belongs to the kernel once that has returned.
 */
import { closeSync, readSync } from 'node:fs';
import { CONTROL_BYTES, SEGMENT_BYTES, SEGMENT_WORDS, WORD_BYTES } from '../journal/layout.ts';
import { controlPath } from '../journal/segment-files.ts';
import { createAllocatedFile, openExistingFile, withNewFile, writeFully } from './file.ts';
import type { ControlPage, Segment, SegmentMemory } from './segment.ts';

export function openWrittenMemory(): SegmentMemory {
  // Only one segment is written at a time, and only what is published leaves it: one staging area serves all.
  const staging = new Int32Array(SEGMENT_WORDS);
  return {
    kind: 'written',
    createSegment: (path) => new WrittenSegment(path, staging),
    openControl: (path) => new FileControl(openExistingFile(path, CONTROL_BYTES, 'write')),
  };
}

class WrittenSegment implements Segment {
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #fd: number;

  constructor(path: string, staging: Int32Array) {
    this.words = staging;
    this.#bytes = new Uint8Array(staging.buffer);
    this.#fd = createAllocatedFile(path, SEGMENT_BYTES);
  }

  /** The terminator goes out in the same call as the record: a reader never sees one without the other. */
  publish(from: number, to: number, lengthWord: number): void {
    this.words[from] = lengthWord;
    writeFully(this.#fd, this.#bytes.subarray(from * WORD_BYTES, (to + 1) * WORD_BYTES), from * WORD_BYTES);
  }

  stage(from: number, to: number, lengthWord: number): void {
    this.publish(from, to, lengthWord);
  }

  release(at: number, record: Int32Array): void {
    writeFully(this.#fd, new Uint8Array(record.buffer), at * WORD_BYTES);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The control page by file descriptor: the guardian's way, and the app's where nothing can be mapped. */
export class FileControl implements ControlPage {
  readonly words = undefined;
  #fd: number;
  readonly #word: Int32Array = new Int32Array(1);
  readonly #bytes: Uint8Array = new Uint8Array(this.#word.buffer);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** That of a session. Throws what the file system says, and for what is no control file by its size. */
  static openIn(sessionDirectory: string, access: 'read' | 'write'): FileControl {
    return new FileControl(openExistingFile(controlPath(sessionDirectory), CONTROL_BYTES, access));
  }

  read(word: number): number {
    readSync(this.#fd, this.#bytes, 0, WORD_BYTES, word * WORD_BYTES);
    return this.#word[0] as number;
  }

  write(word: number, value: number): void {
    this.#word[0] = value;
    writeFully(this.#fd, this.#bytes, word * WORD_BYTES);
  }

  moveTo(path: string): void {
    const words = new Uint8Array(CONTROL_BYTES);
    readSync(this.#fd, words, 0, CONTROL_BYTES, 0);
    const fd = withNewFile(path, CONTROL_BYTES, (created) => {
      writeFully(created, words, 0);
      return openExistingFile(path, CONTROL_BYTES, 'write');
    });
    closeSync(this.#fd);
    this.#fd = fd;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
