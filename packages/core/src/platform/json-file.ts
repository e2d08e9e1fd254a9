/** Small files of JSON, in a directory of ours: made once. One that is not whole says nothing to whoever reads it. */
import { closeSync, fsyncSync, openSync, readFileSync, statSync } from 'node:fs';
import { openExistingFile, writeFully } from '../memory/file.ts';

/** A new file. `isSynced`: whole and on the disk when this returns, which may take as long as the disk does. */
export function writeJson(path: string, value: unknown, isSynced = true): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeFully(fd, Buffer.from(JSON.stringify(value)), 0);
    if (isSynced) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What is written here has some hundred bytes; a crash may have a diagnostic report in it. */
const JSON_BYTES_MAX = 16 * 1024 * 1024;

/** Undefined for what is not there, or no JSON object. */
export function readJson(path: string): Record<string, unknown> | undefined {
  try {
    if (statSync(path).size > JSON_BYTES_MAX) return undefined;
    const fd = openExistingFile(path, 0, 'read');
    try {
      const value: unknown = JSON.parse(readFileSync(fd, 'utf8'));
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
