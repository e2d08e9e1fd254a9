/**
 * Text to `.xz` and back, piece by piece (liblzma's format: https://tukaani.org/xz/xz-file-format.txt), off this
 * thread. The packer is `@napi-rs/lzma`: docs/decisions/2026-11-25-lzma-by-napi-rs.md. What is there for a restart alone is
 * a `.gz` (RFC 1952), read and written in a fraction of the time: docs/decisions/2026-11-28-gzip-for-restarts.md.
 */
import { isAscii } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { constants as zlib, createGunzip, createGzip } from 'node:zlib';
import { TEXT_BYTES_MAX } from './checkpoint-format.ts';

/** How a text is packed: an `.xz` of that preset (0 to 9), or a `.gz` of the quickest kind. */
export type Packing = number | 'quick';

/** What Linux calls the threads on which `@napi-rs/lzma` packs: those of tokio, its scheduler. */
export const PACKER_THREAD = 'tokio-rt-worker';

/** Bytes of one piece on its way. */
const PIECE_BYTES = 65_536;
/** Of an unpacked `.gz`: each piece is a turn of the event loop and of the thread pool. */
const UNPACKED_BYTES: number = 1024 * 1024;

/** Why a file could not be unpacked: it is damaged or hostile, and nothing of it has been used. */
export class UnpackError extends Error {
  override name = 'UnpackError';
}

type Lzma = typeof import('@napi-rs/lzma');

/** Throws when there is no binary for this machine, or none has been installed. */
export async function loadLzma(): Promise<Lzma> {
  return await import('@napi-rs/lzma');
}

/**
 * Hands the packed bytes of a text to `write`, in order. Between two pieces of the text everything else has its turn.
 * Rejects with what `write` or the pieces throw; then nothing more is taken.
 */
export async function pack(
  pieces: Iterator<string, void>,
  packing: Packing,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  let isOver = false;
  let textBytes = 0;
  const text = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await setImmediate();
        const { value, done } = isOver ? { value: undefined, done: true } : pieces.next();
        if (done === true) {
          controller.close();
          return;
        }
        const bytes = Buffer.from(value as string);
        textBytes += bytes.length;
        // It would be a file that nobody can read back.
        if (textBytes > TEXT_BYTES_MAX)
          throw new Error(`the state has more than ${TEXT_BYTES_MAX} bytes of JSON`);
        controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
  try {
    for await (const bytes of packed(text, packing)) await write(bytes);
  } finally {
    isOver = true;
  }
}

async function* packed(text: ReadableStream<Uint8Array>, packing: Packing): AsyncGenerator<Uint8Array, void> {
  if (packing !== 'quick') {
    const { xz } = await loadLzma();
    yield* xz.compressStream(text, { preset: packing });
    return;
  }
  yield* through(text, createGzip({ level: zlib.Z_BEST_SPEED, chunkSize: PIECE_BYTES }));
}

/** What comes out of `transform`; what goes wrong with `source` is thrown too. */
async function* through(
  source: ReadableStream<Uint8Array>,
  transform: NodeJS.ReadWriteStream,
): AsyncGenerator<Buffer, void> {
  const running = pipeline(Readable.from(source), transform);
  // Whoever reads the end of it is told.
  running.catch(() => {});
  yield* transform as unknown as AsyncIterable<Buffer>;
  await running;
}

/**
 * The text of a file. `bytesMax`: how large the text may be: a file of some kilobytes can hold gigabytes. Rejects with
 * what the file system says, and with UnpackError.
 */
export async function unpackFile(
  path: string,
  bytesMax: number,
  onUnpacked?: (textBytes: number) => void,
): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of unpackedPieces(path)) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new UnpackError(`it holds more than ${bytesMax} bytes of text`);
    pieces.push(piece);
    onUnpacked?.(bytes);
  }
  return decodeText(pieces, bytes);
}

/** The first thousands of characters; '' of what cannot be unpacked. Rejects with what the file system says. */
export async function unpackBeginning(path: string): Promise<string> {
  try {
    for await (const piece of unpackedPieces(path)) if (piece.length > 0) return piece.toString('utf8');
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error;
  }
  return '';
}

async function* unpackedPieces(path: string): AsyncGenerator<Buffer, void> {
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;
  // A pipe in its place would have us wait for its other end.
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new UnpackError('it is not a file');
    const isQuick = await isGzip(handle);
    let position = 0;
    const packed = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { bytesRead, buffer } = await handle.read(
            Buffer.alloc(PIECE_BYTES),
            0,
            PIECE_BYTES,
            position,
          );
          position += bytesRead;
          if (bytesRead === 0) controller.close();
          else controller.enqueue(buffer.subarray(0, bytesRead));
        },
      },
      { highWaterMark: 0 },
    );
    try {
      const pieces = isQuick
        ? through(packed, createGunzip({ chunkSize: UNPACKED_BYTES }))
        : (await loadLzma()).xz.decompressStream(packed);
      for await (const { buffer, byteOffset, byteLength } of pieces) {
        yield Buffer.from(buffer, byteOffset, byteLength);
      }
    } catch (error) {
      if (isOfFileSystem(error)) throw error;
      throw new UnpackError(`it cannot be unpacked (${(error as Error).message})`, { cause: error });
    }
  } finally {
    await handle.close();
  }
}

/** RFC 1952, 2.3.1: ID1, ID2. */
const GZIP_MAGIC = 0x1f8b;

async function isGzip(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.readUInt16BE(0) === GZIP_MAGIC;
}

function decodeText(pieces: readonly Buffer[], bytes: number): string {
  if (pieces.every(isAscii)) return pieces.map((piece) => piece.toString('latin1')).join('');
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(Buffer.concat(pieces, bytes));
  } catch (error) {
    throw new UnpackError('it is not UTF-8', { cause: error });
  }
}

function isOfFileSystem(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}
