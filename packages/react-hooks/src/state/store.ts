/**
 * What components read and write, wherever it lives: in a guarded state of this process, or in a browser.
 *
 * Invariants:
 * 1. Reading has no effect that a component could see: nothing is written before a component is on the screen.
 * 2. What is read is immutable, and the same object as long as it has not changed.
 * 3. After `write` everybody who reads that place has been told, and it cannot be lost any more where it is guarded.
 */
import type { Listeners } from './listeners.ts';
import type { Path } from './path.ts';
import type { GuardFacts } from './facts.ts';

export abstract class Store {
  /**
   * By id of a place where nothing stands yet: what it begins with, as the first component has said that was rendered. It
   * is shown from then on, and is part of the state as soon as a component with it is on the screen. In server rendering
   * it never gets there, and goes to the browser with `dehydrate`.
   */
  readonly initials: Map<string, { readonly path: Path; readonly value: unknown }> = new Map();
  /** What has been said in the last server rendering of the guard itself. */
  shown: GuardFacts | undefined;
  protected abstract readonly listeners: Listeners;

  /** All of it. */
  abstract snapshot(): unknown;
  /** What stands there now; ABSENT when nothing does. */
  abstract read(path: Path): unknown;
  /** In a browser, what stood there when the page was rendered by the server. */
  abstract readFirst(path: Path): unknown;
  abstract firstSnapshot(): unknown;
  /** A provider is being rendered. */
  beginRendering(): void {}
  /** A component that shows that place is being rendered. */
  noteRendered(_path: Path): void {}
  /** Throws what the state throws that refuses a value; nothing has changed then. */
  abstract write(path: Path, value: unknown): void;

  /** Calls `listener` when something there, around it or in it has changed. Returns a function that ends it. */
  listen(path: Path, listener: () => void): () => void {
    this.listeners.add(path, listener);
    return () => this.listeners.delete(path, listener);
  }
}
