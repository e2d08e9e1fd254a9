/** One place in a store as a component holds it. The same as long as neither place nor store is another. */
import { ABSENT, idOf, type Path } from './path.ts';
import type { Store } from './store.ts';

export interface Cell {
  readonly store: Store;
  readonly path: Path;
  /** What stands there; ABSENT when nothing does. */
  readonly read: () => unknown;
  /** The same of what the server renders, or has rendered. */
  readonly readFirst: () => unknown;
  readonly listen: (listener: () => void) => () => void;
  /** Writes a value, or what a function makes of the present one. Nothing happens when that is the same. */
  readonly set: (next: unknown) => void;
  /** As the component has said it last. What its setter starts from, should the place be empty when it is called. */
  initial: unknown;
}

/** Each component of a server rendering makes one, so it is no more than what React has to be given. */
export function makeCell(store: Store, path: Path): Cell {
  const cell: Cell = {
    store,
    path,
    read: () => store.read(path),
    readFirst: () => store.readFirst(path),
    listen: (listener) => store.listen(path, listener),
    set: (next) => setCell(cell, next),
    initial: undefined,
  };
  return cell;
}

/** What it begins with: what somebody has said before, else its initial value, which may be a function. */
export function beginCell(cell: Cell): unknown {
  const begun = findInitial(cell);
  if (begun !== undefined) return begun.value;
  const { store, path, initial } = cell;
  if (initial === undefined) return undefined;
  const value: unknown = typeof initial === 'function' ? initial() : initial;
  store.initials.set(idOf(path), { path, value });
  return value;
}

/** It is on the screen: what it begins with becomes part of the state, unless something stands there by now. */
export function settleCell(cell: Cell): void {
  const begun = findInitial(cell);
  if (begun === undefined) return;
  if (cell.read() === ABSENT) write(cell, begun.value);
  else forgetInitial(cell);
}

function setCell(cell: Cell, next: unknown): void {
  const present = cell.read();
  const value: unknown =
    typeof next === 'function' ? next(present === ABSENT ? beginCell(cell) : present) : next;
  if (!Object.is(value, present)) write(cell, value);
}

function write(cell: Cell, value: unknown): void {
  cell.store.write(cell.path, value);
  forgetInitial(cell);
}

function findInitial({ store, path }: Cell): { readonly value: unknown } | undefined {
  return store.initials.size === 0 ? undefined : store.initials.get(idOf(path));
}

function forgetInitial({ store, path }: Cell): void {
  if (store.initials.size > 0) store.initials.delete(idOf(path));
}
