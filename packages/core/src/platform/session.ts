/**
 * The directory of a session: journal and control file, private to this user.
 *
 * Invariants:
 * 1. The directory is made by mkdtemp: new, with mode 0700, under a name that nobody could foresee.
 * 2. The app uses it only when it is a directory, not a link, of its own user, and closed to all others.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { FaultguardError } from '../errors.ts';
import { Control, CONTROL_BYTES, CONTROL_MAGIC, FORMAT_VERSION } from '../journal/layout.ts';
import { controlPath } from '../journal/segment-files.ts';
import type { ControlPage } from '../memory/segment.ts';
import { FileControl } from '../memory/written-segment.ts';
import { listDirectory } from './list-directory.ts';
import { pidNamespace, startTimeOf } from './process-identity.ts';

export interface Session {
  readonly directory: string;
  readonly nonceLow: number;
  readonly nonceHigh: number;
}

const SHARED_MEMORY = '/dev/shm';
/** Docker's default for all of /dev/shm. With less than that, the temporary directory serves better. */
export const SHARED_MEMORY_BYTES_MIN: number = 60 * 1024 * 1024;

/** A new directory under a new name in `base`, with a control file. Throws FaultguardError; nothing is left then. */
export function createSession(base: string | undefined): Session {
  return beginSession(createPrivateDirectory(base));
}

/** A new directory for this user alone, named for this process, in `base` or where sessions lie by default. */
export function createPrivateDirectory(base: string = defaultBase()): string {
  const prefix = `faultguard-${pidNamespace()}-${process.pid}-${startTimeOf(process.pid)}-`;
  try {
    return mkdtempSync(join(resolve(base), prefix));
  } catch (error) {
    throw unusable(base, `no directory can be made in it (${(error as Error).message})`);
  }
}

/** As `createSession`, in a directory of that name, which is not there yet. */
export function createNamedSession(directory: string): Session {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    throw unusable(dirname(directory), `no directory can be made in it (${(error as Error).message})`);
  }
  return beginSession(directory);
}

function beginSession(directory: string): Session {
  const [nonceLow, nonceHigh] = makeNonce();
  const control = new Int32Array(CONTROL_BYTES / 4);
  control[Control.magic] = CONTROL_MAGIC;
  control[Control.version] = FORMAT_VERSION;
  control[Control.nonceLow] = nonceLow;
  control[Control.nonceHigh] = nonceHigh;
  control[Control.guardianPid] = process.pid;
  try {
    writeFileSync(controlPath(directory), control, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    removeSession(directory);
    throw unusable(directory, `its files cannot be written (${(error as Error).message})`);
  }
  return { directory, nonceLow, nonceHigh };
}

/**
 * Tells this session's records from those of any other: the nanoseconds of a clock that only goes forward,
 * and the milliseconds since 1970. Not a secret; node:crypto would take longer to load than all the rest.
 */
function makeNonce(): [low: number, high: number] {
  return [Number(BigInt.asIntN(32, process.hrtime.bigint())), Date.now() | 0];
}

/** The app's side: throws FaultguardError when the directory is not what its guardian has made. */
export function checkSessionDirectory(directory: string): void {
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) throw unusable(directory, 'it does not exist');
  if (!stat.isDirectory()) throw unusable(directory, 'it is not a directory');
  if (process.getuid !== undefined && stat.uid !== process.getuid()) {
    throw unusable(directory, `it belongs to user ${stat.uid}, not to this process's user`);
  }
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    throw unusable(directory, 'it is open to other users');
  }
}

/** A session that another guardian has begun, and this one takes over. Throws FaultguardError. */
export function findSession(directory: string): Session {
  checkSessionDirectory(directory);
  const control = FileControl.openIn(directory, 'write');
  try {
    const session = readSession(directory, control);
    // It is in use, also when its app is dead by now.
    control.write(Control.guardianPid, process.pid);
    return session;
  } finally {
    control.close();
  }
}

/** Reads who the session is from its control page. */
export function readSession(directory: string, control: ControlPage): Session {
  if (control.read(Control.magic) !== CONTROL_MAGIC) throw unusable(directory, 'its control file is not one');
  const version = control.read(Control.version);
  if (version !== FORMAT_VERSION) {
    throw unusable(
      directory,
      `its guardian writes format ${version} and this process format ${FORMAT_VERSION}: two versions of faultguard`,
    );
  }
  return { directory, nonceLow: control.read(Control.nonceLow), nonceHigh: control.read(Control.nonceHigh) };
}

export function removeSession(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Half of what is free there, so that the journal never fills what others need too. */
export function journalBytesLimit(directory: string, wanted: number, lowest: number): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return Math.max(lowest, Math.min(wanted, Math.floor((bavail * bsize) / 2)));
  } catch {
    // It has vanished, which is noticed by whoever writes there.
    return lowest;
  }
}

/**
 * Removes what guardians left behind that were killed together with their apps: directories of this user
 * whose guardian, named in them by pid and start time, is gone, and whose app is too. One of another pid namespace (a
 * container that shares the directory) cannot be asked about and is left alone.
 */
export function removeAbandonedSessions(parent: string): void {
  for (const name of listDirectory(parent)) {
    const [, namespace, pid, startTime] = SESSION_NAME.exec(name) ?? [];
    if (pid === undefined || namespace !== pidNamespace() || startTimeOf(pid) === startTime) continue;
    try {
      const directory = join(parent, name);
      checkSessionDirectory(directory);
      if (!hasLivingProcess(directory)) removeSession(directory);
    } catch {
      // Somebody else's, or just being removed by another guardian.
    }
  }
}

/** An app outlives its guardian, and has a new one then: both stand in the control file. */
function hasLivingProcess(directory: string): boolean {
  return findControls(directory).some((path) => {
    const words = new Int32Array(CONTROL_BYTES / 4);
    try {
      words.set(new Int32Array(new Uint8Array(readFileSync(path)).buffer, 0, words.length));
    } catch {
      return false;
    }
    return [words[Control.appPid], words[Control.guardianPid]].some(
      (pid) => pid !== undefined && pid > 0 && startTimeOf(pid) !== '0',
    );
  });
}

/** Of a session, and of those of an autosave that is kept in such a directory. */
function findControls(directory: string): string[] {
  const inside = listDirectory(directory).map((name) => controlPath(join(directory, name)));
  return [controlPath(directory), ...inside].filter((path) => existsSync(path));
}

/** faultguard-<pid namespace>-<pid>-<start time>-<six random characters> */
export const SESSION_NAME: RegExp = /^faultguard-(\d+)-(\d+)-(\d+)-\w{6}$/;

/** Where sessions lie that nobody has named a place for. */
export function defaultBase(): string {
  try {
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    accessSync(SHARED_MEMORY, constants.W_OK);
    if (bavail * bsize >= SHARED_MEMORY_BYTES_MIN) return SHARED_MEMORY;
  } catch {
    // Not Linux, or not for us.
  }
  return tmpdir();
}

function unusable(directory: string, what: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_SESSION_UNUSABLE',
    `The directory ${directory} cannot be used for a session: ${what}. Nothing has been started. ` +
      'Option "journal.directory" names another place.',
  );
}
