/** Processes by what stands in their environment: how a test knows that it leaves none behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

export interface FoundProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
}

/** All living processes (no zombies) that were started with `NAME=value` in their environment. */
export function findProcesses(variable: string): FoundProcess[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      if (!readFileSync(`/proc/${entry}/environ`, 'latin1').split('\0').includes(variable)) return [];
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(entry), parentPid: Number(parentPid), command }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Ends all such processes at once. Again and again: what one of them has started meanwhile may have been missed. */
export function killProcesses(variable: string): void {
  for (let left = findProcesses(variable); left.length > 0; left = findProcesses(variable)) {
    for (const { pid } of left) killIfAlive(pid);
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Resolves when no such process is left; throws after a while, naming those that are. */
export async function waitUntilGone(variable: string): Promise<void> {
  let left: FoundProcess[] = [];
  await waitFor('every process of the test to end', () => {
    left = findProcesses(variable);
    return left.length === 0;
  }).catch((error: unknown) => {
    const names = left.map(({ pid, command }) => `${pid} ${command}`).join('\n');
    throw new Error(`Processes are left behind:\n${names}`, { cause: error });
  });
}
