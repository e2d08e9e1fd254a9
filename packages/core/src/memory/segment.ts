/**
 * What the journal's writer needs of the files that it writes, whichever way the bytes get there.
 *
 * Invariants:
 * 1. A file is allocated for real before it is used: on a full disk its creation fails, never a store.
 * 2. After `publish` has returned, the record is the kernel's: it survives the death of this process.
 * 3. No file is opened through a symbolic link, none that already exists is created again.
 */
export interface Segment {
  /** The whole segment. What stands behind the published records is undefined. */
  readonly words: Int32Array;
  /** Makes `words[from..to)` visible to the reader; `words[from]` is the length word, `words[to]` is 0. */
  publish(from: number, to: number, lengthWord: number): void;
  /** As `publish`, for a record behind one that is withheld: nobody reads it before `release`. */
  stage(from: number, to: number, lengthWord: number): void;
  /** Makes a record count that has been published with a length word of 0: what it says is `record` now. */
  release(at: number, record: Int32Array): void;
  /** Gives the memory and the descriptor back. Neither `words` nor `publish` may be used afterwards. */
  close(): void;
}

/** One way to write segments; one file per mechanism beside this one. */
export interface SegmentMemory {
  readonly kind: 'mapped' | 'written';
  /** Creates and allocates the file. Throws what the file system says (ENOSPC, EACCES, EEXIST...). */
  createSegment(path: string): Segment;
  openControl(path: string): ControlPage;
}

/** The words that app and guardian share. See `Control` in journal/layout.ts. */
export interface ControlPage {
  read(word: number): number;
  write(word: number, value: number): void;
  /** Goes on, as it is, in a new file. Throws what the file system says; then nothing has changed. */
  moveTo(path: string): void;
  /** The page itself where it is mapped: the hot path looks at its wake word. */
  readonly words: Int32Array | undefined;
  close(): void;
}
