/** New directories for what is measured; on a real disk where it is synced: on tmpfs that costs nothing and proves nothing. */
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

export async function inDiskDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  return await inNewDirectory(diskDirectory(), use);
}

/** One in `base`. Removed when `use` has come to its end, or when this process has. */
export async function inNewDirectory<T>(base: string, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(base, 'faultguard-bench-'));
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
