/** What this machine lets the library do: each thing is tried, in a directory of its own that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './autosave/pack.ts';
import { openMappedMemory } from './memory/mapped-segment.ts';
import { lockFile } from './platform/file-lock.ts';
import { defaultBase } from './platform/session.ts';

/** Undefined: it works. Else why not, as the system says it. */
export type Probe = string | undefined;

/** Where the journal of a guard without autosave lies. */
export function journalDirectory(): string {
  return defaultBase();
}

/** Can a journal there be mapped into memory? */
export function probeMapping(base: string): Probe {
  return inDirectory(base, (directory) => {
    openMappedMemory().createSegment(join(directory, 'journal-0000000000')).close();
    return undefined;
  });
}

/** Can files be locked, so that a dead process is known at once? */
export function probeLocks(): Probe {
  return inDirectory(tmpdir(), (directory) => {
    const lock = lockFile(join(directory, 'lock'));
    if (lock.is === 'locked') lock.release();
    return lock.is === 'locked'
      ? undefined
      : 'flock() cannot be called: koffi is not installed, or not for this machine';
  });
}

const TEXT_CHARS = 100_000;

/** Can autosaves be packed, and does that make them smaller? */
export async function probeLzma(): Promise<Probe> {
  let packedBytes = 0;
  try {
    await pack(['a'.repeat(TEXT_CHARS)].values() as Iterator<string, void>, 1, (bytes) => {
      packedBytes += bytes.length;
      return Promise.resolve();
    });
  } catch (error) {
    return (error as Error).message;
  }
  return packedBytes < TEXT_CHARS / 10 ? undefined : 'it stores without compressing';
}

function inDirectory(base: string, probe: (directory: string) => Probe): Probe {
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(base, 'faultguard-doctor-'));
    return probe(directory);
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
}
