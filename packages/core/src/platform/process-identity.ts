/** Which process, of which machine: a pid that is alive proves nothing (pid 1 always is, and pids are given again). */
import { readFileSync, readlinkSync } from 'node:fs';
import { isZombie, readProcessStat } from './process-stat.ts';

/** The inode of this process's pid namespace, '0' where there are none. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** Changes with each start of the machine; '0' where nobody says. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '0';
  }
}

/** Clock ticks from boot to the start of a process, '0' when it is not there, or ended and not yet waited for. */
export function startTimeOf(pid: string | number): string {
  const stat = readProcessStat(pid);
  return stat === undefined || isZombie(stat) ? '0' : stat.startTime;
}
