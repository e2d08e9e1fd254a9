/** The last lines that the app has written to standard error, as app/keep-stderr.ts has left them. Trusts nothing of it. */
import { closeSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { openExistingFile } from '../memory/file.ts';
import { STDERR_FILE_BYTES_MAX, STDERR_HEAD_BYTES, stderrPath } from '../platform/stderr-files.ts';

/** Characters of a line that are given. */
const LINE_CHARS_MAX = 1000;

/** Oldest first, without colours. Undefined when nothing has been written, or kept. Never throws. */
export function readStderrTail(directory: string, linesMax: number): string[] | undefined {
  if (linesMax <= 0) return undefined;
  const files = [0, 1]
    .map((index) => readFile(stderrPath(directory, index)))
    .filter((file) => file !== undefined)
    .toSorted((one, other) => one.number - other.number);
  if (files.length === 0) return undefined;
  const text = stripVTControlCharacters(Buffer.concat(files.map(({ bytes }) => bytes)).toString('utf8'));
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  // Something came before it that has been written over: it may be the rest of a line.
  if ((files[0]?.number ?? 0) > 0 && lines.length > 1) lines.shift();
  return lines
    .slice(-linesMax)
    .map((line) => (line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX)}…` : line));
}

interface StderrFile {
  readonly number: number;
  readonly bytes: Buffer;
}

function readFile(path: string): StderrFile | undefined {
  try {
    const fd = openExistingFile(path, STDERR_HEAD_BYTES, 'read');
    try {
      const bytes = Buffer.alloc(STDERR_FILE_BYTES_MAX);
      const read = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
      const head = read.toString('latin1', 0, STDERR_HEAD_BYTES);
      if (!/^\d{10}\n$/.test(head)) return undefined;
      return { number: Number(head), bytes: read.subarray(STDERR_HEAD_BYTES) };
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
