/**
 * The names of an autosave's files, all beside the one that the user has named. That one says whether there is an
 * autosave: where it is missing, what else lies there is left over.
 */
import { basename, dirname, join } from 'node:path';
import { listDirectory } from '../platform/list-directory.ts';

/** The last checkpoint but one. */
export function previousPath(path: string): string {
  return `${path}.previous`;
}

/** A second name for the newest checkpoint, before it becomes the previous one. */
export function linkPath(path: string): string {
  return `${path}.linked`;
}

/** With restarts: a checkpoint of a state that the app has lived with for a while. */
export function livedPath(path: string): string {
  return `${path}.lived`;
}

/** With restarts: an older one than the previous, that the app may live with for a while yet. */
export function agingPath(path: string): string {
  return `${path}.aging`;
}

/** A state with which the app had died at once, kept as evidence. */
export function poisonPath(path: string, number: number): string {
  return `${path}.poison-${number}`;
}

/** A checkpoint that is being written. */
export function writingPath(path: string): string {
  return `${path}.writing`;
}

/** Locked by the guardian as long as it lives. */
export function lockPath(path: string): string {
  return `${path}.lock`;
}

/** The directory of a session: its journal, its memory, its control file, and what it is. */
export function sessionPath(path: string, session: number): string {
  return `${path}.journal-${session}`;
}

/** Who a session's processes are: JSON. */
export function identityPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'session.json');
}

/** Which process its app is: JSON. */
export function appPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'app.json');
}

/** How its app has ended: JSON. */
export function endPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'end.json');
}

/** The numbers of the sessions that have a directory beside an autosave, in their order. */
export function listSessions(path: string): number[] {
  const prefix = `${basename(path)}.journal-`;
  return listDirectory(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,14}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .toSorted((one, other) => one - other);
}
