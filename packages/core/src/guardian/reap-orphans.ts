/**
 * As process 1 of a container the guardian inherits every process whose parent has ended. Node waits only for children
 * that it has started itself, so the others would stay zombies, and use up the container's pids.
 *
 * A status that is taken here is one that Node never gets: its child would never be told to have ended. So a zombie
 * counts as an orphan if and only if
 * 1. it is a child of the main thread: those that a worker thread has started are listed with that thread;
 * 2. it is no ChildProcess that Node has made since the guardian was loaded, as far as Node tells;
 * 3. it was a zombie at two looks, between which the event loop has looked for signals. Node waits for its own
 *    children of this thread as soon as it does that.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { readProcessStat } from '../platform/process-stat.ts';
import { loadWaitForChild, type TakeStatus } from '../platform/wait-for-child.ts';

/** Between the two looks. A zombie costs a pid and nothing else, so there is no hurry. */
const SECOND_LOOK_MS = 50;
/** Node says so when it makes a ChildProcess. */
const CHILD_CHANNEL = 'child_process';

const NOTHING: ReadonlyMap<number, string> = new Map();

export interface Reaper {
  stop(): void;
}

/** Does nothing unless this is process 1, on Linux. Without koffi the zombies stay. */
export function reapOrphans(): Reaper {
  if (process.pid !== 1 || process.platform !== 'linux') return { stop() {} };
  const reaper = new OrphanReaper();
  return { stop: () => reaper.stop() };
}

class OrphanReaper {
  readonly #ownChildren = new Set<ChildProcess>();
  /** Zombies of the first look, by pid. A pid is not given again while its zombie is there. */
  #seen = new Map<number, string>();
  #takeStatus: TakeStatus | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor() {
    process.on('SIGCHLD', this.#onChildEnd);
    subscribe(CHILD_CHANNEL, this.#onOwnChild);
    // What has ended before there was anybody to be told.
    this.#onChildEnd();
  }

  stop(): void {
    this.#isStopped = true;
    process.off('SIGCHLD', this.#onChildEnd);
    unsubscribe(CHILD_CHANNEL, this.#onOwnChild);
    clearTimeout(this.#timer);
    this.#ownChildren.clear();
  }

  readonly #onOwnChild = (message: unknown): void => {
    this.#ownChildren.add((message as { process: ChildProcess }).process);
  };

  readonly #onChildEnd = (): void => {
    if (this.#timer === undefined) this.#look();
  };

  /** The first of two looks, unless there is nothing that has not been tried. */
  #look(tried: ReadonlyMap<number, string> = NOTHING): void {
    this.#seen = this.#findZombies();
    if ([...this.#seen].every(([pid, startTime]) => tried.get(pid) === startTime)) return;
    // A timer may come before the loop has looked for signals; an immediate comes behind that.
    this.#timer = setTimeout(() => setImmediate(() => this.#takeStatuses()), SECOND_LOOK_MS);
    this.#timer.unref();
  }

  #takeStatuses(): void {
    if (this.#isStopped) return;
    this.#timer = undefined;
    this.#takeStatus ??= loadWaitForChild();
    if (this.#takeStatus === undefined) {
      this.stop();
      return;
    }
    const seen = this.#seen;
    for (const [pid, startTime] of this.#findZombies()) {
      if (seen.get(pid) === startTime) this.#takeStatus(pid);
    }
    // Others may have ended since the first look.
    this.#look(seen);
  }

  /** Start times of zombies by pid, without those that Node has yet to wait for. */
  #findZombies(): Map<number, string> {
    const own = new Set<number>();
    for (const child of this.#ownChildren) {
      if (child.exitCode !== null || child.signalCode !== null) this.#ownChildren.delete(child);
      else if (child.pid !== undefined) own.add(child.pid);
    }
    return new Map(
      childrenOfMainThread().flatMap((pid) => {
        const startTime = own.has(pid) ? undefined : startTimeOfZombie(pid);
        return startTime === undefined ? [] : [[pid, startTime]];
      }),
    );
  }
}

/** proc(5): needs a kernel with CONFIG_PROC_CHILDREN, as those of the distributions are. Nothing without. */
function childrenOfMainThread(): number[] {
  try {
    const pid = process.pid;
    return (readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g) ?? []).map(Number);
  } catch {
    return [];
  }
}

function startTimeOfZombie(pid: number): string | undefined {
  const stat = readProcessStat(pid);
  return stat?.state === 'Z' ? stat.startTime : undefined;
}
