/**
 * The pipe to the `faultguard run` that has started this process. `attach` makes it the bell of its guardian, see
 * platform/bell.ts. `start` keeps it, and hands it on to its app, and that to any guardian after the first: `run` goes on as long as
 * one of them has it.
 */
import { writeSync } from 'node:fs';
import { BELL_FD } from './bell.ts';
import type { RunMessage } from './messages.ts';
import { adoptedApp, inheritedSession, runPid, runSettingsText } from './process-at-start.ts';

/** Where it is in the app of `start`, and in its guardians after the first. */
const HANDED_ON_FD: number = BELL_FD + 1;

const isHandedOn = runSettingsText !== undefined && (inheritedSession ?? adoptedApp) !== undefined;
let fd: number | undefined = isHandedOn ? HANDED_ON_FD : undefined;
let isTaken = false;

/** The pid of it, once, and as long as it lives: for `attach`, which then has the pipe. */
export function takeRun(): number | undefined {
  if (isTaken || runPid === undefined || process.ppid !== runPid) return undefined;
  isTaken = true;
  return runPid;
}

/** For `start`. */
export function keepRunPipe(): void {
  if (takeRun() !== undefined) fd = BELL_FD;
}

/** What a child gets behind its bell. */
export function runPipeStdio(): number[] {
  return fd === undefined ? [] : [fd];
}

/** Nothing happens where nobody runs this. */
export function tellRun(message: RunMessage): void {
  try {
    if (fd !== undefined) writeSync(fd, `${JSON.stringify(message)}\n`);
  } catch {
    // It has been killed.
  }
}
