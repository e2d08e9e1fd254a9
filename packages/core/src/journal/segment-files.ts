/** The names of a session's files. A reader finds the next segment by its sequence number alone. */
import { join } from 'node:path';

export function segmentPath(directory: string, sequence: number): string {
  return join(directory, `journal-${String(sequence).padStart(10, '0')}`);
}

export function controlPath(directory: string): string {
  return join(directory, 'control');
}
