/** Which file a command is, as `execvp` finds it, and whether Node runs it. */
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

export interface FoundProgram {
  /** Undefined when there is none. */
  readonly path: string | undefined;
  /** A program of Node: it is Node itself, or a file whose first line says so. */
  readonly isNode: boolean;
}

export function findProgram(command: string): FoundProgram {
  const path = command.includes('/') ? existing(command) : findInPath(command);
  return { path, isNode: path !== undefined && isNode(path) };
}

function findInPath(command: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  const found = directories.map((directory) => existing(join(directory || '.', command)));
  return found.find((path) => path !== undefined);
}

function existing(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Node by its name, also where that is a link to something else (a switch between versions), or by what it is a link to. */
function isNode(path: string): boolean {
  if ([path, realpathSync(path)].some((each) => NODE_NAME.test(basename(each)))) return true;
  return /^#!.*\bnode(?:js)?\b/.test(readFirstLine(path));
}

const NODE_NAME = /^node(?:js)?(?:\.exe)?$/;
/** As much as Linux looks at: execve(2). */
const LINE_BYTES_MAX = 256;

function readFirstLine(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(LINE_BYTES_MAX);
      const text = bytes.toString('latin1', 0, readSync(fd, bytes));
      return text.split('\n', 1)[0] as string;
    } finally {
      closeSync(fd);
    }
  } catch {
    // It may be executed and not read.
    return '';
  }
}
