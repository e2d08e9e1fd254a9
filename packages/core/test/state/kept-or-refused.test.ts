/** What can be assigned is kept as it is; what cannot is refused as a whole, with the path. */
import { beforeAll, describe, expect, test } from 'vitest';
import { registerClass } from '../../src/classes/registry.ts';
import { UnguardableValueError } from '../../src/errors.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';
import {
  AppError,
  Bag,
  Employee,
  Money,
  Registry,
  registerTestClasses,
  Stack,
} from '../fixtures/random-values.ts';

function openState(initial: object = {}): { state: any; expectMirrored: () => void } {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot(initial);
  return {
    state,
    expectMirrored: () => {
      const { root, failure } = journal.replay();
      expect(failure).toBeUndefined();
      expect(describeGraph(root)).toBe(describeGraph(state));
    },
  };
}

const kept: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  '-0': () => -0,
  NaN: () => Number.NaN,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  'the largest int32': () => 2 ** 31 - 1,
  'one more than an int32': () => 2 ** 31,
  'the smallest float': () => 5e-324,
  'a fraction': () => 0.1,
  'an empty string': () => '',
  'a string of ASCII': () => 'hello',
  'a string of Latin-1': () => 'größer',
  'a string beyond Latin-1': () => '日本 𝒳',
  'a lone surrogate': () => 'a\uD800b',
  'a long string': () => 'x'.repeat(100_000),
  'a long string beyond Latin-1': () => '日'.repeat(100_001),
  'a bigint': () => 12_345_678_901_234_567_890n,
  'a negative bigint': () => -(10n ** 200n),
  'the bigint zero': () => 0n,
  'an empty object': () => ({}),
  'an empty array': () => [],
  'nested objects': () => ({ a: { b: [{ c: [1, [2, [3]]] }] } }),
  'a key that is a number': () => ({ 1: 'one', 0: 'zero' }),
  'awkward keys': () => ({
    '': 1,
    constructor: 2,
    prototype: 3,
    hasOwnProperty: 4,
    ['x'.repeat(5000)]: 5,
    日本: 6,
  }),
  'a shared object': () => {
    const shared = { n: 1 };
    return { one: shared, two: [shared, shared] };
  },
  'a cycle': () => {
    const node: any = { list: [] };
    node.self = node;
    node.list.push(node, node.list);
    return node;
  },
  'a registered symbol': () => Symbol.for('faultguard'),
  'a key that is a registered symbol': () => ({ a: { [Symbol.for('k')]: 1 } }),
  'an own __proto__': () => ({ a: JSON.parse('{"__proto__": 1, "b": 2}') as object }),
  'a hidden property': () => Object.defineProperty({ y: 1 }, 'x', { value: 1 }),
  'a read-only property': () => Object.defineProperty({}, 'x', { value: {}, enumerable: true }),
  'a frozen object': () => ({ a: Object.freeze({ x: 1, inner: {} }) }),
  'a sealed array': () => Object.seal([1, 2]),
  'an object that cannot be extended': () => Object.preventExtensions({ x: 1 }),
  'a hole': () => ({ list: [1, , 3, ,] }), // oxlint-disable-line no-sparse-arrays
  'an array of holes': () => Object.assign([], { length: 70_000 }),
  'a huge sparse array': () => Object.assign([], { 4_294_967_294: 'last' }),
  'a named property of an array': () => Object.assign([1], { extra: { deep: 1 } }),
  'an element that is not writable': () => Object.defineProperty([1, 2], 0, { writable: false }),
  'an array of constant length': () => Object.defineProperty([1, 2], 'length', { writable: false }),
  'an object without a prototype': () => Object.assign(Object.create(null) as object, { x: 1 }),
  'a Date': () => ({ at: new Date(1e12) }),
  'an invalid Date': () => new Date(Number.NaN),
  'a Map': () => new Map<unknown, unknown>([[{ key: 1 }, new Map([[Number.NaN, -0]])]]),
  'a Set': () => new Set<unknown>([1, { member: 1 }, new Set([2])]),
  'a Map with a property': () => Object.assign(new Map([[1, 2]]), { label: { x: 1 } }),
  'a RegExp': () => /x+/iu,
  'a RegExp that moves': () => Object.assign(/x/gy, { lastIndex: 5 }),
  'a URL': () => new URL('http://user@host:1/path?query#hash'),
  'the parameters of a URL': () => {
    const url = new URL('http://host/?a=1');
    return [url, url.searchParams];
  },
  URLSearchParams: () => new URLSearchParams('a=1&b=2&a=3'),
  'an Error': () => makeError(),
  'an AggregateError': () => fixStack(new AggregateError([makeError()], 'many')),
  'boxed primitives': () => [1, 'text', true, 1n, Symbol.for('s')].map((value) => Object(value) as object),
  'an ArrayBuffer': () => new Uint8Array([1, 2, 3]).buffer,
  'an empty ArrayBuffer': () => new ArrayBuffer(0),
  'a typed array': () => new Float64Array([1.5, Number.NaN, -0]),
  'a large typed array': () => new Float64Array(100_000).fill(0.1),
  'several views on one buffer': () => {
    const buffer = new ArrayBuffer(16);
    return [new Uint8Array(buffer, 4, 4).fill(7), new DataView(buffer, 8), buffer];
  },
  'a Buffer from the pool': () => Buffer.from('hello'),
  'an instance of a registered class': () => new Employee(),
  'a registered subclass of Map': () => new Registry([[1, { x: 1 }]]),
  'a registered subclass of Set': () => new Bag([1, {}]),
  'a registered subclass of Array': () => Stack.from([1, {}]),
  'a registered subclass of Error': () => fixStack(new AppError('app')),
  'a custom value with private fields': () => new Money(7),
  'a cycle through every kind': () => {
    const map = new Map<unknown, unknown>();
    const set = new Set<unknown>([map]);
    map.set(set, [map, set]).set('error', Object.assign(makeError(), { cause: map }));
    return map;
  },
  'a chain 100,000 deep': () => {
    let chain: object = {};
    for (let i = 0; i < 100_000; i++) chain = { chain };
    return chain;
  },
};

