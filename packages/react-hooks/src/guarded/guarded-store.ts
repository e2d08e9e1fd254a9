/**
 * A guarded object of this process as a store.
 *
 * Invariants:
 * 1. One object has one store, so that all components on it are told at the same time.
 * 2. What a setter of ours writes is told at once, while React still handles the event: an input that shows it would lose
 *    its caret a moment later. What anybody else does to the state is told at the end of the run of code, by core.
 * 3. Whoever has been rendered shows what there is at the end of the run of code, also when that is what there was before.
 * 4. As long as nobody listens, nothing of it is kept alive.
 */
import { snapshot, subscribe } from '@faultguard/core';
import { Listeners } from '../state/listeners.ts';
import { type Path, readAt, readPlainAt } from '../state/path.ts';
import { Store } from '../state/store.ts';
import { isObject } from './is-object.ts';
import { writeAt } from './write-at.ts';

export class GuardedStore extends Store {
  protected readonly listeners: Listeners = new Listeners();
  readonly #node: object;
  /** What everybody who listens has been told of. */
  #told: unknown;
  #unsubscribe: (() => void) | undefined;
  /** A setter of ours has written in this run of code. */
  #hasWritten = false;
  /** What is rendered on a server in this run of code. */
  #first: object | undefined;
  /** Where components have been rendered in this run of code. */
  readonly #rendered = new Set<Path>();

  constructor(node: object) {
    super();
    this.#node = node;
  }

  snapshot(): unknown {
    return snapshot(this.#node);
  }

  /** Rendering on a server is one run of code, in which nobody changes the state: looked at once, it is read often. */
  firstSnapshot(): unknown {
    if (this.#first === undefined) {
      this.#first = snapshot(this.#node);
      queueMicrotask(() => this.beginRendering());
    }
    return this.#first;
  }

  override beginRendering(): void {
    this.#first = undefined;
  }

  read(path: Path): unknown {
    const value = readAt(this.#node, path);
    return isObject(value) ? snapshot(value) : value;
  }

  readFirst(path: Path): unknown {
    return readPlainAt(this.firstSnapshot(), path);
  }

  write(path: Path, value: unknown): void {
    // Should it stay the only change of this run of code, there is nothing left to be told at its end.
    const isFirst =
      this.#unsubscribe !== undefined && !this.#hasWritten && this.#told === snapshot(this.#node);
    writeAt(this.#node, path, value);
    this.#first = undefined;
    if (isFirst) {
      this.#told = snapshot(this.#node);
      this.#hasWritten = true;
      queueMicrotask(() => {
        this.#hasWritten = false;
      });
    }
    this.listeners.tellOf(path);
  }

  override listen(path: Path, listener: () => void): () => void {
    if (this.#unsubscribe === undefined) {
      this.#told = snapshot(this.#node);
      this.#unsubscribe = subscribe(this.#node, () => this.#tell());
    }
    const end = super.listen(path, listener);
    return () => {
      end();
      if (!this.listeners.isEmpty) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
      this.#told = undefined;
    };
  }

  /**
   * Should what it has seen be taken back in the same run of code, then nothing has changed for core, and it would show that
   * for ever: it is told to look again. Who shows what there is has nothing to do then.
   */
  override noteRendered(path: Path): void {
    // It is not subscribed yet, and looks again when it is; or never will be, on a server.
    if (this.#unsubscribe === undefined) return;
    if (this.#rendered.size === 0) queueMicrotask(() => this.#tellRendered());
    this.#rendered.add(path);
  }

  #tellRendered(): void {
    const paths = [...this.#rendered];
    this.#rendered.clear();
    for (const path of paths) this.listeners.tellAt(path);
  }

  #tell(): void {
    const before = this.#told;
    this.#told = snapshot(this.#node);
    this.listeners.tellDifferences(before, this.#told);
  }
}

const stores = new WeakMap<object, GuardedStore>();

/** @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`). */
export function guardedStoreOf(node: object): GuardedStore {
  let store = stores.get(node);
  if (store === undefined) {
    snapshot(node);
    stores.set(node, (store = new GuardedStore(node)));
  }
  return store;
}
