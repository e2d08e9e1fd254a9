/** The pipe to the `faultguard run` that has started this process: the descriptor is that of a bell, see platform/bell.ts. */
import { writeSync } from 'node:fs';
import { BELL_FD, type RunMessage } from './bell.ts';
import { runPid } from './process-at-start.ts';

let isTaken = false;

/** The pid of it, once, and as long as it lives: whoever asks gets the pipe. */
export function takeRun(): number | undefined {
  if (isTaken || runPid === undefined || process.ppid !== runPid) return undefined;
  isTaken = true;
  return runPid;
}

/** For whoever has the pipe. */
export function tellRun(message: RunMessage): void {
  try {
    writeSync(BELL_FD, `${JSON.stringify(message)}\n`);
  } catch {
    // It has been killed.
  }
}
