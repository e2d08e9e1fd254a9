/** Errors by the number of the language's class that they are of, or inherit from. */
import { ERROR_NAMES } from '../journal/layout.ts';

export const errorPrototypes: readonly object[] = ERROR_NAMES.map(
  (name) => globalThis[name].prototype as object,
);

/** The number of the builtin class whose prototype this is, or inherits from. */
export function errorTypeOf(prototype: object | null): number {
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const type = errorPrototypes.indexOf(at);
    if (type >= 0) return type;
  }
  return 0;
}

/** An error of a builtin class without a property of its own; no stack is taken for it. `type` is its number. */
export function makeBareError(type: number): Error {
  const { stackTraceLimit } = Error;
  // Not by assignment: where others have frozen it, a stack is taken.
  Reflect.set(Error, 'stackTraceLimit', 0);
  const error = new Error();
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  Reflect.deleteProperty(error, 'stack');
  return Object.setPrototypeOf(error, errorPrototypes[type] ?? Error.prototype) as Error;
}