describe('kept as it is', () => {
  test.each(Object.entries(kept))('%s, as a property', (_, make) => {
    const { state, expectMirrored } = openState();
    state.value = make();
    expect(describeGraph(state.value)).toBe(describeGraph(make()));
    expectMirrored();
  });

  test.each(Object.entries(kept))('%s, as an element', (_, make) => {
    const { state, expectMirrored } = openState({ list: [0, 1] });
    state.list.push(make());
    state.list[0] = make();
    state.list.splice(1, 0, make(), make());
    for (const index of [0, 1, 2, 4]) expect(describeGraph(state.list[index])).toBe(describeGraph(make()));
    expectMirrored();
  });

  test.each(Object.entries(kept))('%s, in the first state', (_, make) => {
    const { state, expectMirrored } = openState({ value: make() });
    expect(describeGraph(state.value)).toBe(describeGraph(make()));
    expectMirrored();
  });
});

class WithPrivateField {
  readonly #secret = 1;
  read(): number {
    return this.#secret;
  }
}

const refused: Record<string, [make: () => unknown, suffix: string, reason: RegExp]> = {
  'a function': [() => () => {}, '', /a function cannot be guarded/],
  'a symbol': [() => Symbol('s'), '', /a symbol that is not registered/],
  'a method': [() => ({ user: { onClick() {} } }), '.user.onClick', /a function/],
  'a function in an array': [() => ({ list: [1, [() => {}]] }), '.list[1][0]', /a function/],
  'a function in a Map': [() => ({ map: new Map([['k', { f() {} }]]) }), '.map.get("k").f', /a function/],
  'a function as a key of a Map': [() => new Map([[() => {}, 1]]), '.keys()', /a function/],
  'a function in a Set': [() => new Set([1, () => {}]), '.values()', /a function/],
  'a function in an Error': [() => Object.assign(makeError(), { f() {} }), '.f', /a function/],
  'a symbol key': [() => ({ a: { [Symbol('k')]: 1 } }), '.a[Symbol(k)]', /a symbol that is not registered/],
  'a getter': [
    () => ({
      get x() {
        throw new Error('never called');
      },
    }),
    '.x',
    /accessor/,
  ],
  'a getter of an element': [
    () => Object.defineProperty([1], 0, { get: () => 1, configurable: true }),
    '[0]',
    /accessor/,
  ],
  'a Promise': [() => Promise.resolve(), '', /an instance of Promise/],
  'a WeakMap': [() => new WeakMap(), '', /an instance of WeakMap/],
  'a WeakSet': [() => new WeakSet(), '', /an instance of WeakSet/],
  'a WeakRef': [() => new WeakRef({}), '', /an instance of WeakRef/],
  'a generator': [() => ({ g: generate() }), '.g', /cannot be guarded/],
  'an iterator': [() => [1].values(), '', /cannot be guarded/],
  'a SharedArrayBuffer': [() => new SharedArrayBuffer(1), '', /SharedArrayBuffer/],
  'a view of one': [() => new Uint8Array(new SharedArrayBuffer(1)), '', /SharedArrayBuffer/],
  'a view that its resizable buffer is too short for': [
    () => {
      const view = new Uint8Array(new ArrayBuffer(4, { maxByteLength: 4 }), 2, 2);
      view.buffer.resize(1);
      return view;
    },
    '',
    /too short/,
  ],
  'a detached ArrayBuffer': [
    () => {
      const buffer = new ArrayBuffer(1);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    },
    '',
    /detached/,
  ],
  'a property of a view': [() => Object.assign(new Uint8Array(1000), { x: 1 }), '', /a property of its own/],
  'an instance of a class': [() => ({ user: new Unregistered() }), '.user', /an instance of Unregistered/],
  'an instance with private fields': [
    () => ({ user: new WithPrivateField() }),
    '.user',
    /a class with private fields .* use registerCustom/,
  ],
  'a subclass of Array': [() => new (class Rows extends Array {})(), '', /an instance of Rows/],
  'a subclass of Map': [() => new (class Rows extends Map {})(), '', /an instance of Rows/],
  'a Map that pretends to be plain': [() => Object.setPrototypeOf(new Map(), Object.prototype), '', /cannot/],
  'a Proxy': [() => new Proxy({}, {}), '', /a Proxy/],
};

