/** Files that are there for somebody who has lost something: where they lie, and what they are called. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CrashFacts } from './crash.ts';

/** `faultguard-<what>-<time of the crash>-<pid>`: no two crashes have the same. */
export function formatAsideName(what: string, { crashedAt, pid }: CrashFacts): string {
  return `faultguard-${what}-${crashedAt.toISOString().replaceAll(':', '-')}-${pid}`;
}

/**
 * Has a new file of that name written into the current directory, or else into the temporary one. Returns its path; throws
 * what `write` throws for the second.
 */
export function writeAside(name: string, write: (path: string) => void): string {
  try {
    const path = join(process.cwd(), name);
    write(path);
    return path;
  } catch {
    // It takes nothing, or is gone.
    const path = join(tmpdir(), name);
    write(path);
    return path;
  }
}
