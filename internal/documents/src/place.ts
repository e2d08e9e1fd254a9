/** Where a reader follows a document from its top to its end: a directory with the packages in it, and a shell. */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  findFreePort,
  makeTemporaryDirectory,
  type RunningScript,
  type ScriptOptions,
  type ScriptResult,
  startScript,
  waitFor,
} from '@faultguard/test-kit';

const WORKSPACE: string = fileURLToPath(new URL('../', import.meta.url));

export class Place {
  readonly path: string;
  /** Free, and what `PORT` says: a block that listens on 3000 listens on it. */
  readonly port: number;
  readonly #directory: { readonly path: string; remove(): void };
  readonly #temporary: string;
  readonly #running = new Set<RunningScript>();
  /** Of all that has been started here: a session's directory is named for its guardian. */
  readonly #pids = new Set<string>();

  private constructor(port: number) {
    this.#directory = makeTemporaryDirectory();
    this.path = join(this.#directory.path, 'project');
    this.#temporary = join(this.#directory.path, 'tmp');
    this.port = port;
    mkdirSync(this.path);
    mkdirSync(this.#temporary);
    writeFileSync(join(this.path, 'package.json'), '{ "private": true, "type": "module" }\n');
    // The real path of a package counts for what it imports, so each finds what it has in this repository.
    symlinkSync(join(WORKSPACE, 'node_modules'), join(this.path, 'node_modules'));
  }

  static async open(): Promise<Place> {
    return new Place(await findFreePort());
  }

  /** Writes a file of the document; another one of that name is replaced, as a reader would. */
  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), this.withPort(text));
  }

  /** Starts a script with this Node. It has to end, by itself or by the test, before the document does. */
  start(script: string, options: ScriptOptions = {}): RunningScript {
    const running = startScript(script, {
      timeoutMs: 30_000,
      ...options,
      cwd: this.path,
      env: { ...this.#environment(), ...options.env },
    });
    this.#running.add(running);
    this.#pids.add(String(running.process.pid));
    void running.ended.then(
      () => this.#running.delete(running),
      () => {},
    );
    return running;
  }

  run(script: string, options: ScriptOptions = {}): Promise<ScriptResult> {
    return this.start(script, options).ended;
  }

  /** Runs one command line as a reader types it. */
  command(line: string, options: ScriptOptions = {}): Promise<ScriptResult> {
    return this.run(this.withPort(line), { ...options, command: 'bash', execArgv: ['-c'] });
  }

  /** Runs what stands in a block of shell, and ends with the first command that fails. */
  shell(code: string, options: ScriptOptions = {}): Promise<ScriptResult> {
    return this.command(`set -euo pipefail; ${code}`, options);
  }

  /** What a block says of port 3000 is meant of this place's. */
  withPort(text: string): string {
    return text.replaceAll(/\b3000\b/g, String(this.port));
  }

  /** Resolves when somebody listens on `port`. */
  async untilListening(): Promise<void> {
    await waitFor(`a server on port ${this.port}`, () =>
      fetch(`http://localhost:${this.port}/`).then(
        () => true,
        () => false,
      ),
    );
  }

  /** Removes it all. Throws when something is left that should not be. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const script of running) script.killAll();
    await Promise.allSettled(running.map(({ ended }) => ended));
    const sessions = this.#sessions();
    const files = [...readdirSync(this.#temporary), ...sessions];
    this.#directory.remove();
    for (const session of sessions) rmSync(session, { recursive: true });
    const commands = running.map(({ process }) => process.spawnargs.join(' '));
    if (commands.length > 0) throw new Error(`Still running: ${commands.join(', ')}`);
    if (files.length > 0) throw new Error(`Left in a temporary directory: ${files.join(', ')}`);
  }

  /** Directories of sessions in shared memory. */
  #sessions(): string[] {
    if (!existsSync('/dev/shm')) return [];
    return readdirSync('/dev/shm').flatMap((name) => {
      const [, pid] = /^faultguard-\d+-(\d+)-/.exec(name) ?? [];
      return pid !== undefined && this.#pids.has(pid) ? [join('/dev/shm', name)] : [];
    });
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      // The packages' own programs, as `npx` finds them, and this Node.
      PATH: [dirname(process.execPath), join(WORKSPACE, 'node_modules/.bin'), process.env['PATH']].join(
        delimiter,
      ),
      TMPDIR: this.#temporary,
      PORT: String(this.port),
      CI: 'true',
      NO_COLOR: '1',
      // npm's own, in the temporary directory.
      NODE_DISABLE_COMPILE_CACHE: '1',
      // Of npx: everything is there.
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    };
  }
}