function* generate(): Generator {}

class Unregistered {
  x = 1;
}

beforeAll(() => {
  guardBuiltins();
  registerTestClasses();
  registerClass(WithPrivateField);
});

function makeError(): Error {
  return fixStack(Object.assign(new RangeError('wrong', { cause: { deep: 1 } }), { code: 'E' }));
}

/** The stack says where an error was made: both sides get the same. */
function fixStack<E extends Error>(error: E): E {
  return Object.defineProperty(error, 'stack', { value: 'stack', writable: true, configurable: true });
}

describe('refused as a whole', () => {
  test.each(Object.entries(refused))('%s', (_, [make, suffix, reason]) => {
    const { state, expectMirrored } = openState({ deep: { list: [1, 2] }, other: { n: 1 } });
    const { deep } = state;
    const before = describeGraph(state);
    const attempts: [path: string, attempt: () => void][] = [
      ['state.value', () => (state.value = make())],
      ['state.deep', () => (state.deep = make())],
      ['state["a key"]', () => (state['a key'] = make())],
      ['state.deep.list[0]', () => (deep.list[0] = make())],
      ['state.deep.list[2]', () => deep.list.push(make())],
      ['state.deep.list[4]', () => deep.list.push('kept?', { so: 'far' }, make(), 'more')],
      ['state.deep.list[1]', () => deep.list.splice(1, 1, make())],
      ['state.deep.list[1]', () => deep.list.unshift(state.other, make())],
      ['state.deep.list[0]', () => deep.list.fill(make())],
      ['state.assigned', () => Object.assign(state, { assigned: make() })],
      ['state.defined', () => Object.defineProperty(state, 'defined', descriptorOf(make()))],
      ['state.reflected', () => Reflect.set(state, 'reflected', make())],
    ];
    for (const [path, attempt] of attempts) {
      const error = catchError(attempt);
      expect(error).toBeInstanceOf(UnguardableValueError);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ code: 'ERR_FAULTGUARD_UNGUARDABLE_VALUE', path: path + suffix });
      expect((error as Error).message).toMatch(reason);
      expect((error as Error).message.startsWith(`${path}${suffix}: `)).toBe(true);
      expect(describeGraph(state)).toBe(before);
    }
    expectMirrored();
    state.works = [{ still: true }];
    expectMirrored();
  });

  test.each<[string, string, (state: any) => void]>([
    ['another prototype', 'state.bag', ({ bag }) => Object.setPrototypeOf(bag, Array.prototype)],
    ['another prototype by __proto__', 'state.bag', ({ bag }) => (bag.__proto__ = {})],
    [
      'a getter by defineProperty',
      'state.bag.x',
      ({ bag }) => Object.defineProperty(bag, 'x', { get: () => 1 }),
    ],
    ['a symbol key', 'state.bag[Symbol(s)]', ({ bag }) => (bag[Symbol('s')] = 1)],
    [
      'a new object as a constant',
      'state.bag.x',
      ({ bag }) => Object.defineProperty(bag, 'x', { value: {} }),
    ],
    ['moving the memory of a buffer', 'state.bytes.buffer', ({ bytes }) => bytes.buffer.transfer()],
    ['compiling a RegExp anew', 'state.moving', ({ moving }) => moving.compile('y')],
    [
      'ten of which one is refused',
      'state.list[7]',
      ({ list }) => list.push(1, 2, 3, 4, 5, () => {}, 7, 8, 9, 10),
    ],
    ['Object.assign', 'state.bag.f', ({ bag }) => Object.assign(bag, { f() {}, later: 1 })],
  ])('%s', (_, path, attempt) => {
    const { state, expectMirrored } = openState({
      list: [1, 2],
      bag: { n: 1 },
      bytes: new Uint8Array(4),
      moving: /x/g,
    });
    const before = describeGraph(state);
    expect(catchError(() => attempt(state))).toMatchObject({ path });
    expect(describeGraph(state)).toBe(before);
    expectMirrored();
  });

  test('a value refused deep inside takes no id and no reference with it', () => {
    const { state, expectMirrored } = openState({ shared: { n: 1 } });
    for (let round = 0; round < 100; round++) {
      expect(() => (state.value = [state.shared, { a: state.shared }, () => {}])).toThrow(
        UnguardableValueError,
      );
    }
    delete state.shared;
    state.shared = { n: 2 };
    expectMirrored();
  });
});

function descriptorOf(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}

function catchError(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
