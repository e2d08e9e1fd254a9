/** Where the bytes of guarded ArrayBuffers live: `mapped-buffers.ts` and `written-buffers.ts`. */

export interface BufferPlace {
  /** The number of the file; its name is in journal/segment-files.ts. */
  readonly file: number;
  readonly offsetBytes: number;
}

export interface AllocatedBuffer {
  readonly buffer: ArrayBuffer;
  /** Undefined where there was no room, and while it is not part of the state: its bytes then go into the journal. */
  readonly place: BufferPlace | undefined;
}

/**
 * Invariants:
 * 1. A place belongs to one buffer from `allocate` or `attach` until `detach`, or until the buffer is garbage.
 * 2. Nothing here throws because of the environment: where there is no room, a buffer has no place.
 */
export interface BufferMemory {
  /** A new ArrayBuffer with a copy of these bytes; a resizable one if a `sizeBytesMax` is given. */
  allocate(bytes: Uint8Array, sizeBytesMax?: number): AllocatedBuffer;
  /** It is part of the state from now on: gives it a place if it has lost its own. */
  attach(allocated: AllocatedBuffer): void;
  /** A resizable one is about to have that many bytes, no more than its most: makes room. Its place may change. */
  reserve(allocated: AllocatedBuffer, sizeBytes: number): void;
  /** It is not part of the state any more. Its bytes stay as they are for whoever holds it. */
  detach(allocated: AllocatedBuffer): void;
  /** A transaction begins: keeps all bytes as they are now. False when there are none. */
  keepUndo(): boolean;
  /** It is over, and what a rescue sees is what there is now. */
  dropUndo(): void;
  /** The journal has stopped: what the guardian has been told of stays where it is. */
  stop(): void;
  /** It goes on, and the guardian is about to be told of all that there is. */
  resume(): void;
  /** Copies the bytes of all buffers of the state; what is returned puts them back. */
  saveBytes(): () => void;
}

/** What is returned puts the bytes back, wherever these buffers are by then. */
export function saveBytesOf(buffers: Iterable<AllocatedBuffer>): () => void {
  const saved = Array.from(buffers, ({ buffer }): [ArrayBuffer, Uint8Array] => [
    buffer,
    new Uint8Array(buffer).slice(),
  ]);
  return () => {
    for (const [buffer, bytes] of saved) new Uint8Array(buffer).set(bytes);
  };
}
