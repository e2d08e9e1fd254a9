/** A process and all that it has started, as far as their parents live: proc(5), `children`. */
import { readdirSync, readFileSync } from 'node:fs';
import { startTimeOf } from '../platform/process-identity.ts';

export interface TreeProcess {
  readonly pid: number;
  readonly startTime: string;
}

/** The process itself first. */
export function findTree(pid: number): TreeProcess[] {
  const found = [pid];
  // It grows meanwhile.
  for (const each of found) found.push(...childrenOf(each));
  return found.map((each) => ({ pid: each, startTime: startTimeOf(each) }));
}

/** Never another process that has one of their pids meanwhile. */
export function killTree(tree: readonly TreeProcess[], signal: NodeJS.Signals): void {
  for (const each of tree) {
    if (!isAlive(each)) continue;
    try {
      process.kill(each.pid, signal);
    } catch {
      // It has ended, or is not ours.
    }
  }
}

export function isAlive({ pid, startTime }: TreeProcess): boolean {
  return startTime !== '0' && startTimeOf(pid) === startTime;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      (readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').match(/\d+/g) ?? []).map(Number),
    );
  } catch {
    return [];
  }
}
