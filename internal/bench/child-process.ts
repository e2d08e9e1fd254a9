/**
 * Processes that measure, and what they tell: lines of JSON on their standard output.
 *
 * Each leads a process group of its own, so that a guardian and its app can be ended together when one of
 * them hangs, or when the run is interrupted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a process tells, by name. Times are `process.hrtime`: one clock for all processes of a machine. */
export type Facts = Record<string, number | string>;

export interface ChildOptions {
  readonly args?: readonly (string | number)[];
  /** It has to end this way: an exit code, or the name of a signal. Default 0. */
  readonly end?: number | NodeJS.Signals;
  /** Gives it `process.send`, and reads what it sends. */
  readonly ipc?: boolean;
  readonly timeoutMs?: number;
}

export interface RunningChild {
  readonly startedAtNs: number;
  /** Resolves once it has told this. */
  told(name: string): Promise<Facts>;
  /** All that it has told. Rejects when it does not end as it should. */
  readonly ended: Promise<Facts>;
}

const groups = new Set<number>();
process.on('exit', () => groups.forEach(killGroup));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export function runChild(script: URL, options: ChildOptions = {}): Promise<Facts> {
  return startChild(script, options).ended;
}

export function startChild(script: URL, options: ChildOptions = {}): RunningChild {
  const { args = [], end = 0, ipc = false, timeoutMs = 60_000 } = options;
  const facts: Facts = {};
  const waiting: { name: string; resolve: (facts: Facts) => void }[] = [];
  const startedAtNs = nowNs();
  const child = spawn(process.execPath, [fileURLToPath(script), ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit', ...(ipc ? ['ipc' as const] : [])],
    detached: true,
  });
  const pid = child.pid;
  if (pid !== undefined) groups.add(pid);
  child.on('message', () => {});
  readLines(child, (line) => {
    Object.assign(facts, JSON.parse(line));
    for (const { name, resolve } of waiting) if (name in facts) resolve(facts);
  });
  const ended = new Promise<Facts>((resolve, reject) => {
    const command = [fileURLToPath(script), ...args].join(' ');
    const timer = setTimeout(() => {
      if (pid !== undefined) killGroup(pid);
      reject(new Error(`${command} took more than ${timeoutMs} ms.`));
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) groups.delete(pid);
      if ((exitCode ?? signal) === end) resolve(facts);
      else reject(new Error(`${command} ended with ${exitCode ?? signal}, not ${end}.`));
    });
  });
  return {
    startedAtNs,
    ended,
    async told(name) {
      if (name in facts) return facts;
      return await Promise.race([new Promise<Facts>((resolve) => waiting.push({ name, resolve })), ended]);
    },
  };
}

/** The other end: a line to whoever runs this process, out before the next instruction. */
export function tell(facts: Facts): void {
  writeSync(1, `${JSON.stringify(facts)}\n`);
}

/** Since some moment of this machine's past: comparable between its processes. Exact to a microsecond. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** A fact that has to be there. */
export function numberOf(facts: Facts, name: string): number {
  const value = facts[name];
  if (typeof value !== 'number') throw new Error(`The process has not told "${name}".`);
  return value;
}

function readLines(child: ChildProcess, take: (line: string) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) take(line);
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Everything in it has ended.
  }
}
