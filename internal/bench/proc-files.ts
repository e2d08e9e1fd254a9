/** What Linux tells of a process in /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MemoryBytes {
  readonly resident: number;
  /** Its own: heap, stacks, allocations. */
  readonly anonymous: number;
  /** Files that are mapped, programs and libraries among them. */
  readonly file: number;
  /** Files on tmpfs that are mapped: a journal in /dev/shm. */
  readonly sharedMemory: number;
}

export function readMemory(pid: number): MemoryBytes {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    resident: bytes('VmRSS'),
    anonymous: bytes('RssAnon'),
    file: bytes('RssFile'),
    sharedMemory: bytes('RssShmem'),
  };
}

/** What a process has given to the disk since its start: pages that it has made dirty, 4096 bytes each. */
export function readWrittenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

export interface Activity {
  /** utime + stime of the whole process, which the kernel counts in steps of 10 ms. */
  readonly cpuMs: number;
  /** Times that the main thread was put on a processor: voluntary and other context switches. */
  readonly mainSwitches: number;
  /** The same of all threads of the process. */
  readonly allSwitches: number;
}

/** USER_HZ is 100 on every platform that Node runs on. */
const MS_PER_TICK = 10;

export function readActivity(pid: number): Activity {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const switches = tasks.map((task) => readSwitches(`/proc/${pid}/task/${task}/status`));
  return {
    cpuMs: readCpuMs(pid),
    mainSwitches: switches[tasks.indexOf(String(pid))] ?? 0,
    allSwitches: switches.reduce((sum, count) => sum + count, 0),
  };
}

export function subtractActivity(later: Activity, earlier: Activity): Activity {
  return {
    cpuMs: later.cpuMs - earlier.cpuMs,
    mainSwitches: later.mainSwitches - earlier.mainSwitches,
    allSwitches: later.allSwitches - earlier.allSwitches,
  };
}

function readSwitches(path: string): number {
  const status = readFileSync(path, 'utf8');
  return [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the program's name, may contain spaces and brackets: count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

const LOOK_MS = 50;
const QUIET_MS = 500;
const QUIET_TIMEOUT_MS = 20_000;

/** Resolves when the process has used no processor for half a second. Throws when it never stops. */
export async function waitUntilQuiet(pid: number): Promise<void> {
  const deadline = performance.now() + QUIET_TIMEOUT_MS;
  let before = readCpuMs(pid);
  let quietSince = performance.now();
  while (performance.now() - quietSince < QUIET_MS) {
    await sleep(LOOK_MS);
    const now = readCpuMs(pid);
    if (now === before) continue;
    before = now;
    quietSince = performance.now();
    if (quietSince > deadline) throw new Error(`Process ${pid} did not come to rest.`);
  }
}
