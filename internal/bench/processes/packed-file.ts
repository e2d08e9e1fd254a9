/** Writes a state to a file by other means, synced: `<path> <rows> <uniform | varied> <JSON | gzip | zstd>`. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { tell } from '../child-process.ts';
import { type RowKind, rowMakers } from '../row-kinds.ts';

const [path, rowCount, kind, how] = process.argv.slice(2) as [string, string, RowKind, string];

const state = { rows: Array.from({ length: Number(rowCount) }, (_, id) => rowMakers[kind](id)) };
const startedAt = performance.now();
const bytes = pack(Buffer.from(JSON.stringify(state)));
const fd = openSync(path, 'w');
for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
fsyncSync(fd);
closeSync(fd);
tell({ ms: performance.now() - startedAt, sizeBytes: bytes.length });

/** Each at its default level. */
function pack(json: Buffer): Buffer {
  if (how === 'gzip') return gzipSync(json);
  return how === 'zstd' ? zstdCompressSync(json) : json;
}
