/**
 * What this process was started with, read when the library is loaded: before the script can change its
 * directory or its environment, which the app's process is to have as they were.
 */
import { isMainThread } from 'node:worker_threads';

export const SESSION_VARIABLE = 'FAULTGUARD_SESSION';

// A worker thread is not the app, and may share the environment with a main thread that has yet to read it.
const marker = isMainThread ? process.env[SESSION_VARIABLE] : undefined;
// The app's own children must not take themselves for the app.
if (isMainThread) delete process.env[SESSION_VARIABLE];

/** Undefined when the directory has been removed meanwhile; a child then starts where this process is. */
export const directoryAtStart: string | undefined = currentDirectory();
export const environmentAtStart: NodeJS.ProcessEnv = { ...process.env };

/** The session directory, when this process is the app of the guardian that started it. */
export const inheritedSession: string | undefined = readMarker(marker);

export function formatMarker(guardianPid: number, directory: string): string {
  return `${guardianPid}:${directory}`;
}

/** True when this process was started as the app of a guardian that has died meanwhile. */
export const isOrphanedApp: boolean = inheritedSession === undefined && isGuardianGone(marker);

/** A marker counts only for a child of the very guardian that wrote it. */
function readMarker(text: string | undefined): string | undefined {
  const separator = text?.indexOf(':') ?? -1;
  if (text === undefined || separator < 1) return undefined;
  return Number(text.slice(0, separator)) === process.ppid ? text.slice(separator + 1) : undefined;
}

function currentDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** A marker that a child of the app has inherited names a guardian that lives. */
function isGuardianGone(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    process.kill(Number(text.split(':', 1)[0]), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
