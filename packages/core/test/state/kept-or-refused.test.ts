/** What can be assigned is kept as it is; what cannot is refused as a whole, with the path. */
import { describe, expect, test } from 'vitest';
import { UnguardableValueError } from '../../src/errors.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

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

class Unregistered {
  readonly #secret = 1;
  read(): number {
    return this.#secret;
  }
}

const refused: Record<string, [make: () => unknown, suffix: string, reason: RegExp]> = {
  'a function': [() => () => {}, '', /a function cannot be guarded/],
  'a symbol': [() => Symbol('s'), '', /a symbol cannot be guarded/],
  'a method': [() => ({ user: { onClick() {} } }), '.user.onClick', /a function/],
  'a function in an array': [() => ({ list: [1, [() => {}]] }), '.list[1][0]', /a function/],
  'a symbol key': [() => ({ a: { [Symbol.for('k')]: 1 } }), '.a[Symbol(k)]', /symbol keys/],
  'a getter': [
    () => ({
      get x() {
        throw new Error('never called');
      },
    }),
    '.x',
    /accessor/,
  ],
  'an own __proto__': [() => ({ a: JSON.parse('{"__proto__": 1}') }), '.a.__proto__', /key of that name/],
  'a hidden property': [() => Object.defineProperty({}, 'x', { value: 1 }), '.x', /enumerable/],
  'a frozen object': [() => ({ a: Object.freeze({ x: 1 }) }), '.a', /frozen/],
  'a hole': [() => ({ list: [1, , 3] }), '.list[1]', /hole/], // oxlint-disable-line no-sparse-arrays
  'a named property of an array': [() => Object.assign([1], { extra: 1 }), '.extra', /named property/],
  'an object without a prototype': [() => Object.create(null), '', /without a prototype/],
  'a Date': [() => ({ at: new Date() }), '.at', /an instance of Date/],
  'a Map': [() => new Map(), '', /an instance of Map/],
  'a Set': [() => new Set(), '', /an instance of Set/],
  'a RegExp': [() => /x/, '', /an instance of RegExp/],
  'an Error': [() => new Error('x'), '', /an instance of Error/],
  'a typed array': [() => new Uint8Array(1), '', /an instance of Uint8Array/],
  'a boxed primitive': [() => Object(1), '', /an instance of Number/],
  'a Promise': [() => Promise.resolve(), '', /an instance of Promise/],
  'a WeakMap': [() => new WeakMap(), '', /an instance of WeakMap/],
  'an instance of a class': [() => ({ user: new Unregistered() }), '.user', /an instance of Unregistered/],
  'a subclass of Array': [() => new (class Rows extends Array {})(), '', /an instance of Rows/],
  'a Proxy': [() => new Proxy({}, {}), '', /a Proxy/],
};

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
    ['freezing', 'state.list', ({ list }) => Object.freeze(list)],
    ['sealing', 'state.bag', ({ bag }) => Object.seal(bag)],
    ['preventing extensions', 'state', (state) => Object.preventExtensions(state)],
    ['another prototype', 'state.bag', ({ bag }) => Object.setPrototypeOf(bag, Array.prototype)],
    ['another prototype by __proto__', 'state.bag.__proto__', ({ bag }) => (bag.__proto__ = {})],
    [
      'a getter by defineProperty',
      'state.bag.x',
      ({ bag }) => Object.defineProperty(bag, 'x', { get: () => 1 }),
    ],
    ['a hidden property', 'state.bag.x', ({ bag }) => Object.defineProperty(bag, 'x', { value: 1 })],
    ['a symbol key', 'state.bag[Symbol(s)]', ({ bag }) => (bag[Symbol('s')] = 1)],
    ['an element beyond the end', 'state.list[5]', ({ list }) => (list[5] = 1)],
    ['a longer length', 'state.list.length', ({ list }) => (list.length = 5)],
    ['deleting an element', 'state.list[0]', ({ list }) => delete list[0]],
    ['a named property of an array', 'state.list.extra', ({ list }) => (list.extra = 1)],
    [
      'a constant element',
      'state.list[0]',
      ({ list }) => Object.defineProperty(list, 0, { writable: false }),
    ],
  ])('%s', (_, path, attempt) => {
    const { state, expectMirrored } = openState({ list: [1, 2], bag: { n: 1 } });
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
