/** A dossier of each crash, in a directory, under a name with its time and its process. */
import { join } from 'node:path';
import { print } from '../platform/print.ts';
import type { Crash } from '../rescue/crash.ts';
import { formatAsideName } from '../rescue/write-aside.ts';

export class DossierFiles {
  /** Of those that have been written. */
  readonly paths: string[] = [];
  readonly #directory: string | undefined;

  /** Without a directory nothing is written. */
  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** What goes wrong is said, and harms nothing else. */
  write(crash: Crash): void {
    if (this.#directory === undefined) return;
    const path = join(this.#directory, `${formatAsideName('crash', crash)}.json`);
    try {
      crash.saveDossier(path);
      this.paths.push(path);
    } catch (error) {
      print(`No dossier of the crash has been written: ${(error as Error).message}`);
    }
  }
}
