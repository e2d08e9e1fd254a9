/**
 * The directory outside of the repository in which packages are packed and installed, and the processes that work in it.
 *
 * Invariants:
 * 1. Whatever ends this script, short of a `kill -9`, the directory is gone and no process that was started here is left.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProcesses, killProcesses } from '@faultguard/test-kit';

export interface Command {
  readonly cwd: string;
  /** Comes first on PATH. */
  readonly node: string;
  readonly timeoutMs?: number;
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** What it has said so far. */
  readonly said: Said;
  /** Its exit code or signal, in the end. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export class Workshop {
  readonly path: string;
  /** Everything that is started here has it in its environment, whoever its parent is. */
  readonly #mark: string = `FAULTGUARD_WORKSHOP=${randomUUID()}`;

  constructor() {
    this.path = mkdtempSync(path.join(tmpdir(), 'faultguard-packed-'));
    process.once('exit', () => this.clear());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        this.clear();
        // By itself now, as if nobody had listened.
        process.kill(process.pid, signal);
      });
    }
  }

  /** Ends every process that was started here, and removes the directory. */
  clear(): void {
    killProcesses(this.#mark);
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Those that live and were started here. */
  processes(): string[] {
    return findProcesses(this.#mark).map(({ pid, command }) => `${pid} ${command}`);
  }

  start([name, ...args]: readonly string[], { cwd, node, timeoutMs = 240_000 }: Command): Running {
    const said = { stdout: '', stderr: '' };
    const child = spawn(name as string, args, {
      cwd,
      env: this.#environment(node),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    const ended = new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? String(code)));
    });
    return { said, ended, kill: (signal) => void child.kill(signal) };
  }

  /** Runs a command to its end; rejects with all that it has said when that is not exit code 0, or `expected`. */
  async run(words: readonly string[], command: Command, expected = '0'): Promise<Said> {
    const { said, ended } = this.start(words, command);
    const end = await ended;
    if (end === expected) return said;
    throw new Error(
      `${words.join(' ')}\nended with ${end} instead of ${expected}.\n${said.stdout}\n${said.stderr}`,
    );
  }

  /** Ours without what a package manager that has started us says of itself and of this repository. */
  #environment(node: string): NodeJS.ProcessEnv {
    const [markName = '', mark] = this.#mark.split('=');
    const own = Object.entries(process.env).filter(
      ([name]) =>
        !/^(?:npm_(?:lifecycle|package|command|execpath|node_execpath)|npm_config_(?:local_)?prefix|pnpm_)/i.test(
          name,
        ) && !['INIT_CWD', 'NODE_OPTIONS', 'NODE_PATH', 'NODE'].includes(name),
    );
    return {
      ...Object.fromEntries(own),
      CI: 'true',
      NO_COLOR: '1',
      PATH: [path.dirname(node), ...withoutRepository(process.env['PATH'] ?? '')].join(path.delimiter),
      [markName]: mark,
    };
  }
}

/** Directories of PATH but those of node_modules, in which this repository has a Node and tools of its own. */
function withoutRepository(searched: string): string[] {
  return searched.split(path.delimiter).filter((directory) => !directory.includes('node_modules'));
}
