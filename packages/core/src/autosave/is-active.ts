/** Is a live process behind an autosave? */
import { statSync } from 'node:fs';
import { controlPath } from '../journal/segment-files.ts';
import { checkAutosavePath } from '../options.ts';
import { isLocked } from '../platform/file-lock.ts';
import { startTimeOf } from '../platform/process-identity.ts';
import { appPath, identityPath, listSessions, lockPath, sessionPath } from './autosave-files.ts';
import { identityOfMachine, type ProcessIdentity, readIdentity, readProcess } from './identity.ts';

/** Without locks, and in another container, the guardian says that often that it lives. */
export const HEARTBEAT_MS = 5000;
/** A heartbeat older than this is of a process that is no more. */
const HEARTBEAT_AGE_MS_MAX: number = 4 * HEARTBEAT_MS;

/**
 * True while the guardian or the app behind an autosave lives, and right at once when the last of them has died: the
 * kernel's locks say so, whatever became of the process, of its pid, and of the clock, in whichever container. Where
 * nothing can be locked (no koffi), pid, start time and boot id say it; for a process of another container then only a
 * heartbeat, 20 seconds late.
 *
 * @param path the autosave, as in option `autosave.path`. False when there is none.
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`) for what is no path.
 */
export function isActive(path: string): boolean {
  checkAutosavePath('isActive', path);
  return isLocked(lockPath(path)) === true || hasActiveSession(path);
}

/** The same, asked by a guardian that has locked the autosave itself. */
export function hasActiveSession(path: string): boolean {
  return listSessions(path).some((session) => isSessionActive(sessionPath(path, session)));
}

/**
 * Its app is dead, or no longer to be found, and its guardian is busy with that: the autosave is free in a moment. Whoever
 * starts an app again as soon as it has ended gets to see this; and, for a moment too, whoever looks at a session that has just
 * begun. False where nobody can tell, as from another container.
 */
export function isBeingLeft(path: string): boolean {
  const session = listSessions(path).at(-1);
  if (session === undefined) return false;
  const directory = sessionPath(path, session);
  const identity = readIdentity(identityPath(directory));
  const app = readProcess(appPath(directory));
  if (identity === undefined || isLocked(controlPath(directory)) === true) return false;
  const here = identityOfMachine();
  if (identity.bootId !== here.bootId || identity.pidNamespace !== here.pidNamespace) return false;
  return !isAlive(app) && (isLocked(lockPath(path)) ?? isAlive(identity.guardian));
}

function isSessionActive(directory: string): boolean {
  const isControlLocked = isLocked(controlPath(directory));
  if (isControlLocked === true) return true;
  const identity = readIdentity(identityPath(directory));
  if (identity === undefined || (identity.isLocking && isControlLocked !== undefined)) return false;
  const here = identityOfMachine();
  // Another boot of this machine; of another machine nobody here could tell.
  if (identity.bootId !== here.bootId) return false;
  if (identity.pidNamespace !== here.pidNamespace) return hasHeartbeat(directory);
  return isAlive(identity.guardian) || isAlive(readProcess(appPath(directory)));
}

function isAlive(process: ProcessIdentity | undefined): boolean {
  if (process === undefined) return false;
  // Where nobody tells start times, a pid has to do.
  if (process.startTime === '0') return hasProcess(process.pid);
  return startTimeOf(process.pid) === process.startTime;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function hasHeartbeat(directory: string): boolean {
  const stat = statSync(controlPath(directory), { throwIfNoEntry: false });
  return stat !== undefined && Math.abs(Date.now() - stat.mtimeMs) < HEARTBEAT_AGE_MS_MAX;
}
