/** Errors as the journal numbers them, whatever others have done to the language's own. */
import { expect, test } from 'vitest';
import { ERROR_NAMES } from '../../src/journal/layout.ts';
import { errorTypeOf, makeBareError } from '../../src/value/builtin-errors.ts';

test.each(ERROR_NAMES.map((name, type) => [name, type] as const))(
  'a bare %s is one, and has nothing of its own',
  (name, type) => {
    const error = makeBareError(type);
    expect(Object.getPrototypeOf(error)).toBe(globalThis[name].prototype);
    expect(Reflect.ownKeys(error)).toEqual([]);
    expect(errorTypeOf(Object.getPrototypeOf(error) as object)).toBe(type);
  },
);

test('what inherits from one is of its type, and what inherits from none is an Error', () => {
  class AppError extends RangeError {}
  expect(errorTypeOf(AppError.prototype)).toBe(ERROR_NAMES.indexOf('RangeError'));
  expect(errorTypeOf(Object.prototype)).toBe(0);
  expect(errorTypeOf(null)).toBe(0);
});

test('one can be made where the limit of stacks cannot be changed', () => {
  const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor;
  Object.defineProperty(Error, 'stackTraceLimit', { ...before, writable: false });
  try {
    expect(Reflect.ownKeys(makeBareError(0))).toEqual([]);
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', before);
  }
  expect(Error.stackTraceLimit).toBe(before.value);
});
