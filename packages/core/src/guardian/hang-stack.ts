/** Where an app hangs, as its own watcher has written it down. */
import { closeSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openExistingFile } from '../memory/file.ts';
import { hangStackPath } from '../platform/watchdog.ts';

/** On a machine with much to do the watcher comes late. */
const WAIT_MS_MAX = 500;
const LOOK_MS = 20;

/** The stack at which an app hangs, if it can be had. */
export async function findHangStack(directory: string): Promise<string | undefined> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const stack = readStack(hangStackPath(directory));
    if (stack !== undefined || waitedMs >= WAIT_MS_MAX) return stack;
    await sleep(LOOK_MS);
  }
}

function readStack(path: string): string | undefined {
  try {
    const fd = openExistingFile(path, 1, 'read');
    try {
      return readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
