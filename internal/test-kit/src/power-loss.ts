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
import { closeSync, ftruncateSync, linkSync, mkdirSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';

const PAGE_BYTES = 4096;

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

/** Which of what might survive: from 0, as it was at the last sync, up to `newest`, as it is now. */
export type Choose = (newest: number) => number;

export const nothingSurvives: Choose = () => 0;
export const everythingSurvives: Choose = (newest) => newest;

/** One image has nearly everything, another nearly nothing: with even odds, hardly ever two pages in a row are new. */
export function anythingSurvives(random: () => number): Choose {
  const odds = ([0.1, 0.5, 0.9, 0.98] as const)[Math.floor(random() * 4)] as number;
  return (newest) => (random() < odds ? newest : Math.floor(random() * (newest + 1)));
}

/** Numbers from 0 up to 1, the same for the same seed: mulberry32, public domain, by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As many buffers as one writev(2) takes on Linux, IOV_MAX. */
const RUN_PAGES_MAX = 1024;

const ZEROS: Uint8Array = new Uint8Array(PAGE_BYTES);

class SimulatedFile {
  readonly number: number;
  /** By index, oldest first: what the page was at the last sync, then what each write since has left in it. */
  readonly #pages = new Map<number, Uint8Array[]>();
  readonly #unsynced = new Set<number>();
  #syncedBytes = 0;
  #sizeBytes = 0;

  constructor(number: number) {
    this.number = number;
  }

  write(offsetBytes: number, bytes: Uint8Array): void {
    const end = offsetBytes + bytes.length;
    for (let index = Math.floor(offsetBytes / PAGE_BYTES); index * PAGE_BYTES < end; index++) {
      const from = Math.max(offsetBytes, index * PAGE_BYTES);
      const to = Math.min(end, (index + 1) * PAGE_BYTES);
      const piece = bytes.subarray(from - offsetBytes, to - offsetBytes);
      this.#writePage(index, from - index * PAGE_BYTES, piece);
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
  }

  sync(): void {
    for (const index of this.#unsynced) {
      const versions = this.#pages.get(index) as Uint8Array[];
      versions.splice(0, versions.length - 1);
    }
    this.#unsynced.clear();
    this.#syncedBytes = this.#sizeBytes;
  }

  /** Writes what is chosen of it to a new file. */
  materialize(path: string, choose: Choose): void {
    const sizeBytes = this.#chooseSize(choose);
    const fd = openSync(path, 'wx', 0o600);
    try {
      // Pages in a row go out together: there are hundreds of them in an image.
      let run: Uint8Array[] = [];
      let runEnd = -1;
      const flush = (): void => {
        if (run.length > 0) writevSync(fd, run, (runEnd - run.length) * PAGE_BYTES);
        run = [];
      };
      for (const [index, versions] of this.#pages) {
        const page = versions[choose(versions.length - 1)] as Uint8Array;
        if (page === ZEROS || index * PAGE_BYTES >= sizeBytes) continue;
        if (index !== runEnd || run.length === RUN_PAGES_MAX) flush();
        run.push(page);
        runEnd = index + 1;
      }
      flush();
      // What is not written is zeros, and of the last page only a part belongs to the file.
      ftruncateSync(fd, sizeBytes);
    } finally {
      closeSync(fd);
    }
  }

  #writePage(index: number, at: number, bytes: Uint8Array): void {
    const versions = this.#pages.get(index) ?? [ZEROS];
    const before = versions.at(-1) as Uint8Array;
    const isStillZeros = before === ZEROS && bytes.every((byte) => byte === 0);
    if (isStillZeros) return;
    // A whole one is what has been written, which nobody changes.
    let page = bytes;
    if (bytes.length < PAGE_BYTES) {
      page = before.slice();
      page.set(bytes, at);
    }
    versions.push(page);
    this.#pages.set(index, versions);
    this.#unsynced.add(index);
  }

  #chooseSize(choose: Choose): number {
    const addedPages = Math.ceil((this.#sizeBytes - this.#syncedBytes) / PAGE_BYTES);
    const chosen = choose(addedPages);
    if (chosen === addedPages) return this.#sizeBytes;
    return chosen === 0
      ? this.#syncedBytes
      : Math.floor(this.#syncedBytes / PAGE_BYTES + chosen) * PAGE_BYTES;
  }
}

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
