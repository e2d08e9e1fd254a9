/**
 * Where the app keeps what it has last written to standard error: two files in turn in its session's directory, each with
 * its number in a first line.
 */
import { join } from 'node:path';

/** Bytes of one file at most, its first line included. */
export const STDERR_FILE_BYTES_MAX: number = 32 * 1024;
/** Ten digits and the end of the line. */
export const STDERR_HEAD_BYTES = 11;

/** The file with that number: the one before the previous is used again. */
export function stderrPath(directory: string, number: number): string {
  return join(directory, `stderr-${number % 2}`);
}

export function formatStderrHead(number: number): string {
  return `${String(number).padStart(10, '0')}\n`;
}
