/**
 * What a new guardian needs of the directory of a session with an autosave: who the session is, what this launch began with, the
 * control file. Should the directory have vanished, or what was in it, they are made anew before one is started.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { appPath, identityPath } from '../autosave/autosave-files.ts';
import { identityOfThis } from '../autosave/identity.ts';
import { writeJson } from '../platform/json-file.ts';
import { controlPath } from '../journal/segment-files.ts';
import type { ControlPage } from '../memory/segment.ts';
import { orderPath } from '../restart/launch-order.ts';

export class SessionFiles {
  readonly #directory: string;
  readonly #control: ControlPage;
  /** Their contents, by path, as long as they are small and do not change. */
  readonly #kept: ReadonlyMap<string, Buffer>;
  #controlFile: number | undefined;

  /** While they are there. */
  constructor(directory: string, control: ControlPage) {
    this.#directory = directory;
    this.#control = control;
    const paths = [identityPath(directory), orderPath(directory)];
    this.#kept = new Map(paths.filter((path) => existsSync(path)).map((path) => [path, readFileSync(path)]));
    this.#controlFile = this.#findControlFile();
  }

  /** Returns whether something was missing. Throws what the file system says. */
  renew(): boolean {
    if (this.#findControlFile() === this.#controlFile) return false;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (const [path, contents] of this.#kept) {
      if (!existsSync(path)) writeFileSync(path, contents, { flag: 'wx', mode: 0o600 });
    }
    const app = appPath(this.#directory);
    if (!existsSync(app)) writeJson(app, identityOfThis(), false);
    const path = controlPath(this.#directory);
    // One that was being made when that failed.
    rmSync(path, { force: true });
    this.#control.moveTo(path);
    this.#controlFile = this.#findControlFile();
    return true;
  }

  /** The inode; undefined when there is none. */
  #findControlFile(): number | undefined {
    return statSync(controlPath(this.#directory), { throwIfNoEntry: false })?.ino;
  }
}
