/**
 * Who wants to know of which place, as a tree with the state's own shape: what has changed is told to those who read it,
 * what holds it, or what is in it, and to nobody else.
 *
 * Invariant: a branch without listeners is not kept.
 */
import { ABSENT, type Path, readStep } from './path.ts';

type Listener = () => void;

export class Listeners {
  readonly #here = new Set<Listener>();
  readonly #below = new Map<string, Listeners>();

  get isEmpty(): boolean {
    return this.#here.size === 0 && this.#below.size === 0;
  }

  /** An empty path is for everything. */
  add(path: Path, listener: Listener, depth = 0): void {
    if (depth === path.length) {
      this.#here.add(listener);
      return;
    }
    const step = String(path[depth]);
    let child = this.#below.get(step);
    if (child === undefined) this.#below.set(step, (child = new Listeners()));
    child.add(path, listener, depth + 1);
  }

  delete(path: Path, listener: Listener, depth = 0): void {
    if (depth === path.length) {
      this.#here.delete(listener);
      return;
    }
    const step = String(path[depth]);
    const child = this.#below.get(step);
    child?.delete(path, listener, depth + 1);
    if (child?.isEmpty === true) this.#below.delete(step);
  }

  /** Something has been written there. */
  tellOf(path: Path, depth = 0): void {
    if (depth === path.length) {
      this.#tellAll();
      return;
    }
    this.#tellHere();
    this.#below.get(String(path[depth]))?.tellOf(path, depth + 1);
  }

  /** Those of that very place. */
  tellAt(path: Path, depth = 0): void {
    if (depth === path.length) this.#tellHere();
    else this.#below.get(String(path[depth]))?.tellAt(path, depth + 1);
  }

  /** Of two snapshots that share what is the same. */
  tellDifferences(before: unknown, after: unknown): void {
    if (before === after) return;
    const changed = this.#findChanged(before, after);
    this.#tellHere();
    for (const step of changed) {
      this.#below.get(step)?.tellDifferences(readNamed(before, step), readNamed(after, step));
    }
  }

  /** Of a thousand it is mostly one: the others cost no more than a look. */
  #findChanged(before: unknown, after: unknown): string[] {
    const changed: string[] = [];
    if (Array.isArray(before) && Array.isArray(after)) {
      // Copies: V8 takes ten times as long for an element of a frozen array.
      const was: unknown[] = [...before];
      const is: unknown[] = [...after];
      for (let index = Math.max(was.length, is.length) - 1; index >= 0; index--) {
        const value = is[index];
        if (value !== was[index] || value === undefined) changed.push(String(index));
      }
      return changed.reverse();
    }
    for (const step of this.#below.keys()) {
      const value = lookAt(after, step);
      if (value !== lookAt(before, step) || value === undefined) changed.push(step);
    }
    return changed;
  }

  #tellAll(): void {
    this.#tellHere();
    const below = [...this.#below.values()];
    for (const child of below) child.#tellAll();
  }

  /** Those who are there now: one that comes meanwhile has seen what there is. */
  #tellHere(): void {
    if (this.#here.size === 0) return;
    const here = [...this.#here];
    for (const listener of here) listener();
  }
}

/** Undefined says nothing: there may be no such property. */
function lookAt(parent: unknown, step: string): unknown {
  return typeof parent === 'object' && parent !== null && !(parent instanceof Map)
    ? (parent as Record<string, unknown>)[step]
    : undefined;
}

/** Keys of Maps may be numbers, and their names here are not. */
function readNamed(parent: unknown, step: string): unknown {
  const value = readStep(parent, step);
  return value === ABSENT && parent instanceof Map ? readStep(parent, Number(step)) : value;
}
