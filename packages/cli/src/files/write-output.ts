/**
 * A file that is wholly there under its name, or not at all: written beside it under another name, synced, named. A signal
 * that ends the command removes what is half written.
 */
import { linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '../failure.ts';

export interface OutputFile {
  write(bytes: Uint8Array | string): Promise<void>;
}

export interface WriteOutputOptions {
  /** What is there under that name may be replaced. */
  readonly force: boolean;
  /** Files that are read from: never to be replaced, whatever is forced. */
  readonly sources: readonly string[];
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Throws Failure when something is in the way. To be asked before anything takes long. */
export function checkOutput(path: string, { force, sources }: WriteOutputOptions): void {
  const absolute = resolve(path);
  const there = lstatSync(absolute, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (there.isDirectory()) {
    throw new Failure(
      'OUTPUT_EXISTS',
      `${path} is a directory. Nothing has been written. Name a file in it.`,
    );
  }
  const isSource = sources.some((source) => {
    const stat = lstatSync(resolve(source), { throwIfNoEntry: false });
    return stat?.ino === there.ino && stat.dev === there.dev;
  });
  if (isSource) {
    throw new Failure(
      'OUTPUT_IS_SOURCE',
      `${path} is what is read from, and stays as it is. Nothing has been written. Give --output another name.`,
    );
  }
  if (!force) throw exists(path);
}

/** Returns the bytes of the file. What it rejects with leaves nothing behind, and what was there as it was. */
export async function writeOutput(
  path: string,
  options: WriteOutputOptions,
  fill: (file: OutputFile) => Promise<unknown>,
): Promise<number> {
  checkOutput(path, options);
  const absolute = resolve(path);
  const writing = join(dirname(absolute), `.${basename(absolute)}.${process.pid}.writing`);
  // It may hold anything that the state does.
  const handle = await open(writing, 'wx', 0o600);
  const remove = (): void => rmSync(writing, { force: true });
  const restore = onSignals(remove);
  try {
    let sizeBytes: number;
    try {
      sizeBytes = await fillFile(handle, fill);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (options.force) renameSync(writing, absolute);
    else nameNew(writing, absolute, path);
    return sizeBytes;
  } catch (error) {
    remove();
    throw error;
  } finally {
    restore();
  }
}

async function fillFile(handle: FileHandle, fill: (file: OutputFile) => Promise<unknown>): Promise<number> {
  let sizeBytes = 0;
  await fill({
    async write(piece) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
      }
      sizeBytes += bytes.length;
    },
  });
  return sizeBytes;
}

/** A rename would replace what somebody has put there meanwhile; a second name is refused. */
function nameNew(writing: string, absolute: string, path: string): void {
  try {
    linkSync(writing, absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    if (!WITHOUT_LINKS.has(code)) throw error;
    renameSync(writing, absolute);
    return;
  }
  rmSync(writing, { force: true });
}

/** What a file system says that has no second names. */
const WITHOUT_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

function exists(path: string): Failure {
  return new Failure(
    'OUTPUT_EXISTS',
    `${path} is there already, and stays as it is. Nothing has been written. Name another file, or add --force.`,
  );
}

/** Ends the process as the signal would have. */
function onSignals(remove: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    remove();
    restore();
    process.kill(process.pid, signal);
  };
  const restore = (): void => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return restore;
}
