/** One place in a store as a component holds it. The same as long as neither place nor store is another. */
import { ABSENT, idOf, type Path } from './path.ts';
import type { Store } from './store.ts';

export interface Cell {
  /** What stands there; else what it begins with. */
  readonly read: () => unknown;
  /** The same of what the server has rendered. */
  readonly readFirst: () => unknown;
  readonly listen: (listener: () => void) => () => void;
  /** Writes a value, or what a function makes of the present one. Nothing happens when that is the same. */
  readonly set: (next: unknown) => void;
  /** Says what it begins with, unless something stands there or somebody has said so before. */
  propose(initial: unknown): void;
  isAbsent(): boolean;
  /** It is on the screen: what it begins with becomes part of the state, unless something stands there by now. */
  settle(): void;
}

export function makeCell(store: Store, path: Path, id: string = idOf(path)): Cell {
  const orInitial = (value: unknown): unknown => (value === ABSENT ? store.initials.get(id)?.value : value);
  const isAbsent = (): boolean => store.read(path) === ABSENT;
  const write = (value: unknown): void => {
    store.write(path, value);
    store.initials.delete(id);
  };
  return {
    read: () => orInitial(store.read(path)),
    readFirst: () => orInitial(store.readFirst(path)),
    listen: (listener) => store.listen(path, listener),
    set(next) {
      const present = store.read(path);
      const value: unknown = typeof next === 'function' ? next(orInitial(present)) : next;
      if (!Object.is(value, present)) write(value);
    },
    propose(initial) {
      if (store.initials.has(id) || !isAbsent()) return;
      const value: unknown = typeof initial === 'function' ? initial() : initial;
      store.initials.set(id, { path, value });
    },
    isAbsent,
    settle() {
      const initial = store.initials.get(id);
      if (initial === undefined) return;
      if (isAbsent()) write(initial.value);
      else store.initials.delete(id);
    },
  };
}
