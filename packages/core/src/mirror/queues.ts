/**
 * Arrays that are used as queues: V8 moves all elements of a large one at each `shift`, so one keeps those that have left
 * it, as in state/array-node.ts, until it is half empty or anything else is done with it.
 */
import { QUEUE_LENGTH_MIN } from '../value/element-key.ts';
import { spliceRange } from '../value/ranges.ts';

export class Queues {
  /** How many elements at the beginning have left. */
  readonly #heads = new Map<unknown[], number>();

  /** Where the first element is that has not left. */
  headOf(array: unknown[]): number {
    return this.#heads.get(array) ?? 0;
  }

  /** Of an array that has an element. */
  shift(array: unknown[]): void {
    if (array.length < QUEUE_LENGTH_MIN) {
      this.settle(array);
      Array.prototype.shift.call(array);
      return;
    }
    const head = this.headOf(array);
    // A number holds nothing: to write over it would make objects of all numbers of the array.
    if (typeof array[head] !== 'number') array[head] = undefined;
    this.#heads.set(array, head + 1);
    if (head > array.length / 2) this.settle(array);
  }

  /** Makes an array what it looks like from outside. */
  settle(array: unknown[]): void {
    const head = this.#heads.get(array);
    if (head === undefined) return;
    this.#heads.delete(array);
    spliceRange(array, 0, head, []);
  }

  settleAll(): void {
    for (const array of this.#heads.keys()) this.settle(array);
  }

  get isEmpty(): boolean {
    return this.#heads.size === 0;
  }
}
