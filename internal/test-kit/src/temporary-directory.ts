import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory for one test. Whoever makes it removes it. */
export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}

/** `base` defaults to the system's temporary directory. */
export function makeTemporaryDirectory(base: string = tmpdir()): TemporaryDirectory {
  const path = mkdtempSync(join(base, 'fg-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
