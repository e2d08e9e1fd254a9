/** Runs a script as a user would, in a process of its own, and collects everything it says. */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { findProcesses, killProcesses, waitUntilGone } from './processes.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

export interface ScriptOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  /** Default: a directory of its own, removed at its end. A guard may leave a rescue file in the current one. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Extra descriptors from 3 on. */
  readonly extraStdio?: readonly ('pipe' | 'ipc' | number)[];
  /** A process of its own group and session, as under a service manager. */
  readonly detached?: boolean;
  /** The script is killed and the run fails when it takes longer. Default 20,000 ms. */
  readonly timeoutMs?: number;
  /** Default: this Node. */
  readonly command?: string;
}

export interface ScriptResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningScript {
  readonly process: ChildProcess;
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves at its end, once no process that it started is left. */
  readonly ended: Promise<ScriptResult>;
  /** Waits until standard output contains the text, and returns all of it. */
  waitForOutput(text: string): Promise<string>;
  /** The pid of the guarded app, once it runs. */
  appPid(): Promise<number>;
  /** Ends it and all that it has started, at once. */
  killAll(): void;
}

const RUN_VARIABLE = 'TEST_RUN';

export function startScript(script: string, options: ScriptOptions = {}): RunningScript {
  const run = randomUUID();
  const directory = options.cwd === undefined ? makeTemporaryDirectory() : undefined;
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(options.extraStdio ?? [])];
  const child = spawn(
    options.command ?? process.execPath,
    [...(options.execArgv ?? []), script, ...(options.args ?? [])],
    {
      cwd: options.cwd ?? directory?.path,
      env: { ...process.env, NODE_OPTIONS: '', ...options.env, [RUN_VARIABLE]: run },
      stdio,
      detached: options.detached ?? false,
    },
  );
  const mark = `${RUN_VARIABLE}=${run}`;
  const killAll = (): void => killProcesses(mark);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const timeoutMs = options.timeoutMs ?? 20_000;
  const ended = new Promise<ScriptResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      killAll();
      reject(new Error(`${script} ran for more than ${timeoutMs} ms.\n${output.stdout}\n${output.stderr}`));
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal, ...output });
    });
  })
    .then(async (result) => {
      await waitUntilGone(mark);
      return result;
    })
    .finally(() => directory?.remove());
  return {
    process: child,
    output,
    ended,
    killAll,
    waitForOutput: (text) =>
      waitFor(`"${text}" in the output of ${script}`, () => output.stdout.includes(text) && output.stdout),
    appPid: () =>
      waitFor(`the app of ${script}`, () => {
        return findProcesses(mark).find(({ parentPid }) => parentPid === child.pid)?.pid;
      }),
  };
}

export function runScript(script: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  return startScript(script, options).ended;
}
