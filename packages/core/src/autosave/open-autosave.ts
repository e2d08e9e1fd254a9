/** An autosave is taken into possession by a guardian: one that begins a session, or one that goes on with another's. */
import { lstatSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultguardError } from '../errors.ts';
import { AUTOSAVE_PRESET_DEFAULT, type AutosaveOptions } from '../options.ts';
import { realDisk } from '../platform/disk.ts';
import { lockFile, type LockResult } from '../platform/file-lock.ts';
import { writeJson } from '../platform/json-file.ts';
import { identityPath, listSessions, lockPath, sessionPath } from './autosave-files.ts';
import { beginSession, type Storing } from './begin-session.ts';
import { GuardedAutosave } from './guarded-autosave.ts';
import { identityOfThis, readIdentity, type SessionIdentity } from './identity.ts';
import { hasActiveSession, isBeingLeft } from './is-active.ts';
import { loadLzma } from './pack.ts';
import { checkStateVersion, peekAutosave } from './peek-autosave.ts';
import { readAutosave } from './read-autosave.ts';
import { active, exists, foreign, unusable } from './refusals.ts';

function storingFor({ preset = AUTOSAVE_PRESET_DEFAULT }: AutosaveOptions): Storing {
  return { disk: realDisk, packing: preset };
}

/** Takes possession of an autosave. Rejects with a FaultguardError; then nothing has been changed. */
export async function openAutosave(
  options: AutosaveOptions,
  { disk, packing }: Storing = storingFor(options),
): Promise<GuardedAutosave> {
  const path = resolve(options.path);
  if (packing !== 'quick') await checkLzma(path);
  await waitUntilLeft(path);
  const { isLocking, release } = takeLock(path);
  try {
    if (hasActiveSession(path)) throw active(path);
    const { session, isResumed } = await checkExisting(path, options);
    const possession = { disk, packing, path, options, isLocking, release };
    return new GuardedAutosave(await beginSession(possession, session, isResumed));
  } catch (error) {
    if (isLocking) rmSync(lockPath(path), { force: true });
    release();
    throw error;
  }
}

/**
 * Takes possession of the autosave of an app that lives, and whose guardian has died, in the session that it has begun.
 * Rejects with a FaultguardError; then nothing has been changed.
 */
export async function adoptAutosave(
  options: AutosaveOptions,
  directory: string,
  { disk, packing }: Storing = storingFor(options),
): Promise<GuardedAutosave> {
  const path = resolve(options.path);
  if (packing !== 'quick') await checkLzma(path);
  const { isLocking, release } = takeLock(path);
  const identity = readIdentity(identityPath(directory));
  if (identity === undefined || sessionPath(path, identity.session) !== directory) {
    release();
    throw unusable(path, `the session ${directory} of its app does not say what it is`);
  }
  if (!identity.isLocking) noteAdoption(directory, identity);
  const [nonceLow, nonceHigh] = identity.nonce;
  return new GuardedAutosave({
    disk,
    packing,
    path,
    options,
    isLocking,
    release,
    identity,
    journal: { directory, nonceLow, nonceHigh },
    // Whatever there was before is still there, if the app has no state yet.
    isResumed: true,
    isAdopted: true,
  });
}

/** Where nothing can be locked, the file says nothing. */
function takeLock(path: string): { readonly isLocking: boolean; readonly release: () => void } {
  let lock: LockResult;
  try {
    lock = lockFile(lockPath(path));
  } catch (error) {
    throw unusable(path, `nothing can be written beside it (${(error as Error).message})`);
  }
  if (lock.is === 'held by another') throw active(path);
  return lock.is === 'locked'
    ? { isLocking: true, release: lock.release }
    : { isLocking: false, release: () => {} };
}

/** Without locks that file alone says whether there is a guardian, once the app is dead. */
function noteAdoption(directory: string, identity: SessionIdentity): void {
  const written = `${identityPath(directory)}.new`;
  try {
    rmSync(written, { force: true });
    writeJson(written, { ...identity, guardian: identityOfThis() }, false);
    renameSync(written, identityPath(directory));
  } catch {
    // Then it says so as long as the app lives.
  }
}

/** As long as a rescue may take by default, and a large checkpoint after it. */
const LEAVING_MS_MAX = 60_000;
const LEAVING_POLL_MS = 20;

/**
 * A supervisor (PM2, systemd, the primary of a cluster) starts an app again when it is dead, and does not know of its
 * guardian, which may still be rescuing.
 */
async function waitUntilLeft(path: string): Promise<void> {
  const deadlineMs = performance.now() + LEAVING_MS_MAX;
  while (isBeingLeft(path) && performance.now() < deadlineMs) await sleep(LEAVING_POLL_MS);
}

async function checkLzma(path: string): Promise<void> {
  try {
    await loadLzma();
  } catch (error) {
    throw new FaultguardError(
      'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
      `The autosave ${path} cannot be used: LZMA cannot be loaded (@napi-rs/lzma has no binary here). Nothing has been ` +
        'started. npm leaves the binary out when it is run by a Node that the binary is not for (it is for ^22.20, ' +
        '^24.12 and 25 or later), or with --omit=optional: install again with the Node that runs the app.',
      { cause: error },
    );
  }
}

/** The number of the next session, and whether it goes on with a state that is there. */
async function checkExisting(
  path: string,
  options: AutosaveOptions,
): Promise<{ readonly session: number; readonly isResumed: boolean }> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw foreign(path, 'it is no file');
  const { existing = 'error' } = options;
  // What is there might be anything.
  if (stat !== undefined && existing !== 'resume' && (await peekAutosave(path)) === undefined) {
    throw foreign(path, 'it is no autosave, or one that is damaged');
  }
  if (stat !== undefined && existing === 'error' && (await holdsState(path, stat.size))) throw exists(path);
  const isResumed = stat !== undefined && existing === 'resume';
  const peek = isResumed ? await peekAutosave(path) : undefined;
  checkStateVersion(path, peek, options);
  return { session: 1 + Math.max(0, ...listSessions(path), peek?.session ?? 0), isResumed };
}

/** An app that died before it had a state leaves an autosave that holds none. */
async function holdsState(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes > EMPTY_BYTES_MAX) return true;
  try {
    await readAutosave(path);
    return true;
  } catch (error) {
    return !(error instanceof FaultguardError && error.code === 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND');
  }
}

/** A checkpoint without a state has some 300 bytes. */
const EMPTY_BYTES_MAX = 1024;
