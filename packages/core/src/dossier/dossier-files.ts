/** A dossier of each crash, in a directory, under a name with its time and its process. */
import { join } from 'node:path';
import { print } from '../guardian/print.ts';
import type { Crash } from '../rescue/crash.ts';

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
    const time = crash.crashedAt.toISOString().replaceAll(':', '-');
    const path = join(this.#directory, `faultguard-crash-${time}-${crash.pid}.json`);
    try {
      crash.saveDossier(path);
      this.paths.push(path);
    } catch (error) {
      print(`No dossier of the crash has been written: ${(error as Error).message}`);
    }
  }
}
