/**
 * Cores of their own for what is measured and for what measures: two processes that the kernel moves between the same two
 * cores answer a third as many requests as when each keeps to its own, and which of the two happens is chance.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const CORES = availableParallelism();

/** By `taskset` of util-linux, where there is more than one core. */
export const hasOwnCores: boolean = CORES > 1 && spawnSync('taskset', ['--version']).status === 0;

/** While it lasts, this process and whatever it starts keep off the first core. */
export async function offFirstCore<Result>(use: () => Promise<Result>): Promise<Result> {
  pin(process.pid, `1-${CORES - 1}`);
  try {
    return await use();
  } finally {
    pin(process.pid, `0-${CORES - 1}`);
  }
}

/** The first core is for that process. */
export function moveToFirstCore(pid: number): void {
  pin(pid, '0');
}

function pin(pid: number, cores: string): void {
  if (!hasOwnCores) return;
  const { status, stderr } = spawnSync(
    'taskset',
    ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`taskset has failed: ${stderr}`);
}
