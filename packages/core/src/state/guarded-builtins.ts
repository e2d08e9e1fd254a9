/**
 * Builtins that are guarded as what they are, not behind a proxy: a guarded Map is a Map, to `util.types` and
 * `assert.deepStrictEqual` too. Their methods that change something are replaced on the prototypes, in the
 * app's process alone and when the library is loaded, by ones of the same name, length and results that ask
 * whether `this` is guarded. So `Map.prototype.set.call(state.map, …)` and a subclass's `super.set(…)` are
 * tracked as well.
 *
 * Invariants:
 * 1. For a value that is not guarded, each method is the language's own.
 * 2. A guarded builtin is not extensible: a property that nobody would see cannot be added to it.
 */

/** What guards a builtin. One of its methods for each that the language has. */
export interface BuiltinGuard {
  /** The prototype of the language whose methods are its own: others throw the language's errors. */
  readonly builtin: object;
  mutate(method: string, args: unknown[]): unknown;
}

/** Looked into for every Map and Set of the app at each change; the benchmark's "plain, guarded app" is its price. */
const guards = new WeakMap<object, BuiltinGuard>();

/** The guard of a builtin, if it has one. No trap of a proxy is run. */
export function guardOf(value: object): BuiltinGuard | undefined {
  return guards.get(value);
}

