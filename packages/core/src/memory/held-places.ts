/**
 * Places of buffers that are garbage or have left the state, until the record that says so is on the disk: after a loss
 * of power the state may be one that still has them, and their bytes must not be another's by then.
 */

/** How far the journal goes and how far it is saved, in bytes since its beginning. */
export interface JournalProgress {
  appended(): number;
  saved(): number;
}

export class HeldPlaces {
  readonly #progress: JournalProgress | undefined;
  /** Oldest first. */
  readonly #held: { readonly at: number; readonly giveUp: () => void }[] = [];

  /** Without a progress nothing is held: without an autosave no loss of power is survived. */
  constructor(progress: JournalProgress | undefined) {
    this.#progress = progress;
  }

  /** Calls `giveUp` at once, or when everything that has been appended by now is saved and `review` is called. */
  hold(giveUp: () => void): void {
    if (this.#progress === undefined) {
      giveUp();
      return;
    }
    this.#held.push({ at: this.#progress.appended(), giveUp });
    this.review();
  }

  review(): void {
    if (this.#progress === undefined || this.#held.length === 0) return;
    const saved = this.#progress.saved();
    let count = 0;
    while ((this.#held[count]?.at ?? Infinity) <= saved) count++;
    if (count === 0) return;
    // At once: V8 moves all of a long array for each that is taken off its beginning.
    for (const { giveUp } of this.#held.splice(0, count)) giveUp();
  }
}
