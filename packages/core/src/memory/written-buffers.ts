/**
 * The bytes of guarded ArrayBuffers where nothing can be mapped: ordinary memory, which nobody sees being
 * written to. It is compared with what it was ten times a second, and what has changed is written to a file.
 * So the promise is weaker than for anything else: of a process that is killed, what was written to elements
 * in its last tenth of a second may be lost. At an exit, an exception or a transaction's end nothing is.
 */
import { unlinkSync } from 'node:fs';
import { memoryPath } from '../journal/segment-files.ts';
import { copyBytes } from '../value/array-buffers.ts';
import { type AllocatedBuffer, type BufferMemory, type BufferPlace, saveBytesOf } from './buffer-memory.ts';
import { withExistingFile, withNewFile, writeFully, writeZeros } from './file.ts';
import { HeldPlaces, type JournalProgress } from './held-places.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 100;

class WrittenBuffer implements AllocatedBuffer {
  readonly buffer: ArrayBuffer;
  /** As long as the buffer is. */
  readonly bytes: Uint8Array;
  place: BufferPlace | undefined;
  /** What is in the file. */
  written: Uint8Array | undefined;
  fileBytes = 0;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
  }
}

export class WrittenBuffers implements BufferMemory {
  readonly #directory: string;
  readonly #onNoRoom: (reason: string) => void;
  readonly #onFirst: () => void;
  readonly #places: HeldPlaces;
  readonly #attached = new Set<WrittenBuffer>();
  /**
   * Those that have left the state in the open transaction, or while the journal has stopped: until that is over, a rescue
   * needs their files.
   */
  readonly #leaving = new Set<WrittenBuffer>();
  #timer: NodeJS.Timeout | undefined;
  #nextFile = 0;
  #isKeepingUndo = false;
  #hasBegun = false;
  #isStopped = false;
  readonly #flushAtExit = (): void => this.flush();

  /** `onFirst` is called when the weaker promise begins to matter. */
  constructor(
    directory: string,
    onFirst: () => void,
    onNoRoom: (reason: string) => void,
    progress?: JournalProgress,
  ) {
    this.#directory = directory;
    this.#places = new HeldPlaces(progress);
    this.#onFirst = onFirst;
    this.#onNoRoom = onNoRoom;
  }

  allocate(bytes: Uint8Array, sizeBytesMax?: number): AllocatedBuffer {
    return new WrittenBuffer(copyBytes(bytes, sizeBytesMax));
  }

  attach(allocated: AllocatedBuffer): void {
    const buffer = allocated as WrittenBuffer;
    this.#leaving.delete(buffer);
    if (buffer.place !== undefined || buffer.buffer.maxByteLength === 0) return;
    this.#begin();
    const file = this.#nextFile++;
    const path = memoryPath(this.#directory, file);
    try {
      withNewFile(path, buffer.bytes.length, (fd) => writeFully(fd, buffer.bytes, 0));
      buffer.place = { file, offsetBytes: 0 };
      buffer.fileBytes = buffer.bytes.length;
      buffer.written = buffer.bytes.slice();
      this.#attached.add(buffer);
      this.#startLooking();
    } catch (error) {
      this.#onNoRoom((error as Error).message);
    }
  }

  detach(allocated: AllocatedBuffer): void {
    const buffer = allocated as WrittenBuffer;
    if (buffer.place === undefined) return;
    if (this.#isKeepingUndo || this.#isStopped) {
      this.#leaving.add(buffer);
      return;
    }
    this.#attached.delete(buffer);
    const path = this.#pathOf(buffer);
    this.#places.hold(() => {
      try {
        unlinkSync(path);
      } catch {
        // The directory is gone with all that was in it.
      }
    });
    buffer.place = undefined;
    buffer.written = undefined;
    if (this.#attached.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  reserve(allocated: AllocatedBuffer, sizeBytes: number): void {
    const buffer = allocated as WrittenBuffer;
    if (buffer.place === undefined || this.#isStopped) return;
    // It may have been longer once. In a transaction what is in the file stays, for a rescue.
    const from = this.#isKeepingUndo ? buffer.fileBytes : buffer.bytes.length;
    if (sizeBytes <= from) return;
    try {
      withExistingFile(this.#pathOf(buffer), buffer.fileBytes, 'write', (fd) =>
        writeZeros(fd, from, sizeBytes),
      );
      buffer.fileBytes = Math.max(buffer.fileBytes, sizeBytes);
    } catch (error) {
      // Its file stays, for what the guardian has been told so far, but is its place no more.
      this.#attached.delete(buffer);
      buffer.place = undefined;
      buffer.written = undefined;
      this.#onNoRoom((error as Error).message);
    }
  }

  keepUndo(): boolean {
    // The end of the last one may have been cut off.
    this.#isKeepingUndo = false;
    this.flush();
    this.#isKeepingUndo = this.#attached.size > 0;
    return this.#isKeepingUndo;
  }

  dropUndo(): void {
    this.#isKeepingUndo = false;
    this.flush();
    this.#detachLeaving();
  }

  #detachLeaving(): void {
    if (this.#isKeepingUndo || this.#isStopped) return;
    const leaving = [...this.#leaving];
    this.#leaving.clear();
    for (const buffer of leaving) this.detach(buffer);
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.off('exit', this.#flushAtExit);
  }

  resume(): void {
    this.#isStopped = false;
    if (this.#hasBegun) process.once('exit', this.#flushAtExit);
    // They may have grown meanwhile.
    for (const buffer of this.#attached) this.reserve(buffer, buffer.bytes.length);
    this.#detachLeaving();
    this.flush();
    if (this.#attached.size > 0) this.#startLooking();
  }

  saveBytes(): () => void {
    return saveBytesOf(this.#attached);
  }

  #startLooking(): void {
    this.#timer ??= setInterval(() => this.flush(), LOOK_MS).unref();
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#onFirst();
    process.once('exit', this.#flushAtExit);
  }

  /**
   * Writes what has changed. Not in a transaction: what the files hold then is what a rescue is to see.
   */
  flush(): void {
    this.#places.review();
    if (this.#isKeepingUndo || this.#isStopped) return;
    for (const buffer of this.#attached) {
      if (buffer.written === undefined || Buffer.compare(buffer.bytes, buffer.written) === 0) continue;
      try {
        this.#write(buffer);
      } catch (error) {
        this.#onNoRoom((error as Error).message);
      }
    }
  }

  #write(buffer: WrittenBuffer): void {
    const { bytes } = buffer;
    withExistingFile(this.#pathOf(buffer), bytes.length, 'write', (fd) => writeFully(fd, bytes, 0));
    buffer.written = bytes.slice();
  }

  #pathOf(buffer: WrittenBuffer): string {
    return memoryPath(this.#directory, (buffer.place as BufferPlace).file);
  }
}
