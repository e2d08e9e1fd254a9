/**
 * Keys: how a component names its place in the state.
 *
 * Invariants:
 * 1. Only a property of its own, or an entry of a Map, is a place: nothing inherited is read or written.
 * 2. Two keys that name the same place by the same steps have the same id.
 */

/** One step: the name of a property, the index of an element, or the key of an entry of a Map. */
export type Step = string | number;
export type Path = readonly Step[];
/** A property of the state itself, a path from it, or a function that goes there: `(state) => state.user.name`. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever the state is, when nobody has said
export type Key = string | Path | ((state: any) => unknown);

/** Nothing stands there. */
export const ABSENT: unique symbol = Symbol('absent');

/** @throws TypeError for what names no place below the state. */
export function toPath(key: Key): Path {
  if (typeof key === 'string') return [key];
  const path = typeof key === 'function' ? recordPath(key) : key;
  const isPath =
    Array.isArray(path) &&
    path.length > 0 &&
    path.every((step) => typeof step === 'string' || typeof step === 'number');
  if (isPath) return path;
  throw new TypeError(
    'A key is a string, a path of strings and numbers, or a function that goes to a place below the state ' +
      'and does nothing else, as (state) => state.user.name.',
  );
}

/** To tell places by. Not to be read. */
export function idOf(path: Path): string {
  const [first] = path;
  return path.length === 1 && typeof first === 'string' ? first : `\0${JSON.stringify(path)}`;
}

/** For messages: `user.name`. */
export function formatPath(path: Path): string {
  return path.join('.');
}

/** What stands there, of a plain value or a guarded one; ABSENT when nothing does. */
export function readAt(root: unknown, path: Path): unknown {
  let value = root;
  for (let depth = 0; depth < path.length && value !== ABSENT; depth++) {
    value = readStep(value, path[depth] as Step);
  }
  return value;
}

/** The same of a plain value that nobody changes, such as a snapshot. */
export function readPlainAt(root: unknown, path: Path): unknown {
  let value = root;
  for (let depth = 0; depth < path.length && value !== ABSENT; depth++) {
    value = readPlainStep(value, path[depth] as Step);
  }
  return value;
}

function readPlainStep(parent: unknown, step: Step): unknown {
  if (typeof parent === 'object' && parent !== null && Object.getPrototypeOf(parent) === Object.prototype) {
    const value = (parent as Record<Step, unknown>)[step];
    // What a plain object inherits are functions, which no state has, and a prototype.
    if (value !== undefined && typeof value !== 'function' && step !== '__proto__') return value;
  }
  return readStep(parent, step);
}

export function readStep(parent: unknown, step: Step): unknown {
  if (typeof parent !== 'object' || parent === null) return ABSENT;
  if (typeof step === 'number' && Array.isArray(parent)) {
    const element: unknown = parent[step];
    if (element !== undefined) return element;
  }
  if (Object.hasOwn(parent, step)) return (parent as Record<Step, unknown>)[step];
  // Asked last: a guarded object is a proxy, of which that is a slow question.
  return parent instanceof Map && parent.has(step) ? parent.get(step) : ABSENT;
}

/** A property of its own by any name: the name `__proto__` would set a prototype. */
export function setOwn(parent: object, step: Step, value: unknown): void {
  if (step !== '__proto__') (parent as Record<Step, unknown>)[step] = value;
  else Object.defineProperty(parent, step, { value, writable: true, enumerable: true, configurable: true });
}

/** What is to stand at the first step that leads nowhere. */
export function nest(path: Path, value: unknown): unknown {
  return path.reduceRight((below: unknown, step) => {
    const parent = typeof step === 'number' ? [] : {};
    setOwn(parent, step, below);
    return parent;
  }, value);
}

const recorded = new WeakMap<object, Path>();

/** Goes along with a function, and notes where: it is not given the state. */
function recordPath(goThere: (state: unknown) => unknown): Path | undefined {
  const reached = goThere(recorder([]));
  return typeof reached === 'object' && reached !== null ? recorded.get(reached) : undefined;
}

function recorder(path: Path): object {
  const proxy = new Proxy(
    {},
    {
      get: (_, step) => (typeof step === 'string' ? recorder([...path, step]) : undefined),
    },
  );
  recorded.set(proxy, path);
  return proxy;
}
