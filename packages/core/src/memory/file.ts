/** Files of our own: allocated for real, opened through no link, written to their end. */
import { closeSync, constants, fstatSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = constants;

/**
 * Zeros are written page by page: of what is written at once, Linux makes one folio of its page cache, of which a single
 * store makes all dirty. Measured on ext4 (Linux 6.18): each sync would write 1 MiB for a record of 24 bytes.
 */
const ZEROS_BYTES = 4096;
/** What is in memory anyway is never synced: few calls, of what stays in a processor's cache meanwhile. */
const ZEROS_BYTES_IN_MEMORY: number = 64 * 1024;
const ZEROS = new Uint8Array(ZEROS_BYTES_IN_MEMORY);
/** Linux, include/uapi/linux/magic.h: TMPFS_MAGIC. */
const TMPFS_MAGIC = 0x0102_1994;

/** Opens a new file of `sizeBytes` zeros, readable and writable by its owner alone, or leaves none behind. */
export function createAllocatedFile(path: string, sizeBytes: number): number {
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeZeros(fd, 0, sizeBytes, isInMemory(path) ? ZEROS_BYTES_IN_MEMORY : ZEROS_BYTES);
    return fd;
  } catch (error) {
    closeSync(fd);
    rmSync(path, { force: true });
    throw error;
  }
}

/**
 * Gives such a file to `use`, and closes it. What `use` does is part of its creation: if it throws, no file is left
 * behind.
 */
export function withNewFile<Result>(path: string, sizeBytes: number, use: (fd: number) => Result): Result {
  const fd = createAllocatedFile(path, sizeBytes);
  try {
    return use(fd);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Opens a file of our own that exists. Throws when it is not a regular file or shorter than `sizeBytesMin`. */
export function openExistingFile(path: string, sizeBytesMin: number, access: 'read' | 'write'): number {
  // A pipe in its place would have us wait for its other end.
  const fd = openSync(path, (access === 'read' ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.size >= sizeBytesMin) return fd;
  closeSync(fd);
  throw new Error(`${path} is not a file of at least ${sizeBytesMin} bytes (it has ${stat.size}).`);
}

/** Gives such a file to `use`, and closes it. */
export function withExistingFile<Result>(
  path: string,
  sizeBytesMin: number,
  access: 'read' | 'write',
  use: (fd: number) => Result,
): Result {
  const fd = openExistingFile(path, sizeBytesMin, access);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function isInMemory(path: string): boolean {
  try {
    return statfsSync(path).type === TMPFS_MAGIC;
  } catch {
    return false;
  }
}

/** From one offset to another, that many bytes with each call. */
export function writeZeros(fd: number, from: number, to: number, atOnceBytes: number = ZEROS_BYTES): void {
  for (let done = from; done < to; done += atOnceBytes) {
    writeFully(fd, ZEROS.subarray(0, Math.min(atOnceBytes, to - done)), done);
  }
}

/** `write` may write less than it was given: goes on until everything stands in the file. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
