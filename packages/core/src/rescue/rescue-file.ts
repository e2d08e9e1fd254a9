/** The last resort when a rescue function has failed: the state as a file that superjson reads. */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { writeFully } from '../memory/file.ts';
import type { CrashFacts } from './crash.ts';
import { encodeSuperjson } from './encode-superjson.ts';
import { formatAsideName, writeAside } from './write-aside.ts';

export class RescueFile {
  /** Where the state has been written; undefined before that, and when no directory took it. */
  path: string | undefined;
  readonly #state: object;
  readonly #name: string;

  constructor(state: object, crash: CrashFacts) {
    this.#state = state;
    this.#name = `${formatAsideName('rescue', crash)}.json`;
  }

  /**
   * Writes the state into the current directory, or else into the temporary one, unless that has been done,
   * and says in a sentence where it is or why it is nowhere. The file is new, for this user alone (0600), and
   * on disk when this returns; nothing half-written is left behind.
   */
  write(): string {
    try {
      this.path ??= writeAside(this.#name, (path) => writeState(path, this.#state));
      return `The state has been written to ${this.path} (superjson).`;
    } catch (error) {
      return `The state could not be written to a file: ${(error as Error).message}`;
    }
  }

  remove(): void {
    if (this.path !== undefined) rmSync(this.path, { force: true });
    this.path = undefined;
  }
}

function writeState(path: string, state: object): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    let position = 0;
    for (const piece of encodeSuperjson(state)) {
      const bytes = Buffer.from(piece);
      writeFully(fd, bytes, position);
      position += bytes.length;
    }
    fsyncSync(fd);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
