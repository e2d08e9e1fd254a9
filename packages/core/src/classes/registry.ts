/**
 * Classes whose instances can be guarded, by the name under which both processes know them. App and guardian
 * run the same script, so both have registered the same classes by the time they need them.
 */
import { InvalidOptionError } from '../errors.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- whatever its constructor takes
export type Class<Instance extends object = object> = abstract new (...args: any[]) => Instance;

export interface RegisterClassOptions {
  /** The name in the journal and in autosaves. Default: the class's own name. */
  readonly identifier?: string;
}

/** What superjson's `registerCustom` takes, with the same meaning. */
export interface CustomTransformer<Instance extends object, Content> {
  /** Is asked about every object that is neither plain nor of a kind that is guarded by itself. */
  isApplicable(value: unknown): value is Instance;
  /** All there is to know about the instance, as a value that can be guarded. Has to be pure. */
  serialize(value: Instance): Content;
  /** A new instance of the same value. Has to be pure; is called in the guardian too, at a rescue. */
  deserialize(content: Content): Instance;
}

export interface RegisteredCustom {
  readonly name: string;
  isApplicable(value: object): boolean;
  serialize(value: object): unknown;
  deserialize(content: unknown): object;
}

const prototypesByName = new Map<string, object>();
const namesByPrototype = new Map<object, string>();
const customs = new Map<string, RegisteredCustom>();

/**
 * Lets instances of a class be guarded: their own properties are kept, their prototype is the class's. Methods,
 * getters and setters work; the constructor is not called for a copy. Call it before `start`, in code that both
 * processes run: the guardian gives a rescue instances of the class only when it knows it too. A class with
 * private fields (`#x`) cannot be registered this way, since nothing outside of it can read them: use
 * `registerCustom`.
 *
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`) for what is no class, and for a name that another
 *   class has already. Nothing has been registered.
 */
export function registerClass(constructor: Class, options: string | RegisterClassOptions = {}): void {
  const prototype = (typeof constructor === 'function' ? constructor.prototype : undefined) as unknown;
  if (typeof prototype !== 'object' || prototype === null) {
    const what = typeof constructor === 'function' ? 'a function that is none' : `a ${typeof constructor}`;
    throw new InvalidOptionError('registerClass', `has to be given a class, not ${what}.`);
  }
  const name = typeof options === 'string' ? options : (options.identifier ?? constructor.name);
  if (typeof name !== 'string' || name === '') {
    throw new InvalidOptionError('identifier', 'has to be given for a class that has no name of its own.');
  }
  const known = prototypesByName.get(name);
  if (known === prototype) return;
  if (known !== undefined) {
    throw new InvalidOptionError('identifier', `"${name}" is the name of another registered class.`);
  }
  const nameBefore = namesByPrototype.get(prototype);
  if (nameBefore !== undefined) {
    throw new InvalidOptionError(
      'identifier',
      `"${name}" is given to a class registered as "${nameBefore}".`,
    );
  }
  prototypesByName.set(name, prototype);
  namesByPrototype.set(prototype, name);
}

/**
 * Lets values of a kind be guarded that only their own code can copy: `serialize` says what there is to know of
 * one, `deserialize` makes it again. The guarded value is watched from outside: after each call of one of its
 * methods, and after each assignment to it, it is serialized again, and what has changed is journaled. What
 * it changes by itself later (in a timer, say) is noticed with the next call only.
 *
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`). Nothing has been registered.
 */
export function registerCustom<Instance extends object, Content>(
  transformer: CustomTransformer<Instance, Content>,
  name: string,
): void {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidOptionError('name', 'has to be given to registerCustom as a text.');
  }
  for (const part of ['isApplicable', 'serialize', 'deserialize'] as const) {
    if (typeof transformer?.[part] === 'function') continue;
    throw new InvalidOptionError(part, 'has to be a function of what registerCustom is given.');
  }
  if (customs.has(name)) {
    throw new InvalidOptionError('name', `"${name}" is the name of another registered transformer.`);
  }
  // Called as its methods: it may be an instance of a class.
  customs.set(name, {
    name,
    isApplicable: (value) => transformer.isApplicable(value),
    serialize: (value) => transformer.serialize(value as Instance),
    deserialize: (content) => transformer.deserialize(content as Content),
  });
}

export function classNameOf(prototype: object): string | undefined {
  return namesByPrototype.get(prototype);
}

export function prototypeNamed(name: string): object | undefined {
  return prototypesByName.get(name);
}

export function customNamed(name: string): RegisteredCustom | undefined {
  return customs.get(name);
}

/** The transformer that takes this object, if there is one: the first that was registered. */
export function findCustom(value: object): RegisteredCustom | undefined {
  for (const custom of customs.values()) if (custom.isApplicable(value)) return custom;
  return undefined;
}
