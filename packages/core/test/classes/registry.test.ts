/** What can be registered, whichever way it is written; what cannot is refused, and nothing has been registered. */
import { describe, expect, test } from 'vitest';
import {
  classNameOf,
  type CustomTransformer,
  customNamed,
  findCustom,
  prototypeNamed,
  registerClass,
  registerCustom,
} from '../../src/classes/registry.ts';
import { InvalidOptionError } from '../../src/errors.ts';

class Celsius {
  readonly degrees: number;
  constructor(degrees: number) {
    this.degrees = degrees;
  }
}

describe('a transformer', () => {
  test('may be an instance of a class, whose methods are those of its prototype and need their this', () => {
    class InTenths implements CustomTransformer<Celsius, number> {
      readonly #factor = 10;
      isApplicable(value: unknown): value is Celsius {
        return value instanceof Celsius && this.#factor > 0;
      }
      serialize({ degrees }: Celsius): number {
        return degrees * this.#factor;
      }
      deserialize(tenths: number): Celsius {
        return new Celsius(tenths / this.#factor);
      }
    }
    registerCustom(new InTenths(), 'registry.Celsius');
    const custom = findCustom(new Celsius(21));
    expect(custom?.name).toBe('registry.Celsius');
    expect(custom?.serialize(new Celsius(21))).toBe(210);
    expect(customNamed('registry.Celsius')?.deserialize(210)).toEqual(new Celsius(21));
  });

  test.each<[string, string, unknown, unknown]>([
    ['nothing', 'isApplicable', undefined, 'registry.none'],
    ['one without deserialize', 'deserialize', { isApplicable() {}, serialize() {} }, 'registry.none'],
    ['one without a name', 'name', allOf(), ''],
    ['one whose name is taken', 'name', allOf(), 'registry.taken'],
  ])('is refused: %s', (_, option, transformer, name) => {
    if (customNamed('registry.taken') === undefined) registerCustom(allOf(), 'registry.taken');
    expect(() => registerCustom(transformer as never, name as never)).toThrow(InvalidOptionError);
    expect(() => registerCustom(transformer as never, name as never)).toThrow(option);
    expect(customNamed('registry.none')).toBeUndefined();
  });
});

function allOf(): CustomTransformer<object, unknown> {
  return { isApplicable: (_value): _value is object => false, serialize: () => 0, deserialize: () => ({}) };
}

describe('a class', () => {
  test('has one name, however often it is registered by it', () => {
    class Once {
      readonly n = 1;
    }
    registerClass(Once, 'registry.Once');
    registerClass(Once, { identifier: 'registry.Once' });
    expect(classNameOf(Once.prototype)).toBe('registry.Once');
    expect(prototypeNamed('registry.Once')).toBe(Once.prototype);
    expect(() => registerClass(Once, 'registry.Twice')).toThrow(/registered as "registry\.Once"/);
    expect(() => registerClass(makeClass(), 'registry.Once')).toThrow(/the name of another registered class/);
    expect(prototypeNamed('registry.Twice')).toBeUndefined();
  });

  test.each<[string, unknown, unknown]>([
    ['what is no function', {}, 'registry.no'],
    ['an arrow function', () => {}, 'registry.no'],
    ['a function whose prototype is null', withoutPrototype(), 'registry.no'],
    ['a class without a name', makeClass(), ''],
    ['a name that is no text', makeClass(), { identifier: 5 }],
  ])('is refused: %s', (_, constructor, options) => {
    expect(() => registerClass(constructor as never, options as never)).toThrow(InvalidOptionError);
    expect(prototypeNamed('registry.no')).toBeUndefined();
  });
});

/** Another one each time, without a name. */
function makeClass(): new () => object {
  return class {
    readonly n = 1;
  };
}

function withoutPrototype(): object {
  return Object.assign(function noClass() {}, { prototype: null });
}
