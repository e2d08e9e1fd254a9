/**
 * What a disk may hold after a loss of power: the operations of a program are applied to a simulated disk one by one,
 * and between any two of them an image can be taken of what would be found if the power failed there.
 *
 * Rules, those of a file system that promises no more than POSIX does:
 * 1. A page of a file, 4096 bytes, holds what it held at the file's last sync, or what any write since then has left in
 *    it. Each page for itself: a later write may be there and an earlier one not.
 * 2. A file has the length that it had at its last sync, or any up to its present one, in whole pages. What was never
 *    written below that is zeros.
 * 3. Of what has happened to the names in a directory since its last sync, the first so many changes are there, in their
 *    order, as on file systems that keep a journal of them. With `areNamesOrdered: false`, any of them: fewer promises
 *    than those give. A rename is one change, each directory is on its own.
 * 4. The sync of a file makes its bytes and its length last, not its names. The sync of a directory makes the names in
 *    it last, not what they stand for.
 * 5. What has lasted stays until it is replaced. A file without a name is gone.
 */
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Choose } from './choose-survivors.ts';
import { SimulatedFile } from './simulated-file.ts';

/** Paths are relative to the simulated directory, '' is itself. A file is told by a number, whatever its name becomes. */
export type DiskOperation =
  | { readonly type: 'make directory'; readonly path: string }
  | { readonly type: 'create'; readonly path: string; readonly file: number }
  | {
      readonly type: 'write';
      readonly file: number;
      readonly offsetBytes: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'sync file'; readonly file: number }
  | { readonly type: 'sync directory'; readonly path: string }
  | { readonly type: 'link'; readonly from: string; readonly to: string }
  | { readonly type: 'rename'; readonly from: string; readonly to: string }
  /** A file's name, or an empty directory. */
  | { readonly type: 'remove'; readonly path: string };

type Entries = Map<string, SimulatedFile | SimulatedDirectory>;

class SimulatedDirectory {
  /** The names as they are now, and as they were at the last sync. */
  readonly entries: Entries = new Map();
  #synced: Entries = new Map();
  #changes: ((entries: Entries) => void)[] = [];

  change(change: (entries: Entries) => void): void {
    change(this.entries);
    this.#changes.push(change);
  }

  sync(): void {
    this.#synced = new Map(this.entries);
    this.#changes = [];
  }

  chooseEntries(choose: Choose, areNamesOrdered: boolean): Entries {
    const entries: Entries = new Map(this.#synced);
    const chosen = areNamesOrdered
      ? this.#changes.slice(0, choose(this.#changes.length))
      : this.#changes.filter(() => choose(1) === 1);
    for (const change of chosen) change(entries);
    return entries;
  }
}

export interface ImageOptions {
  /** Default true: see rule 3. */
  readonly areNamesOrdered?: boolean;
}

/** Begins as an empty directory that is on the disk. */
export class SimulatedDisk {
  readonly #root = new SimulatedDirectory();
  readonly #files = new Map<number, SimulatedFile>();
  /** Grows whenever something has been synced: until then, what nothing survives of is the same. */
  syncCount = 0;

  apply(operation: DiskOperation): void {
    switch (operation.type) {
      case 'make directory':
        this.#setEntry(operation.path, new SimulatedDirectory());
        break;
      case 'create': {
        const file = new SimulatedFile(operation.file);
        this.#files.set(operation.file, file);
        this.#setEntry(operation.path, file);
        break;
      }
      case 'write':
        this.#file(operation.file).write(operation.offsetBytes, operation.bytes);
        break;
      case 'sync file':
        this.#file(operation.file).sync();
        this.syncCount++;
        break;
      case 'sync directory':
        this.#directory(operation.path).sync();
        this.syncCount++;
        break;
      case 'link':
        this.#setEntry(operation.to, this.#entry(operation.from));
        break;
      case 'rename': {
        const { from, to } = operation;
        const [directory, oldName] = split(from);
        const [other, newName] = split(to);
        if (directory !== other) throw new Error(`${from} and ${to} are not in the same directory.`);
        const entry = this.#entry(from);
        // Two names of one file: rename(2) does nothing, and both stay.
        if (this.#find(to) === entry) break;
        this.#directory(directory).change((entries) => {
          entries.delete(oldName);
          entries.set(newName, entry);
        });
        break;
      }
      case 'remove': {
        const [directory, name] = split(operation.path);
        this.#entry(operation.path);
        this.#directory(directory).change((entries) => entries.delete(name));
        break;
      }
    }
  }

  /** The number of the file that has that name now. */
  fileAt(path: string): number | undefined {
    const entry = this.#find(path);
    return entry instanceof SimulatedFile ? entry.number : undefined;
  }

  /** The names in a directory as they are now; undefined when there is no such directory. */
  namesIn(path: string): string[] | undefined {
    const entry = this.#find(path);
    return entry instanceof SimulatedDirectory ? [...entry.entries.keys()] : undefined;
  }

  /** Writes what is found after a loss of power into a directory that is there and empty. */
  materialize(directory: string, choose: Choose, options: ImageOptions = {}): void {
    const { areNamesOrdered = true } = options;
    const done = new Map<SimulatedFile, string>();
    const write = (from: SimulatedDirectory, to: string): void => {
      for (const [name, entry] of from.chooseEntries(choose, areNamesOrdered)) {
        const path = join(to, name);
        if (entry instanceof SimulatedDirectory) {
          mkdirSync(path, { mode: 0o700 });
          write(entry, path);
          continue;
        }
        const otherName = done.get(entry);
        if (otherName === undefined) entry.materialize(path, choose);
        else linkSync(otherName, path);
        done.set(entry, path);
      }
    };
    write(this.#root, directory);
  }

  #setEntry(path: string, entry: SimulatedFile | SimulatedDirectory): void {
    const [directory, name] = split(path);
    this.#directory(directory).change((entries) => entries.set(name, entry));
  }

  #file(number: number): SimulatedFile {
    const file = this.#files.get(number);
    if (file === undefined) throw new Error(`There has never been a file ${number}.`);
    return file;
  }

  #directory(path: string): SimulatedDirectory {
    const entry = this.#find(path);
    if (entry instanceof SimulatedDirectory) return entry;
    throw new Error(`There is no directory ${path}.`);
  }

  #entry(path: string): SimulatedFile | SimulatedDirectory {
    const entry = this.#find(path);
    if (entry !== undefined) return entry;
    throw new Error(`There is no ${path}.`);
  }

  #find(path: string): SimulatedFile | SimulatedDirectory | undefined {
    let entry: SimulatedFile | SimulatedDirectory | undefined = this.#root;
    for (const name of path === '' ? [] : path.split('/')) {
      entry = entry instanceof SimulatedDirectory ? entry.entries.get(name) : undefined;
    }
    return entry;
  }
}

/** The directory that a name is in, and the name. */
function split(path: string): [directory: string, name: string] {
  const at = path.lastIndexOf('/');
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}
