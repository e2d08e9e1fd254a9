/** What setters are given becomes what the guarded state takes: known snapshots as references, closed ones opened. */
import { snapshot } from '@faultguard/core';
import { describe, expect, test, vi } from 'vitest';
import { toAssignable } from '../../src/guarded/to-assignable.ts';
import { openGuard } from '../fixtures/guard.ts';

describe('a value that is made of the present one', () => {
  test('has the guarded objects in the place of their snapshots, in arrays, objects, Maps and Sets', async () => {
    const { state } = await openGuard(() => ({
      list: [
        { n: 1, tags: ['a'] },
        { n: 2, tags: ['b'] },
      ],
      map: new Map<any, any>([['k', { n: 3 }]]),
      set: new Set([{ n: 4 }]),
    }));
    const before: any = snapshot(state);
    const converted: any = toAssignable(
      {
        ...before,
        list: [{ n: 0 }, ...before.list.toReversed(), { ...before.list[1], n: 20 }],
        map: new Map([...before.map, ['new', before.list[0]]]),
      },
      before,
      state,
    );
    expect(converted.set).toBe(state.set);
    expect(converted.list[1]).toBe(state.list[1]);
    expect(converted.list[2]).toBe(state.list[0]);
    expect(converted.map.get('k')).toBe(state.map.get('k'));
    expect(converted.map.get('new')).toBe(state.list[0]);
    Object.assign(state, converted);
    expect(snapshot(state.list)).toEqual([
      { n: 0 },
      { n: 2, tags: ['b'] },
      { n: 1, tags: ['a'] },
      { n: 20, tags: ['b'] },
    ]);
  });
});

describe('what is closed', () => {
  test('is opened: snapshots from elsewhere, and what somebody has frozen, with cycles and all', async () => {
    const { state } = await openGuard(() => ({
      to: undefined as any,
      from: { deep: [{ n: 1 }], map: new Map([[{ key: 1 }, new Set([new Date(5)])]]) },
    }));
    const cycle: any = { self: undefined, list: Object.freeze([1]) };
    cycle.self = cycle;
    state.to = toAssignable({
      moved: snapshot(state.from),
      cycle: Object.freeze(cycle),
      twice: [cycle, cycle],
    });
    state.to.moved.deep[0].n = 2;
    state.to.moved.deep.push('x');
    state.to.cycle.list.push(2);
    state.to.cycle.more = true;
    const [[key, dates]] = [...state.to.moved.map];
    key.key = 2;
    dates.add(1);
    expect(state.to.cycle.self).toBe(state.to.cycle);
    expect(state.to.twice[1]).toBe(state.to.cycle);
    expect(snapshot(state)).toEqual({
      from: { deep: [{ n: 1 }], map: new Map([[{ key: 1 }, new Set([new Date(5)])]]) },
      to: expect.objectContaining({
        moved: { deep: [{ n: 2 }, 'x'], map: new Map([[{ key: 2 }, new Set([new Date(5), 1])]]) },
      }),
    });
  });
});

describe('what is not ours to look into', () => {
  test('is left as it is: new values, guarded ones, getters, proxies, instances', async () => {
    const { state } = await openGuard(() => ({ item: { n: 1 }, map: new Map([['k', 1]]) }));
    const fresh = { a: [1, { b: new Map([[1, 2]]) }], [Symbol.for('s')]: 1 };
    expect(toAssignable(fresh)).toBe(fresh);
    const mixed: any = toAssignable([state.item, state.map, Object.freeze([1])]);
    expect([mixed[0] === state.item, mixed[1] === state.map]).toEqual([true, true]);
    const getter = vi.fn<() => number>();
    const trap = vi.fn<() => undefined>();
    const strange: any = toAssignable({
      frozen: Object.freeze([]),
      accessor: Object.defineProperty({}, 'x', { get: getter, enumerable: true }),
      proxy: new Proxy({}, { get: trap, ownKeys: () => [], getOwnPropertyDescriptor: trap }),
      url: new URL('http://localhost/'),
    });
    expect(getter).not.toHaveBeenCalled();
    expect(trap).not.toHaveBeenCalled();
    expect(strange.url).toBeInstanceOf(URL);
    expect(() => Object.assign(state, { strange })).toThrow(
      expect.objectContaining({ path: 'state.strange.proxy' }),
    );
    for (const value of [undefined, null, 1, 'x', 1n]) expect(toAssignable(value)).toBe(value);
  });
});
