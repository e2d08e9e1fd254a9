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

/** Puts a node back as it stood: what a node has kept of itself. */
export interface Restorer {
  takeBack(): void;
}

/** Where in the log one is. */
interface Kept {
  readonly at: number;
  readonly entry: () => void;
  readonly restorer: Restorer;
}

/** Entries whose memory the next transaction uses again. */
const REUSED_MAX = 3000;

export class UndoLog {
  /** Longer than `#length` where a transaction has been longer: the memory is used again. */
  #entries: unknown[] = [];
  #length = 0;
  /** How long it was before something was taken back. */
  #lengthBefore = 0;
  /** Hardly any transaction has any. */
  #kept: Map<object, Kept> | undefined;
  /** Where the innermost transaction begins that is open. */
  savepoint = 0;

  get length(): number {
    return this.#length;
  }

  push(takeBack: () => void): void {
    this.#entries[this.#length++] = takeBack;
  }

  /** What a node has kept of itself in the innermost transaction: it is taken back when all that follows has been. */
  keptOf(node: object): Restorer | undefined {
    const kept = this.#kept?.get(node);
    if (kept === undefined || kept.at < this.savepoint || kept.at >= this.#length) return undefined;
    return this.#entries[kept.at] === kept.entry ? kept.restorer : undefined;
  }

  keep(node: object, restorer: Restorer): void {
    const entry = (): void => restorer.takeBack();
    this.#kept ??= new Map();
    this.#kept.set(node, { at: this.#length, entry, restorer });
    this.push(entry);
  }

  pushAssignment(node: Assignable, key: string | number, previous: unknown): void {
    const entries = this.#entries;
    const at = this.#length;
    entries[at] = previous;
    entries[at + 1] = key;
    entries[at + 2] = node;
    this.#length = at + 3;
  }

  /** Takes back what has come since `length` was that long. */
  takeBack(length: number): void {
    const entries = this.#entries;
    this.#lengthBefore = Math.max(this.#lengthBefore, this.#length);
    while (this.#length > length) {
      const at = this.#length - 1;
      const entry = entries[at];
      // Taken off when it has worked: it may need more stack than there is.
      if (typeof entry === 'function') {
        (entry as () => void)();
        this.#length = at;
      } else {
        (entry as Assignable).assignBack(entries[at - 1] as string | number, entries[at - 2]);
        this.#length = at - 2;
      }
    }
  }

  /** Holds nothing any more. */
  clear(): void {
    const used = Math.max(this.#length, this.#lengthBefore);
    if (used > REUSED_MAX) this.#entries = [];
    else for (let at = 0; at < used; at++) this.#entries[at] = undefined;
    this.#length = 0;
    this.#lengthBefore = 0;
    this.savepoint = 0;
    this.#kept = undefined;
  }
}
