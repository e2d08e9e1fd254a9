import { readdirSync } from 'node:fs';

/** The names in a directory: none of one that is not there, or not to be read. */
export function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
