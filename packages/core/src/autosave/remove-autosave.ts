/** Files of an autosave that nobody needs any more are removed. */
import type { Disk } from '../platform/disk.ts';
import {
  agingPath,
  linkPath,
  listSessions,
  livedPath,
  previousPath,
  sessionPath,
  writingPath,
} from './autosave-files.ts';

/** All but the lock, which is this process's own, and the session that is to be kept. */
export async function removeAutosaveFiles(disk: Disk, path: string, keptSession?: number): Promise<void> {
  // First what says that there is one.
  await disk.remove(path);
  await removeOlder(disk, path);
  for (const session of listSessions(path)) {
    if (session !== keptSession) await disk.remove(sessionPath(path, session));
  }
}

/** What is neither the newest checkpoint nor a session. */
export async function removeOlder(disk: Disk, path: string): Promise<void> {
  for (const older of [previousPath, linkPath, writingPath, agingPath, livedPath])
    await disk.remove(older(path));
}
