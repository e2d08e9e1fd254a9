/** Of some 60 bytes: 16 kB in a millisecond, 40 MB in two and a half seconds. */
const ENTRIES_PER_MS = 260;

/** What a forgotten cache looks like from outside: it only grows. Not part of the guarded state. */
export class Leak {
  readonly #forgotten: object[] = [];

  /** By the clock and not by the call, so that a slow machine is not slow to die as well. */
  grow(elapsedMs: number): void {
    for (let index = 0; index < elapsedMs * ENTRIES_PER_MS; index += 1) {
      this.#forgotten.push({ index, value: Math.random() });
    }
  }
}
