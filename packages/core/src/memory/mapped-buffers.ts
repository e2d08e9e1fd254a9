/**
 * The bytes of guarded ArrayBuffers in files that are mapped shared: an element that has been written is the
 * kernel's, whatever becomes of this process.
 *
 * A large buffer has a file of its own. Smaller ones are slots of a slab (slots.ts).
 *
 * A large buffer that has left the state keeps its address, since somebody may still hold it, but not its file: once
 * enough of them have gathered, ordinary memory is put in the place of the oldest. (Files in shared memory would
 * stay until the next garbage collection, and a container has 64 MiB of it.)
 *
 * A resizable buffer is V8's own: V8 reserves addresses for its greatest length, from the beginning of a page on, and
 * makes pages accessible or not as it is resized (BackingStore::ResizeInPlace). A file is mapped over these pages, as
 * much of it as has been needed so far; what V8 does to them afterwards leaves the mapping where it is.
 */
import { rmSync } from 'node:fs';
import { memoryPath, undoPath } from '../journal/segment-files.ts';
import { copyBytes } from '../value/array-buffers.ts';
import { type AllocatedBuffer, type BufferMemory, type BufferPlace, saveBytesOf } from './buffer-memory.ts';
import { withExistingFile, withNewFile, writeZeros } from './file.ts';
import { HeldPlaces, type JournalProgress } from './held-places.ts';
import { type FileMapper, loadFileMapper, type Mapping } from './map-file.ts';
import { type Slot, SLOT_BYTES_MAX, Slots } from './slots.ts';

/** Linux lets a process have 65,530 mappings; each file is one, and one more while a transaction is open. */
const FILES_MAX = 16_384;
const PAGE_BYTES = 4096;
/** Of larger ones, what has been kept for a transaction is given back at its end. */
const UNDO_BYTES_KEPT_MAX: number = 1024 * 1024;
/** Files of large buffers that have left the state are kept up to this many bytes. */
const DETACHED_BYTES_MAX: number = 16 * 1024 * 1024;

/** A mapping; of a resizable buffer, which is not to be kept alive by its file, the buffer. */
type FileMemory = Mapping | WeakRef<ArrayBuffer>;

interface MemoryFile<Memory extends FileMemory = FileMemory> {
  readonly number: number;
  /** That of a resizable buffer grows. */
  sizeBytes: number;
  readonly memory: Memory;
  /** Buffers of the state in it. */
  attachedCount: number;
  undo: Mapping | undefined;
}

class MappedBuffer implements AllocatedBuffer {
  readonly buffer: ArrayBuffer;
  /** Undefined when there was no room, or when its file has been taken away. */
  file: MemoryFile | undefined;
  readonly offsetBytes: number;
  isAttached = false;

  constructor(buffer: ArrayBuffer, file: MemoryFile | undefined, offsetBytes: number) {
    this.buffer = buffer;
    this.file = file;
    this.offsetBytes = offsetBytes;
  }

  get place(): BufferPlace | undefined {
    return this.file && { file: this.file.number, offsetBytes: this.offsetBytes };
  }
}

/** Of a buffer with a file of its own, which may have another one later. */
interface Own {
  file: MemoryFile | undefined;
  /** Its memory: a mapping; of a resizable buffer, whose memory is V8's, where it begins. */
  readonly memory: Mapping | bigint;
}

/** What is left of a buffer when it is garbage. */
interface Remains {
  readonly slot: Slot<MemoryFile<Mapping>> | undefined;
  readonly own: Own | undefined;
}

