/** One place in a store as a component holds it. The same as long as neither place nor store is another. */
import { ABSENT, idOf, type Path } from './path.ts';
import type { Store } from './store.ts';

export interface Cell {
  /** What stands there; ABSENT when nothing does. */
  readonly read: () => unknown;
  /** The same of what the server has rendered. */
  readonly readFirst: () => unknown;
  readonly listen: (listener: () => void) => () => void;
  /** Writes a value, or what a function makes of the present one. Nothing happens when that is the same. */
  readonly set: (next: unknown) => void;
  /** What it begins with: what somebody has said before, else this, which may be a function. */
  begin(initial: unknown): unknown;
  /** It is on the screen: what it begins with becomes part of the state, unless something stands there by now. */
  settle(): void;
}

export function makeCell(store: Store, path: Path, id: string = idOf(path)): Cell {
  const read = (): unknown => store.read(path);
  const write = (value: unknown): void => {
    store.write(path, value);
    store.initials.delete(id);
  };
  return {
    read,
    readFirst: () => store.readFirst(path),
    listen: (listener) => store.listen(path, listener),
    set(next) {
      const present = read();
      const shown = present === ABSENT ? store.initials.get(id)?.value : present;
      const value: unknown = typeof next === 'function' ? next(shown) : next;
      if (!Object.is(value, present)) write(value);
    },
    begin(initial) {
      let begun = store.initials.get(id);
      if (begun === undefined) {
        begun = { path, value: typeof initial === 'function' ? (initial() as unknown) : initial };
        store.initials.set(id, begun);
      }
      return begun.value;
    },
    settle() {
      const begun = store.initials.get(id);
      if (begun === undefined) return;
      if (read() === ABSENT) write(begun.value);
      else store.initials.delete(id);
    },
  };
}
