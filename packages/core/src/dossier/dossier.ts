/**
 * A crash with all that is known of it, and the file that holds it: docs/reference/dossier.md.
 *
 * The file is new, whole and on disk under its name, or not there.
 */
import { closeSync, constants, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FaultguardError, InvalidOptionError } from '../errors.ts';
import { writeFully } from '../memory/file.ts';
import type { Crash, CrashFacts } from '../rescue/crash.ts';
import type { Mutation } from './mutations.ts';

/** Raised when a field changes its meaning or goes. */
const DOSSIER_VERSION = 1;

/** What is read only when somebody asks. */
export interface DossierSource {
  readonly mutations: readonly Mutation[];
  readonly stderr: readonly string[] | undefined;
}

const NO_SOURCE: DossierSource = { mutations: [], stderr: undefined };

/** Without a source: there is nothing but the facts. */
export function withDossier(facts: CrashFacts, source: DossierSource = NO_SOURCE): Crash {
  const crash = { ...facts };
  const define = (key: string, descriptor: PropertyDescriptor): void => {
    Object.defineProperty(crash, key, { ...descriptor, enumerable: false, configurable: true });
  };
  define('mutations', { get: () => source.mutations });
  define('stderr', { get: () => source.stderr });
  define('saveDossier', { value: (path: string) => saveDossier(path, facts, source), writable: true });
  return crash as Crash;
}

function saveDossier(path: unknown, facts: CrashFacts, { mutations, stderr }: DossierSource): void {
  if (typeof path !== 'string' || path === '') {
    throw new InvalidOptionError(
      'path',
      'of saveDossier() has to be the path of a file that is not there yet.',
    );
  }
  const absolute = resolve(path);
  if (lstatSync(absolute, { throwIfNoEntry: false }) !== undefined) throw exists(absolute);
  const dossier = {
    faultguardDossier: DOSSIER_VERSION,
    savedAt: new Date(),
    ...facts,
    ...(stderr !== undefined && { stderr }),
    mutations: mutations.map(({ at, path: place, operation, value }) => ({
      at,
      path: place ?? null,
      operation,
      ...(value !== undefined && { value }),
    })),
  };
  writeNewFile(absolute, `${JSON.stringify(dossier, undefined, 2)}\n`);
}

function writeNewFile(path: string, text: string): void {
  const directory = dirname(path);
  const writing = join(directory, `.${basename(path)}.${process.pid}.writing`);
  const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDONLY, O_WRONLY } = constants;
  // A process that had the same pid may have been killed while it wrote.
  rmSync(writing, { force: true });
  const fd = openSync(writing, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      writeFully(fd, Buffer.from(text), 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    nameFile(writing, path);
  } catch (error) {
    rmSync(writing, { force: true });
    throw error;
  }
  // Windows has no such thing.
  if (process.platform === 'win32') return;
  const directoryFd = openSync(directory, O_RDONLY);
  try {
    fsyncSync(directoryFd);
  } finally {
    closeSync(directoryFd);
  }
}

/** A rename would replace what somebody else has put there meanwhile; a second name is refused. */
function nameFile(writing: string, path: string): void {
  try {
    linkSync(writing, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    if (!WITHOUT_LINKS.has(code)) throw error;
    renameSync(writing, path);
    return;
  }
  rmSync(writing, { force: true });
}

/** What a file system says that has no second names. */
const WITHOUT_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

function exists(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_DOSSIER_EXISTS',
    `The dossier cannot be saved as ${path}: there is something under that name, and it stays as it is. Nothing has been ` +
      'written. Give another name, such as one with the time and the pid of the crash in it.',
  );
}
