/**
 * How the properties of a node stood when the first of them was deleted in a transaction. However many are deleted, what
 * stood behind one goes behind it again, at once. Everything else that happens to properties has entries of its own in the
 * log, and they have been taken back by then.
 */
import { indexOf } from '../value/element-key.ts';
import type { PropertyNode } from './property-node.ts';
import type { Restorer, UndoLog } from './undo-log.ts';

/** Before a property is deleted in a transaction. */
export function noteDeletion(
  undo: UndoLog,
  node: PropertyNode,
  key: string | symbol,
  before: PropertyDescriptor,
): void {
  // Elements stand in the order of their indices anyway.
  if (indexOf(key) >= 0) {
    undo.push(() => void Reflect.defineProperty(node.proxy, key, before));
    return;
  }
  let order = undo.keptOf(node) as PropertyOrder | undefined;
  if (order === undefined) undo.keep(node, (order = new PropertyOrder(node)));
  order.noteDeleted(key, before);
}

class PropertyOrder implements Restorer {
  readonly #node: PropertyNode;
  readonly #keys: readonly (string | symbol)[];
  /** As they were when they were deleted first. */
  readonly #deleted = new Map<string | symbol, PropertyDescriptor>();

  constructor(node: PropertyNode) {
    this.#node = node;
    this.#keys = Reflect.ownKeys(node.target);
  }

  noteDeleted(key: string | symbol, before: PropertyDescriptor): void {
    if (!this.#deleted.has(key)) this.#deleted.set(key, before);
  }

  takeBack(): void {
    // The language lists texts before symbols, each in an order of their own.
    for (const type of ['string', 'symbol'] as const) {
      const isListed = (key: string | symbol): boolean => typeof key === type && indexOf(key) < 0;
      this.#putBack(this.#keys.filter(isListed), Reflect.ownKeys(this.#node.target).filter(isListed));
    }
  }

  #putBack(before: readonly (string | symbol)[], now: readonly (string | symbol)[]): void {
    const { target, proxy } = this.#node;
    let from = now.findIndex((key, index) => key !== before[index]);
    if (from < 0) from = now.length;
    const moved = new Map<string | symbol, PropertyDescriptor>();
    for (const key of now.slice(from)) {
      moved.set(key, Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor);
      this.#node.deleteProperty(target, key);
    }
    for (const key of before.slice(from)) {
      const descriptor = moved.get(key) ?? this.#deleted.get(key);
      if (descriptor !== undefined) Reflect.defineProperty(proxy, key, descriptor);
    }
  }
}
