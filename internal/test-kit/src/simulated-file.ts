/** A file of the simulated disk: rules 1 and 2 of simulated-disk.ts. */
import { closeSync, ftruncateSync, openSync, writevSync } from 'node:fs';
import type { Choose } from './choose-survivors.ts';

const PAGE_BYTES = 4096;

/** As many buffers as one writev(2) takes on Linux, IOV_MAX. */
const RUN_PAGES_MAX = 1024;

const ZEROS: Uint8Array = new Uint8Array(PAGE_BYTES);

export class SimulatedFile {
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
