/** `util.inspect`, and `console.log` with it, shows of a guarded value what it shows of the plain one. */
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerClass } from '../../src/classes/registry.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { showGuardedAsPlain } from '../../src/state/show-as-plain.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

class Registry extends Map<unknown, unknown> {
  label = 'none';
  owner: unknown = { name: 'Ada' };
}

class Tags extends Set<unknown> {
  count = 0;
}

/** Says itself how it is shown. */
class Terse extends Map<unknown, unknown> {
  unit = 'ms';
  [inspect.custom](): string {
    return `Terse of ${this.size} ${this.unit}`;
  }
}

const make = {
  'a Map of a class with fields': () => new Registry([['a', { n: 1 }]]),
  'a Set of a class with fields': () => new Tags([1, { n: 2 }]),
  'a Map with a property': () => Object.assign(new Map([[{ key: 1 }, [1, 2]]]), { note: 'n' }),
  'a Date with a property': () => Object.assign(new Date(0), { note: { deep: true } }),
  'a RegExp with a property': () => Object.assign(/a/u, { note: 1 }),
  'a boxed number with a property': () => Object.assign(Object(5) as object, { note: 1 }),
  'one that holds itself': () => {
    const registry = new Registry();
    registry.set('self', registry);
    registry.owner = [registry];
    return registry;
  },
  'one that says itself how it is shown': () => new Terse([[1, 2]]),
  'a Map without properties': () => new Map([['a', { n: 1 }]]),
} satisfies Record<string, () => object>;

beforeAll(() => {
  guardBuiltins();
  registerClass(Registry);
  registerClass(Tags);
  registerClass(Terse);
  showGuardedAsPlain();
});

describe.each(Object.entries<() => object>(make))('%s', (_, make) => {
  test.each([{}, { depth: Infinity }, { depth: 0 }, { compact: false, sorted: true }])(
    'alone and inside of others, with %o',
    (options) => {
      const { graph } = openJournalInDirectory();
      const state = graph.setRoot({}) as Record<string, unknown>;
      state['value'] = make();
      expect(inspect(state['value'], options)).toBe(inspect(make(), options));
      expect(inspect(state, options)).toBe(inspect({ value: make() }, options));
      expect(inspect([state['value']], options)).toBe(inspect([make()], options));
    },
  );
});

test('what is shown is what it is now', () => {
  const { graph } = openJournalInDirectory();
  const state = graph.setRoot({}) as { registry: Registry };
  state.registry = new Registry();
  const plain = new Registry();
  for (const registry of [state.registry, plain]) {
    inspect(registry);
    registry.label = 'changed';
    registry.set('a', new Date(0));
    registry.owner = undefined;
  }
  expect(inspect(state.registry)).toBe(inspect(plain));
});

test('to whoever else asks it says nothing, and plain values are shown as ever', () => {
  const { graph } = openJournalInDirectory();
  const state = graph.setRoot({}) as { registry: Registry };
  state.registry = new Registry();
  const ask = Reflect.get(state.registry, inspect.custom) as (...given: unknown[]) => unknown;
  expect(ask.call(state.registry, 2, {}, () => '')).toBeUndefined();
  expect(inspect(Object.assign(new Map([[1, 2]]), { note: 1 }))).toBe('Map(1) { 1 => 2, note: 1 }');
  expect(Object.keys(Map.prototype)).toEqual([]);
});
