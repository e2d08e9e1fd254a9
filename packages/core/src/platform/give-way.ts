/**
 * Threads that have time: on Linux each thread has a nice value of its own (setpriority(2), "C library/kernel
 * differences"), and one that is nicer leaves the processor at once to one that has waited for something. Whoever has raised
 * its own may not lower it again, so this is for threads that never have anything urgent to do.
 */
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { listDirectory } from './list-directory.ts';

/** A tenth of the share of a thread at 0: it gives way, and does not starve where the machine is never idle. */
export const GIVE_WAY_NICE = 10;

/** Threads of this process that have that name. Elsewhere than on Linux, and where it is not allowed, nothing happens. */
export function makeThreadsGiveWay(name: string): void {
  const tasks = '/proc/self/task';
  for (const id of listDirectory(tasks)) {
    try {
      if (readFileSync(`${tasks}/${id}/comm`, 'utf8').trimEnd() === name)
        setPriority(Number(id), GIVE_WAY_NICE);
    } catch {
      // It has just ended.
    }
  }
}
