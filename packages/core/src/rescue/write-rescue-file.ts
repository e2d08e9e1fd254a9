/** The last resort when a rescue function has failed: the state as a file that superjson reads. */
import { closeSync, fsyncSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFully } from '../memory/file.ts';
import { encodeSuperjson } from './encode-superjson.ts';

/**
 * Writes the state into the current directory, or else into the temporary one, and returns the file's path.
 * New, for this user alone (0600), and on disk when this returns. Throws when neither directory takes it;
 * nothing half-written is left behind.
 */
export function writeRescueFile(state: object, pid: number, crashedAt: Date): string {
  const name = `faultguard-rescue-${crashedAt.toISOString().replaceAll(':', '-')}-${pid}.json`;
  try {
    return writeFileSynced(join(process.cwd(), name), state);
  } catch {
    return writeFileSynced(join(tmpdir(), name), state);
  }
}

function writeFileSynced(path: string, state: object): string {
  const fd = openSync(path, 'wx', 0o600);
  try {
    let position = 0;
    for (const piece of encodeSuperjson(state)) {
      const bytes = Buffer.from(piece);
      writeFully(fd, bytes, position);
      position += bytes.length;
    }
    fsyncSync(fd);
    return path;
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}
