/** Directories on a real disk: what is synced on tmpfs costs nothing and proves nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSystemOf } from './machine.ts';

const directories = new Set<string>();
process.on('exit', () => directories.forEach(removeDirectory));

/** The system's temporary directory, or the working directory where that is in memory. */
export function diskDirectory(): string {
  return fileSystemOf(tmpdir()) === 'tmpfs' ? process.cwd() : tmpdir();
}

/** Removed when `use` has come to its end, or when this process has. */
export async function inDiskDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(diskDirectory(), 'faultguard-bench-'));
  directories.add(directory);
  try {
    return await use(directory);
  } finally {
    directories.delete(directory);
    removeDirectory(directory);
  }
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
