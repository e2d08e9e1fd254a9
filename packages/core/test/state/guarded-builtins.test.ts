/** The list of methods that change a builtin is closed: what the language adds to it has to be looked at here. */
import { beforeAll, describe, expect, test } from 'vitest';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

interface Shape {
  readonly name: string;
  readonly length: number;
  readonly descriptor: string;
}

const prototypes = {
  Map: Map.prototype,
  Set: Set.prototype,
  Date: Date.prototype,
  ArrayBuffer: ArrayBuffer.prototype,
  URL: URL.prototype,
  URLSearchParams: URLSearchParams.prototype,
  RegExp: RegExp.prototype,
};

function shapesOf(prototype: object): Record<string, Shape> {
  const shapes: Record<string, Shape> = {};
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const method = (descriptor.set ?? descriptor.get ?? descriptor.value) as unknown;
    if (typeof method !== 'function') continue;
    const { enumerable, configurable, writable } = descriptor;
    shapes[key] = {
      name: method.name,
      length: method.length,
      descriptor: JSON.stringify({ enumerable, configurable, writable }),
    };
  }
  return shapes;
}

const before = Object.fromEntries(
  Object.entries(prototypes).map(([name, prototype]) => [name, shapesOf(prototype)]),
);

beforeAll(() => guardBuiltins());

/** What only looks. Everything else has to be guarded. */
const readers: Record<keyof typeof prototypes, RegExp> = {
  Map: /^(constructor|get|has|entries|forEach|keys|size|values)$/,
  Set: /^(constructor|has|entries|forEach|keys|size|values|union|intersection|difference|symmetricDifference|is(Subset|Superset|DisjointFrom?)\w*)$/,
  Date: /^(constructor|get\w+|to\w+|valueOf)$/,
  ArrayBuffer: /^(constructor|byteLength|slice|sliceToImmutable|maxByteLength|resizable|detached|immutable)$/,
  URL: /^(constructor|toString|toJSON|origin|searchParams)$/,
  URLSearchParams: /^(constructor|size|get|getAll|has|entries|forEach|keys|values|toString)$/,
  RegExp:
    /^(constructor|exec|test|toString|dotAll|flags|global|hasIndices|ignoreCase|multiline|source|sticky|unicode|unicodeSets)$/,
};

describe.each(Object.entries(prototypes))('%s.prototype', (name, prototype) => {
  test('looks the same as before', () => {
    expect(shapesOf(prototype)).toEqual(before[name]);
  });

  test('has nothing that changes something and is not guarded', () => {
    const guarded = new Set<string>();
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const method = (descriptor.set ?? descriptor.value) as unknown;
      if (typeof method !== 'function') continue;
      // Ours is JavaScript, the language's is not. Node's URL is JavaScript too: there the setters are compared.
      const isOurs = Function.prototype.toString.call(method).includes('guard');
      if (isOurs) guarded.add(key);
    }
    const unknown = Object.getOwnPropertyNames(prototype).filter(
      (key) => !guarded.has(key) && !readers[name as keyof typeof prototypes].test(key),
    );
    expect(unknown).toEqual([]);
  });

  test('has no methods that can be constructors', () => {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (key === 'constructor' || typeof value !== 'function' || name.startsWith('URL')) continue;
      expect(() => Reflect.construct(Object, [], value)).toThrow(TypeError);
    }
  });
});

test('what is not guarded works as before', () => {
  const map = new Map<unknown, unknown>([[1, 2]]);
  expect(map.set(3, 4)).toBe(map);
  expect([...map]).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect([map.delete(1), map.delete(1), map.size]).toEqual([true, false, 1]);
  expect(new Set([1]).add(2).size).toBe(2);
  expect(new Date(0).setUTCFullYear(1971)).toBe(Date.UTC(1971, 0));
  const url = new URL('http://host/');
  url.hash = 'x';
  url.searchParams.append('a', 'b');
  expect(url.href).toBe('http://host/?a=b#x');
  expect(new ArrayBuffer(4).transfer(8).byteLength).toBe(8);
  expect(/a/.compile('b').source).toBe('b');
});

test.each<[string, () => unknown]>([
  ['set', () => Map.prototype.set.call({} as never, 1, 2)],
  ['set on a Set', () => Map.prototype.set.call(new Set() as never, 1, 2)],
  ['set on a text', () => Map.prototype.set.call('x' as never, 1, 2)],
  ['add on a Map', () => Set.prototype.add.call(new Map() as never, 1)],
  ['setTime', () => Date.prototype.setTime.call({} as never, 1)],
])('what is of the wrong kind gets the language’s own error: %s', (_, call) => {
  expect(call).toThrow(/incompatible receiver|this is not a Date object/);
});

test('so does a guarded value of the wrong kind', () => {
  const state: any = openJournalInDirectory().graph.setRoot({
    map: new Map(),
    set: new Set(),
    date: new Date(0),
  });
  expect(() => Map.prototype.set.call(state.set, 1, 2)).toThrow(/incompatible receiver/);
  expect(() => Set.prototype.add.call(state.map, 1)).toThrow(/incompatible receiver/);
  expect(() => Map.prototype.clear.call(state.date as never)).toThrow(/incompatible receiver/);
  expect(() => Date.prototype.setTime.call(state.map, 1)).toThrow(/incompatible receiver|not a Date/);
  expect(() => Map.prototype.set.call(state, 1, 2)).toThrow(/incompatible receiver/);
});
