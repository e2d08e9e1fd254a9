/**
 * How the mutations of an open transaction are taken back, last in, first out. The assignments of a number to a
 * property, by the million, leave three values behind and no function.
 */

/** In the place of the value of a slot that was not there. */
export const ABSENT: unique symbol = Symbol('absent');

/** A node whose slots can be assigned. */
export interface Assignable {
  /** Puts back what stood under a key. */
  assignBack(key: string | number, previous: unknown): void;
}

export class UndoLog {
  readonly #entries: unknown[] = [];

  get length(): number {
    return this.#entries.length;
  }

  push(takeBack: () => void): void {
    this.#entries.push(takeBack);
  }

  pushAssignment(node: Assignable, key: string | number, previous: unknown): void {
    this.#entries.push(previous, key, node);
  }

  /** Takes back what has come since `length` was that long. */
  takeBack(length: number): void {
    const entries = this.#entries;
    while (entries.length > length) {
      const entry = entries.at(-1);
      // Taken off when it has worked: it may need more stack than there is.
      if (typeof entry === 'function') {
        (entry as () => void)();
        entries.length -= 1;
      } else {
        (entry as Assignable).assignBack(entries.at(-2) as string | number, entries.at(-3));
        entries.length -= 3;
      }
    }
  }
}
