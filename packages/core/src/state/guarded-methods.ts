/** Methods of a value behind a proxy that have to run on something else than the proxy: each has one stand-in. */

export type Method = (...args: unknown[]) => unknown;

/** Is given the method, what it was called on, and its arguments. */
type Call = (method: Method, self: unknown, args: unknown[]) => unknown;

export class GuardedMethods {
  readonly #call: Call;
  readonly #guarded = new Map<Method, Method>();

  constructor(call: Call) {
    this.#call = call;
  }

  /** The stand-in, of the same name and length; always the same one, and no constructor. */
  standInFor(method: Method): Method {
    let guarded = this.#guarded.get(method);
    if (guarded === undefined) {
      const call = this.#call;
      guarded = {
        guarded(this: unknown, ...args: unknown[]): unknown {
          return call(method, this, args);
        },
      }.guarded;
      Object.defineProperty(guarded, 'name', { value: method.name });
      Object.defineProperty(guarded, 'length', { value: method.length });
      this.#guarded.set(method, guarded);
    }
    return guarded;
  }
}