export class MappedBuffers implements BufferMemory {
  readonly #directory: string;
  readonly #mapper: FileMapper;
  readonly #onNoRoom: (reason: string) => void;
  readonly #onNoUndo: (reason: string) => void;
  readonly #files = new Set<MemoryFile>();
  readonly #slots: Slots<MemoryFile<Mapping>> = new Slots((sizeBytes) => this.#createMapped(sizeBytes));
  readonly #owns = new WeakMap<MappedBuffer, Own>();
  readonly #attached = new Set<MappedBuffer>();
  readonly #detached = new Set<MappedBuffer>();
  #detachedBytes = 0;
  /** Until a transaction is committed, a rescue needs the files of buffers that have left the state in it. */
  #isKeepingUndo = false;
  #nextFile = 0;
  /** The journal has: what the guardian has last been told of stays where it is. */
  #isStopped = false;
  /** What has become garbage meanwhile. */
  readonly #unburied: Remains[] = [];
  readonly #registry: FinalizationRegistry<Remains> = new FinalizationRegistry((remains) =>
    this.#bury(remains),
  );
  readonly #places: HeldPlaces;

  /** Throws when this machine or policy cannot map files. */
  constructor(
    directory: string,
    onNoRoom: (reason: string) => void,
    onNoUndo: (reason: string) => void,
    progress?: JournalProgress,
  ) {
    this.#directory = directory;
    this.#places = new HeldPlaces(progress);
    this.#mapper = loadFileMapper();
    this.#onNoRoom = onNoRoom;
    this.#onNoUndo = onNoUndo;
  }

  allocate(bytes: Uint8Array, sizeBytesMax?: number): MappedBuffer {
    const { length } = bytes;
    this.#places.review();
    if ((sizeBytesMax ?? length) === 0) return new MappedBuffer(copyBytes(bytes, sizeBytesMax), undefined, 0);
    try {
      if (sizeBytesMax !== undefined) return this.#allocateResizable(bytes, sizeBytesMax);
      const allocated = length > SLOT_BYTES_MAX ? this.#allocateOwn(length) : this.#allocateSlot(length);
      new Uint8Array(allocated.buffer).set(bytes);
      return allocated;
    } catch (error) {
      this.#onNoRoom((error as Error).message);
      return new MappedBuffer(copyBytes(bytes, sizeBytesMax), undefined, 0);
    }
  }

  attach(allocated: AllocatedBuffer): void {
    const buffer = allocated as MappedBuffer;
    if (buffer.isAttached) return;
    this.#attached.add(buffer);
    if (this.#detached.delete(buffer)) this.#detachedBytes -= buffer.buffer.byteLength;
    if (buffer.file === undefined) this.#giveFile(buffer);
    if (buffer.file === undefined) return;
    buffer.isAttached = true;
    buffer.file.attachedCount++;
  }

  reserve(allocated: AllocatedBuffer, sizeBytes: number): void {
    const buffer = allocated as MappedBuffer;
    const { file } = buffer;
    const own = this.#owns.get(buffer);
    if (file === undefined || typeof own?.memory !== 'bigint' || this.#isStopped) return;
    if (sizeBytes <= file.sizeBytes) return;
    try {
      const before = file.sizeBytes;
      const after = fileBytesFor(buffer.buffer, Math.max(sizeBytes, before * 1.5));
      const { memory } = own;
      withExistingFile(memoryPath(this.#directory, file.number), before, 'write', (fd) => {
        writeZeros(fd, before, after);
        this.#mapper.mapAt(memory, fd, after);
      });
      file.sizeBytes = after;
    } catch (error) {
      // Its file stays, for what the guardian has been told so far, but is its place no more.
      if (buffer.isAttached) file.attachedCount--;
      buffer.isAttached = false;
      buffer.file = undefined;
      this.#onNoRoom((error as Error).message);
    }
  }

  detach(allocated: AllocatedBuffer): void {
    const buffer = allocated as MappedBuffer;
    this.#attached.delete(buffer);
    if (!buffer.isAttached || buffer.file === undefined) return;
    buffer.isAttached = false;
    buffer.file.attachedCount--;
    // A resizable one keeps its file until it is garbage.
    if (typeof this.#owns.get(buffer)?.memory !== 'object') return;
    this.#detached.add(buffer);
    this.#detachedBytes += buffer.buffer.byteLength;
    this.#trim();
  }

  /** Keeps no more files of buffers that have left the state than it should. */
  #trim(): void {
    if (this.#isKeepingUndo || this.#isStopped) return;
    for (const oldest of this.#detached) {
      if (this.#detachedBytes <= DETACHED_BYTES_MAX) break;
      this.#takeFile(oldest);
    }
  }

  keepUndo(): boolean {
    let isAny = false;
    for (const file of this.#files) {
      if (file.attachedCount === 0) continue;
      isAny = true;
      const bytes = bytesOf(file.memory);
      if (file.undo !== undefined && file.undo.sizeBytes < bytes.length) this.#removeUndo(file);
      file.undo ??= this.#mapUndo(file);
      file.undo?.bytes.set(bytes);
    }
    this.#isKeepingUndo = isAny;
    return isAny;
  }

  stop(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    // They may have grown meanwhile.
    for (const buffer of this.#attached) this.reserve(buffer, buffer.buffer.byteLength);
    for (const remains of this.#unburied.splice(0)) this.#bury(remains);
    this.#trim();
  }

  dropUndo(): void {
    this.#isKeepingUndo = false;
    for (const file of this.#files) if (file.sizeBytes > UNDO_BYTES_KEPT_MAX) this.#removeUndo(file);
    this.#trim();
  }

  saveBytes(): () => void {
    return saveBytesOf(this.#attached);
  }

  /** Undefined where there is no room: then a rescue sees what an open transaction has written to elements. */
  #mapUndo({ number, sizeBytes }: MemoryFile): MemoryFile['undo'] {
    try {
      const path = undoPath(this.#directory, number);
      return withNewFile(path, sizeBytes, (fd) => this.#mapper.mapNew(fd, sizeBytes));
    } catch (error) {
      this.#onNoUndo((error as Error).message);
      return undefined;
    }
  }

  #allocateOwn(length: number): MappedBuffer {
    const file = this.#createMapped(Math.ceil(length / PAGE_BYTES) * PAGE_BYTES);
    const buffer = new MappedBuffer(file.memory.view(0, length), file, 0);
    this.#own(buffer, { file, memory: file.memory });
    return buffer;
  }

  #own(buffer: MappedBuffer, own: Own): void {
    this.#owns.set(buffer, own);
    this.#registry.register(buffer.buffer, { slot: undefined, own });
  }

  #allocateResizable(bytes: Uint8Array, sizeBytesMax: number): MappedBuffer {
    const buffer = new MappedBuffer(copyBytes(bytes, sizeBytesMax), undefined, 0);
    const isEmpty = bytes.length === 0;
    if (isEmpty) buffer.buffer.resize(1);
    const address = this.#mapper.addressOf(buffer.buffer);
    if (isEmpty) buffer.buffer.resize(0);
    if (address % BigInt(PAGE_BYTES) !== 0n)
      throw new Error('the memory of a resizable ArrayBuffer does not begin with a page');
    this.#own(buffer, { file: undefined, memory: address });
    this.#giveFile(buffer);
    return buffer;
  }

  #allocateSlot(length: number): MappedBuffer {
    const slot = this.#slots.take(length);
    const { slab, offsetBytes } = slot;
    const buffer = slab.memory.view(offsetBytes, length);
    this.#registry.register(buffer, { slot, own: undefined });
    return new MappedBuffer(buffer, slab, offsetBytes);
  }

  #createMapped(sizeBytes: number): MemoryFile<Mapping> {
    return this.#createFile(sizeBytes, (fd) => this.#mapper.mapNew(fd, sizeBytes));
  }

  #createFile<Memory extends FileMemory>(sizeBytes: number, map: (fd: number) => Memory): MemoryFile<Memory> {
    if (this.#isStopped) throw new Error('the journal has stopped');
    if (this.#files.size >= FILES_MAX)
      throw new Error(`more than ${FILES_MAX} files would have to be mapped`);
    const number = this.#nextFile++;
    const memory = withNewFile(memoryPath(this.#directory, number), sizeBytes, map);
    const file: MemoryFile<Memory> = { number, sizeBytes, memory, attachedCount: 0, undo: undefined };
    this.#files.add(file);
    return file;
  }

  /** Ordinary memory in the place of the file's, with the same bytes, at the same address. */
  #takeFile(buffer: MappedBuffer): void {
    const own = this.#owns.get(buffer);
    const { file } = buffer;
    this.#detached.delete(buffer);
    this.#detachedBytes -= buffer.buffer.byteLength;
    if (typeof own?.memory !== 'object' || file === undefined) return;
    const bytes = own.memory.bytes.slice();
    try {
      own.memory.replaceByMemory();
    } catch {
      // It keeps its file until it is garbage.
      return;
    }
    own.memory.bytes.set(bytes);
    buffer.file = undefined;
    own.file = undefined;
    this.#places.hold(() => this.#removeFile(file));
  }

  /** The reverse. */
  #giveFile(buffer: MappedBuffer): void {
    const own = this.#owns.get(buffer);
    if (own === undefined) return;
    try {
      const bytes = new Uint8Array(buffer.buffer).slice();
      const file = this.#createFileAt(own.memory, buffer.buffer);
      new Uint8Array(buffer.buffer).set(bytes);
      buffer.file = file;
      own.file = file;
    } catch (error) {
      this.#onNoRoom((error as Error).message);
    }
  }

  /** Puts it in the place of the memory that a buffer has had so far. */
  #createFileAt(place: Mapping | bigint, buffer: ArrayBuffer): MemoryFile {
    if (typeof place !== 'bigint') return this.#createFile(place.sizeBytes, (fd) => place.replaceByFile(fd));
    const sizeBytes = fileBytesFor(buffer, Math.max(buffer.byteLength, 1));
    return this.#createFile(sizeBytes, (fd) => {
      this.#mapper.mapAt(place, fd, sizeBytes);
      return new WeakRef(buffer);
    });
  }

  #bury(remains: Remains): void {
    // What the guardian still reads must not become something else.
    if (this.#isStopped) {
      this.#unburied.push(remains);
      return;
    }
    const { slot, own } = remains;
    if (slot !== undefined) this.#places.hold(() => this.#slots.giveBack(slot));
    if (own === undefined) return;
    const { file } = own;
    if (file !== undefined) this.#places.hold(() => this.#removeFile(file));
    // That of a resizable one V8 has given back.
    if (typeof own.memory === 'object') own.memory.unmap();
  }

  #removeFile(file: MemoryFile): void {
    this.#files.delete(file);
    this.#removeUndo(file);
    removeOurs(memoryPath(this.#directory, file.number));
  }

  #removeUndo(file: MemoryFile): void {
    if (file.undo === undefined) return;
    file.undo.unmap();
    file.undo = undefined;
    removeOurs(undoPath(this.#directory, file.number));
  }
}

function removeOurs(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The directory is not ours any more.
  }
}

/** What is to be kept for a rescue while a transaction is open. */
function bytesOf(memory: FileMemory): Uint8Array {
  return memory instanceof WeakRef ? new Uint8Array(memory.deref() ?? new ArrayBuffer(0)) : memory.bytes;
}

/** Whole pages, and none that a resizable buffer will never have. */
function fileBytesFor(buffer: ArrayBuffer, sizeBytes: number): number {
  return Math.ceil(Math.min(sizeBytes, buffer.maxByteLength) / PAGE_BYTES) * PAGE_BYTES;
}
