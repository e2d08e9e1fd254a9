/** A state of the page's own: begun with what the server has sent, and an immutable plain value from then on. */
import type { FactsReader, GuardFacts } from '../state/facts.ts';
import { Listeners } from '../state/listeners.ts';
import { ABSENT, nest, type Path, readPlainAt, readStep, setOwn, type Step } from '../state/path.ts';
import { Store } from '../state/store.ts';

export class LocalStore extends Store {
  protected readonly listeners: Listeners = new Listeners();
  readonly facts: FactsReader;
  readonly #first: unknown;
  #current: unknown;

  constructor(first: unknown, { crash, status }: GuardFacts = {}) {
    super();
    this.#first = first;
    this.#current = first;
    const crashed = (): typeof crash => crash;
    const stats = (): typeof status => status;
    this.facts = {
      crash: crashed,
      shownCrash: crashed,
      status: stats,
      shownStatus: stats,
      watchStatus: () => () => {},
    };
  }

  snapshot(): unknown {
    return this.#current;
  }

  firstSnapshot(): unknown {
    return this.#first;
  }

  read(path: Path): unknown {
    return readPlainAt(this.#current, path);
  }

  readFirst(path: Path): unknown {
    return readPlainAt(this.#first, path);
  }

  write(path: Path, value: unknown): void {
    this.#current = replaceAt(this.#current, path, value);
    this.listeners.tellOf(path);
  }
}

/** A copy in which another value stands there; it shares everything else. */
export function replaceAt(parent: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path as readonly [Step, ...Step[]];
  if (parent === undefined || parent === null || parent === ABSENT) return nest(path, value);
  if (typeof parent !== 'object') throw new TypeError(`There is no ${step} in a ${typeof parent}.`);
  const child = rest.length === 0 ? value : replaceAt(readStep(parent, step), rest, value);
  if (parent instanceof Map) return new Map(parent).set(step, child);
  const copy = Array.isArray(parent) ? parent.slice() : { ...parent };
  setOwn(copy, step, child);
  return copy;
}