export function setGuard(value: object, guard: BuiltinGuard): void {
  guards.set(value, guard);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

interface OriginalMethods {
  readonly mapSet: typeof Map.prototype.set;
  readonly mapDelete: typeof Map.prototype.delete;
  readonly mapClear: typeof Map.prototype.clear;
  readonly setAdd: typeof Set.prototype.add;
  readonly setDelete: typeof Set.prototype.delete;
  readonly setClear: typeof Set.prototype.clear;
  readonly setTime: typeof Date.prototype.setTime;
}

/** The language's own methods, by which guards change what they guard. */
export const original: OriginalMethods = {
  mapSet: Map.prototype.set,
  mapDelete: Map.prototype.delete,
  mapClear: Map.prototype.clear,
  setAdd: Set.prototype.add,
  setDelete: Set.prototype.delete,
  setClear: Set.prototype.clear,
  setTime: Date.prototype.setTime,
};

/** Everything of a prototype that changes the value it is called on. A test compares it with the language. */
const mutators: readonly (readonly [prototype: object, names: readonly string[]])[] = [
  [Map.prototype, ['set', 'delete', 'clear', 'getOrInsert', 'getOrInsertComputed']],
  [Set.prototype, ['add', 'delete', 'clear']],
  [Date.prototype, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
  [ArrayBuffer.prototype, ['resize', 'transfer', 'transferToFixedLength', 'transferToImmutable']],
  [
    URL.prototype,
    ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'],
  ],
  [URLSearchParams.prototype, ['append', 'delete', 'set', 'sort']],
  [RegExp.prototype, ['compile']],
];

/** A method of the same name and length that cannot be a constructor either. */
function guardMethod(prototype: object, name: string, method: Method): Method {
  const { [name]: guarded } = {
    // The arguments that nearly every call has get parameters of their own.
    [name](this: unknown, first?: unknown, second?: unknown): unknown {
      const guard = guards.get(this as object);
      // oxlint-disable-next-line eslint/prefer-rest-params -- an array of them is made for guarded values only
      if (guard?.builtin === prototype) return guard.mutate(name, Array.prototype.slice.call(arguments));
      // oxlint-disable-next-line eslint/prefer-rest-params -- only their number is asked for
      switch (arguments.length) {
        case 0:
          return method.call(this);
        case 1:
          return method.call(this, first);
        case 2:
          return method.call(this, first, second);
        default:
          // oxlint-disable-next-line eslint/prefer-rest-params -- as they came
          return Reflect.apply(method, this, arguments);
      }
    },
  } as Record<string, Method>;
  Object.defineProperty(guarded, 'length', { value: method.length, configurable: true });
  return guarded as Method;
}

/** The guard of a Map, which is called by the million: no array of arguments, no name of a method. */
export interface MapGuard extends BuiltinGuard {
  set(key: unknown, value: unknown): unknown;
  delete(key: unknown): boolean;
}

/** The same of a Set. */
export interface SetGuard extends BuiltinGuard {
  add(value: unknown): unknown;
  delete(value: unknown): boolean;
}

/** The guarded Map that has been changed last: nearly always the one that is changed next. */
let lastMap: object | undefined;
let lastMapGuard: BuiltinGuard | undefined;

/** A guarded builtin has left the state: nothing here holds it any more. */
export function forgetLastGuarded(value: object): void {
  if (value !== lastMap) return;
  lastMap = undefined;
  lastMapGuard = undefined;
}

function mapGuardOf(map: object): BuiltinGuard | undefined {
  if (map === lastMap) return lastMapGuard;
  const guard = guards.get(map);
  if (guard !== undefined) {
    lastMap = map;
    lastMapGuard = guard;
  }
  return guard;
}

function guardMapSet(): Method {
  const method = original.mapSet;
  return {
    set(this: Map<unknown, unknown>, key: unknown, value: unknown): unknown {
      const guard = mapGuardOf(this);
      // What is no Map gets the language's own error.
      if (guard?.builtin !== Map.prototype) return method.call(this, key, value);
      return (guard as MapGuard).set(key, value);
    },
  }.set as Method;
}

function guardSetAdd(): Method {
  const method = original.setAdd;
  return {
    add(this: Set<unknown>, value: unknown): unknown {
      const guard = guards.get(this);
      if (guard?.builtin !== Set.prototype) return method.call(this, value);
      return (guard as SetGuard).add(value);
    },
  }.add as Method;
}

function guardDelete(
  prototype: object,
  method: Method,
  findGuard: (collection: object) => BuiltinGuard | undefined,
): Method {
  return {
    delete(this: object, key: unknown): unknown {
      const guard = findGuard(this);
      if (guard?.builtin !== prototype) return method.call(this, key);
      return (guard as MapGuard | SetGuard).delete(key);
    },
  }.delete as Method;
}

const originals = new Map<object, Map<string, Method>>(
  mutators.map(([prototype]): [object, Map<string, Method>] => [prototype, new Map()]),
);

/** Calls the language's own method or setter of a prototype, whatever stands there now. */
export function callOriginal(
  prototype: object,
  name: string,
  self: object,
  args: readonly unknown[],
): unknown {
  let method = originals.get(prototype)?.get(name);
  if (method === undefined) {
    // Nothing has been replaced in this process.
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    method = (descriptor?.set ?? descriptor?.value) as Method;
  }
  return Reflect.apply(method, self, args);
}

let isInstalled = false;

/**
 * Replaces the methods. Once, and as early as possible: what another module has taken off a prototype before
 * then is the language's own.
 */
export function guardBuiltins(): void {
  if (isInstalled) return;
  isInstalled = true;
  for (const [prototype, names] of mutators) for (const name of names) replace(prototype, name);
}

function replace(prototype: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor === undefined) return;
  const { value, set } = descriptor;
  originals.get(prototype)?.set(name, (set ?? value) as Method);
  if (set !== undefined) {
    Object.defineProperty(prototype, name, { ...descriptor, set: guardSetter(prototype, name, set) });
    return;
  }
  let method: Method;
  if (value === original.mapSet) method = guardMapSet();
  else if (value === original.setAdd) method = guardSetAdd();
  else if (value === original.mapDelete) method = guardDelete(prototype, value as Method, mapGuardOf);
  else if (value === original.setDelete) method = guardDelete(prototype, value as Method, guardOf);
  else method = guardMethod(prototype, name, value as Method);
  Object.defineProperty(prototype, name, { ...descriptor, value: method });
}

function guardSetter(
  prototype: object,
  name: string,
  setter: (value: unknown) => void,
): (value: unknown) => void {
  const { set } = Object.getOwnPropertyDescriptor(
    {
      set [name](value: unknown) {
        const guard = guards.get(this as object);
        if (guard?.builtin === prototype) guard.mutate(name, [value]);
        else setter.call(this, value);
      },
    },
    name,
  ) as { set: (value: unknown) => void };
  return set;
}
