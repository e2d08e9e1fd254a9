import { ERROR_NAMES } from '../journal/layout.ts';

/** An error of a builtin class without a property of its own; no stack is taken for it. `type` is its number. */
export function makeBareError(type: number): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  Reflect.deleteProperty(error, 'stack');
  const name = ERROR_NAMES[type] ?? 'Error';
  return Object.setPrototypeOf(error, globalThis[name].prototype) as Error;
}
