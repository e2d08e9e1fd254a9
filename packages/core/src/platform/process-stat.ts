/** What the kernel says of a process in `/proc/<pid>/stat`: proc_pid_stat(5). */
import { readFileSync } from 'node:fs';

export interface ProcessStat {
  /** A letter: `T` stopped by a signal, `t` by a tracer, `Z` ended and not yet waited for, `X` dead. */
  readonly state: string;
  readonly group: string;
  /** The device number of its terminal, and the group in the foreground there. */
  readonly terminal: string;
  readonly foregroundGroup: string;
  /** Processor time of all its threads. */
  readonly userTicks: string;
  readonly systemTicks: string;
  /** Ticks from boot to its start. */
  readonly startTime: string;
  /** As `waitpid` tells it, of one that has ended. */
  readonly exitStatus: string;
}

/** Undefined of a process that is not there, and without /proc. */
export function readProcessStat(pid: number | string): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name, may contain spaces and brackets, so count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // By the manual's count the first of these is number 3.
    const field = (number: number): string => fields[number - 3] ?? '0';
    return {
      state: field(3),
      group: field(5),
      terminal: field(7),
      foregroundGroup: field(8),
      userTicks: field(14),
      systemTicks: field(15),
      startTime: field(22),
      exitStatus: field(52),
    };
  } catch {
    return undefined;
  }
}

/** It has ended, and nobody has waited for it yet. */
export function isZombie({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}

/** By a signal or a tracer. */
export function isStopped(pid: number): boolean {
  return readProcessStat(pid)?.state.toUpperCase() === 'T';
}
