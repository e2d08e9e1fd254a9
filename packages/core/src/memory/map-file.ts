/**
 * Files as memory. koffi (an optional dependency with prebuilt binaries) calls `mmap`. It is loaded on first
 * use, so that the guardian, which only reads files, never pays for it.
 */
import { createRequire } from 'node:module';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = process.platform === 'darwin' ? 0x1000 : 0x20;
/** Linux: fault the pages in now, in one go, not one by one under the writer. */
const MAP_POPULATE = process.platform === 'linux' ? 0x8000 : 0;

export interface Mapping {
  readonly sizeBytes: number;
  /** All of it. */
  readonly bytes: Uint8Array;
  /** A part of the memory as a buffer of its own. */
  view(offsetBytes: number, sizeBytes: number): ArrayBuffer;
  /** Puts ordinary memory, all zeros, in the place of the file's: the views stay where they are. */
  replaceByMemory(): void;
  /** Puts another file of the same size in its place. */
  replaceByFile(fd: number): Mapping;
  /** None of its buffers may be used afterwards. */
  unmap(): void;
}

/** A file that has been mapped may be closed. All throw what the system says. */
export interface FileMapper {
  /** Maps a whole file. */
  mapNew(fd: number, sizeBytes: number): Mapping;
  /** Where the memory of a buffer of at least one byte begins. */
  addressOf(buffer: ArrayBuffer): bigint;
  /** Puts the first `sizeBytes` of a file in the place of the memory there. */
  mapAt(address: bigint, fd: number, sizeBytes: number): void;
}

/** Throws when this machine or policy cannot do it: no binary, no external buffers, add-ons forbidden. */
export function loadFileMapper(): FileMapper {
  if (process.platform === 'win32') throw new Error('Windows has no mmap.');
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  const mmap = libc.func(
    'void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)',
  );
  const munmap = libc.func('int munmap(void *addr, size_t length)');
  const map = (at: bigint | null, sizeBytes: number, flags: number, fd: number): bigint => {
    const pointer: unknown = mmap(at, sizeBytes, PROT_READ_WRITE, flags, fd, 0);
    const address = pointer === null ? 0n : koffi.address(pointer);
    // MAP_FAILED is the highest address.
    if (address !== 0n && BigInt.asIntN(64, address) !== -1n) return address;
    throw new Error(`mmap of ${sizeBytes} bytes failed with error number ${koffi.errno()}.`);
  };
  const mapFile = (at: bigint | null, sizeBytes: number, fd: number): bigint =>
    map(at, sizeBytes, MAP_SHARED | MAP_POPULATE | (at === null ? 0 : MAP_FIXED), fd);
  return {
    mapNew(fd, sizeBytes) {
      const address = mapFile(null, sizeBytes, fd);
      const view = (offsetBytes: number, sizeBytes: number): ArrayBuffer =>
        koffi.view(address + BigInt(offsetBytes), sizeBytes);
      const mapping: Mapping = {
        sizeBytes,
        bytes: new Uint8Array(view(0, sizeBytes)),
        view,
        replaceByMemory: () => void map(address, sizeBytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1),
        replaceByFile(fd) {
          mapFile(address, sizeBytes, fd);
          return mapping;
        },
        unmap: () => void munmap(address, sizeBytes),
      };
      return mapping;
    },
    addressOf: (buffer) => koffi.address(new Uint8Array(buffer)),
    mapAt(address, fd, sizeBytes) {
      mapFile(address, sizeBytes, fd);
    },
  };
}
