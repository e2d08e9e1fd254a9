/** `useGuardedState` on a screen of react-dom, over a real guard. */
import '../fixtures/dom.ts';
import { snapshot, transaction, UnguardableValueError } from '@faultguard/core';
import { act, cleanup, render } from '@testing-library/react';
import { memo, type ReactNode, StrictMode } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GuardProvider, useGuardedState } from '../../src/index.ts';
import type { Key } from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';

afterEach(cleanup);

type Set = (next: any) => void;

/** Shows the value of a key as JSON, and hands out its setter. */
function show(name = 'shown') {
  const shown = { set: (() => {}) as Set, setters: [] as Set[], value: undefined as any, renders: 0 };
  function Show({ at, initial }: { readonly at: Key; readonly initial?: unknown }): ReactNode {
    const [value, set] = useGuardedState<any>(at, initial);
    shown.renders++;
    shown.set = set;
    shown.setters.push(set);
    shown.value = value;
    return <p data-name={name}>{JSON.stringify(value) ?? 'undefined'}</p>;
  }
  return { Show, shown };
}

const text = (): string => [...document.querySelectorAll('p')].map((node) => node.textContent).join(' ');

describe('a value', () => {
  test('begins with what it is told, and is in the state when it is on the screen', async () => {
    const { state } = await openGuard();
    const { Show, shown } = show();
    const during: unknown[] = [];
    const initial = vi.fn<() => number>(() => {
      during.push({ ...state });
      return 7;
    });
    render(
      <GuardProvider state={state}>
        <Show at="count" initial={initial} />
      </GuardProvider>,
    );
    expect([text(), state, during]).toEqual(['7', { count: 7 }, [{}]]);
    act(() => shown.set(8));
    expect([text(), state.count]).toEqual(['8', 8]);
    expect(initial).toHaveBeenCalledTimes(1);
  });

  test('that is in the state already is shown, and nobody is asked what to begin with', async () => {
    const { state } = await openGuard(() => ({ count: 3, nothing: undefined }));
    const { Show } = show();
    const initial = vi.fn<() => number>();
    render(
      <GuardProvider state={state}>
        <Show at="count" initial={initial} />
        <Show at="nothing" initial={initial} />
      </GuardProvider>,
    );
    expect(text()).toBe('3 undefined');
    expect(initial).not.toHaveBeenCalled();
    expect(Object.keys(state)).toEqual(['count', 'nothing']);
  });

  test('without anything to begin with is undefined, and not in the state', async () => {
    const { state } = await openGuard();
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="x" />
      </GuardProvider>,
    );
    expect([text(), 'x' in state]).toEqual(['undefined', false]);
    act(() => shown.set(undefined));
    expect(Object.entries(state)).toEqual([['x', undefined]]);
  });

  test('in StrictMode is asked for once and written once', async () => {
    const { state } = await openGuard();
    const { Show } = show();
    const initial = vi.fn<() => object>(() => ({ n: 1 }));
    render(
      <StrictMode>
        <GuardProvider state={state}>
          <Show at="object" initial={initial} />
        </GuardProvider>
      </StrictMode>,
    );
    expect(initial).toHaveBeenCalledTimes(1);
    expect([text(), state]).toEqual(['{"n":1}', { object: { n: 1 } }]);
  });

  test('is the same for two components from their first rendering on, whatever each would begin with', async () => {
    const { state } = await openGuard();
    const [first, second] = [show(), show()];
    const texts: string[] = [];
    function Log(): ReactNode {
      texts.push(`${first.shown.value} ${second.shown.value}`);
      return null;
    }
    render(
      <GuardProvider state={state}>
        <first.Show at="n" initial={1} />
        <second.Show at={['n']} initial={2} />
        <Log />
      </GuardProvider>,
    );
    expect(texts).toEqual(['1 1']);
    act(() => second.shown.set((n: number) => n + 10));
    expect([text(), state.n]).toEqual(['11 11', 11]);
  });

  test.each([{}, { n: 5 }])(
    'that somebody deletes begins again, and is in the state again, after %o',
    async (first) => {
      const { state } = await openGuard<{ n?: number }>(() => first);
      const { Show } = show();
      render(
        <GuardProvider state={state}>
          <Show at="n" initial={1} />
        </GuardProvider>,
      );
      await act(async () => {
        delete state.n;
      });
      expect([text(), state.n]).toEqual(['1', 1]);
      await act(async () => {
        delete state.n;
      });
      expect([text(), state.n]).toEqual(['1', 1]);
    },
  );
});

describe('a setter', () => {
  test('has appended the value when it returns, before React has rendered', async () => {
    const { state, stats } = await openGuard(() => ({ n: 0 }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="n" />
      </GuardProvider>,
    );
    act(() => {
      const before = stats().appended;
      shown.set(1);
      expect([state.n, text(), stats().appended > before]).toEqual([1, '0', true]);
    });
    expect(text()).toBe('1');
  });

  test('composes with itself in one event, and React renders once', async () => {
    const { state } = await openGuard(() => ({ n: 0 }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="n" />
      </GuardProvider>,
    );
    const before = shown.renders;
    act(() => {
      for (let i = 0; i < 3; i++) shown.set((n: number) => n + 1);
    });
    expect([text(), state.n, shown.renders - before]).toEqual(['3', 3, 1]);
  });

  test('is always the same function, whatever a key looks like in each rendering', async () => {
    const { state } = await openGuard(() => ({ user: { name: 'Ada' } }));
    const [path, selected, plain] = [show(), show(), show()];
    const screen = (): ReactNode => (
      <GuardProvider state={state}>
        <path.Show at={['user', 'name']} initial={() => 'x'} />
        <selected.Show at={(s: any) => s.user.name} />
        <plain.Show at="user" />
      </GuardProvider>
    );
    const { rerender } = render(screen());
    rerender(screen());
    act(() => path.shown.set('Grace'));
    rerender(screen());
    for (const { shown } of [path, selected, plain]) {
      expect(new Set(shown.setters).size).toBe(1);
      expect(shown.renders).toBeGreaterThan(2);
    }
    expect(text()).toBe('"Grace" "Grace" {"name":"Grace"}');
  });

  test('that is given what is there already does nothing', async () => {
    const { state, stats } = await openGuard(() => ({ list: [{ n: 1 }] }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="list" />
      </GuardProvider>,
    );
    const before = [shown.renders, stats().appended];
    act(() => shown.set((list: unknown) => list));
    expect([shown.renders, stats().appended]).toEqual(before);
  });

  test('refuses what cannot be guarded, with its path, and nothing has changed', async () => {
    const { state } = await openGuard(() => ({ user: { name: 'Ada' } as any }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at={['user', 'name']} />
      </GuardProvider>,
    );
    act(() => {
      for (const refused of [new WeakMap(), { deep: [Promise.resolve()] }, () => () => 1]) {
        expect(() => shown.set(refused)).toThrow(UnguardableValueError);
      }
      expect(() => shown.set({ on: [() => 1] })).toThrow(/^state\.user\.name\.on\[0\]: /);
    });
    expect([text(), state]).toEqual(['"Ada"', { user: { name: 'Ada' } }]);
  });

  test('makes what is missing on the way, all of it in one mutation, and stops where nothing can be', async () => {
    const { state } = await openGuard(() => ({ n: 1, nothing: null }) as any);
    const [deep, listed, wrong, below] = [show(), show(), show(), show()];
    render(
      <GuardProvider state={state}>
        <deep.Show at={['a', 'b', 'c']} />
        <listed.Show at={['list', 0, 'x']} />
        <wrong.Show at={['n', 'x', 'y']} />
        <below.Show at={['nothing', 'x']} />
      </GuardProvider>,
    );
    act(() => {
      deep.shown.set(1);
      listed.shown.set(2);
      below.shown.set(3);
      expect(() => wrong.shown.set(4)).toThrow('Nothing can be set at n.x.y: n is a number.');
    });
    expect(state).toEqual({ n: 1, nothing: { x: 3 }, a: { b: { c: 1 } }, list: [{ x: 2 }] });
    expect(text()).toBe('1 2 undefined 3');
  });

  test('goes on working when its component is gone', async () => {
    const { state } = await openGuard(() => ({ n: 0 }));
    const { Show, shown } = show();
    const { unmount } = render(
      <GuardProvider state={state}>
        <Show at="n" />
      </GuardProvider>,
    );
    unmount();
    shown.set(4);
    expect(state.n).toBe(4);
  });
});

describe('a key', () => {
  test('may be a name, a path through arrays and Maps, or a function that goes there', async () => {
    const { state } = await openGuard(() => ({
      'a.b': 1,
      list: [{ x: 2 }],
      map: new Map<unknown, any>([
        ['k', { y: 3 }],
        [4, 'four'],
      ]),
    }));
    const keys: Key[] = ['a.b', ['list', 0, 'x'], ['map', 'k', 'y'], ['map', 4], (s) => s.list[0].x];
    const all = keys.map(() => show());
    render(
      <GuardProvider state={state}>
        {all.map(({ Show }, index) => (
          <Show key={index} at={keys[index] as Key} />
        ))}
      </GuardProvider>,
    );
    expect(text()).toBe('1 2 3 "four" 2');
    act(() => {
      for (const [index, { shown }] of all.entries()) shown.set(index * 10);
    });
    expect(text()).toBe('0 40 20 30 40');
    expect(state).toEqual({
      'a.b': 0,
      list: [{ x: 40 }],
      map: new Map<unknown, any>([
        ['k', { y: 20 }],
        [4, 30],
      ]),
    });
  });

  test('is a place of its own, whatever objects inherit', async () => {
    const { state } = await openGuard();
    const names = ['toString', 'constructor', '__proto__', 'hasOwnProperty'];
    const all = names.map(() => show());
    render(
      <GuardProvider state={state}>
        {all.map(({ Show }, index) => (
          <Show key={index} at={names[index] as Key} initial={index} />
        ))}
      </GuardProvider>,
    );
    expect(text()).toBe('0 1 2 3');
    act(() => all[2]?.shown.set({ polluted: true }));
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
    expect(Object.entries(snapshot(state))).toEqual([
      ['toString', 0],
      ['constructor', 1],
      ['__proto__', { polluted: true }],
      ['hasOwnProperty', 3],
    ]);
  });

  test('that names no place is a TypeError', async () => {
    const { state } = await openGuard(() => ({ list: [1] }));
    vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const key of [[], [Symbol.iterator], (s: any) => s, () => 1, (s: any) => [s.list], 5]) {
      const { Show } = show();
      expect(() =>
        render(
          <GuardProvider state={state}>
            <Show at={key as Key} />
          </GuardProvider>,
        ),
      ).toThrow('A key is a string, a path');
    }
    vi.restoreAllMocks();
  });

  test('may change from one rendering to the next', async () => {
    const { state } = await openGuard(() => ({ a: 1, b: 2 }) as any);
    const { Show, shown } = show();
    const at = (key: string): ReactNode => (
      <GuardProvider state={state}>
        <Show at={key} initial={0} />
      </GuardProvider>
    );
    const { rerender } = render(at('a'));
    rerender(at('b'));
    expect(text()).toBe('2');
    act(() => shown.set(20));
    await act(async () => {
      state.a = 10;
    });
    expect(text()).toBe('20');
    rerender(at('c'));
    expect([text(), state]).toEqual(['0', { a: 10, b: 20, c: 0 }]);
  });
});

describe('a component', () => {
  test('is rendered again by whoever changes the state, once for each run of code', async () => {
    const { state } = await openGuard(() => ({ list: [1] }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="list" />
      </GuardProvider>,
    );
    const before = shown.renders;
    await act(async () => {
      state.list.push(2);
      state.list.push(3);
    });
    expect([text(), shown.renders - before]).toEqual(['[1,2,3]', 1]);
  });

  test('sees a change that another one has looked at before', async () => {
    const { state } = await openGuard(() => ({ n: 1, m: 1 }));
    const [other, { Show }] = [show(), show()];
    const screen = (key: string): ReactNode => (
      <GuardProvider state={state}>
        <Show at="n" />
        <other.Show at={key} />
      </GuardProvider>
    );
    const { rerender } = render(screen('m'));
    await act(async () => {
      state.n = 2;
      snapshot(state);
    });
    rerender(screen('n'));
    expect(text()).toBe('2 2');
  });

  test('that is gone and comes back finds its value', async () => {
    const { state } = await openGuard();
    const { Show, shown } = show();
    const screen = (isThere: boolean): ReactNode => (
      <GuardProvider state={state}>{isThere && <Show at="n" initial={1} />}</GuardProvider>
    );
    const { rerender } = render(screen(true));
    act(() => shown.set(5));
    rerender(screen(false));
    state.n++;
    rerender(screen(true));
    expect(text()).toBe('6');
  });

  test('is rendered only when its own place has changed, of a thousand', async () => {
    const { state } = await openGuard(() => ({ cells: Array.from({ length: 1000 }, (_, n) => n) }));
    const renders = new Map<number, number>();
    const setters: Set[] = [];
    const Cell = memo(({ index }: { readonly index: number }) => {
      const [value, set] = useGuardedState<number>(['cells', index]);
      setters[index] = set;
      renders.set(index, (renders.get(index) ?? 0) + 1);
      return <i>{value}</i>;
    });
    render(
      <GuardProvider state={state}>
        {state.cells.map((_, index) => (
          <Cell key={index} index={index} />
        ))}
      </GuardProvider>,
    );
    expect(renders.size).toBe(1000);
    renders.clear();
    act(() => setters[7]?.(-1));
    await act(async () => {
      state.cells[8] = -2;
    });
    expect([...renders]).toEqual([
      [7, 1],
      [8, 1],
    ]);
    expect([...document.querySelectorAll('i')].slice(6, 10).map((cell) => cell.textContent)).toEqual([
      '6',
      '-1',
      '-2',
      '9',
    ]);
  });

  test('goes over to another state when its provider does', async () => {
    const { state } = await openGuard(() => ({ one: { n: 1 }, two: { n: 2 } as any }));
    const { Show, shown } = show();
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- Show is of this scope
    const on = (node: object): ReactNode => (
      <GuardProvider state={node}>
        <Show at="n" />
      </GuardProvider>
    );
    const { rerender } = render(on(state.one));
    rerender(on(state.two));
    expect(text()).toBe('2');
    act(() => shown.set(20));
    expect(state).toEqual({ one: { n: 1 }, two: { n: 20 } });
    rerender(
      <GuardProvider state={state}>
        <Show at={['two', 'n']} />
        <GuardProvider state={state.two}>
          <Show at="n" />
        </GuardProvider>
      </GuardProvider>,
    );
    await act(async () => shown.set(21));
    expect(text()).toBe('21 21');
  });

  test('without a provider above it says so, and so does a provider without a guarded state', async () => {
    const { Show } = show();
    vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(() => render(<Show at="n" />)).toThrow('need a <GuardProvider state={…}> above them');
    await openGuard();
    expect(() =>
      render(
        <GuardProvider state={{}}>
          <Show at="n" />
        </GuardProvider>,
      ),
    ).toThrow(expect.objectContaining({ code: 'ERR_FAULTGUARD_NOT_GUARDED' }));
    vi.restoreAllMocks();
  });

  test('shows what a transaction has taken back as it was', async () => {
    const { state } = await openGuard(() => ({ n: 1 }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="n" />
      </GuardProvider>,
    );
    await act(async () => {
      expect(() =>
        transaction(state, () => {
          shown.set(2);
          shown.set(3);
          throw new Error('no');
        }),
      ).toThrow('no');
    });
    expect([text(), state.n]).toEqual(['1', 1]);
  });
});

describe('what is taken back in the same run of code', () => {
  test('is not on the screen afterwards, though it has been rendered meanwhile', async () => {
    const { state } = await openGuard(() => ({ n: 1 }));
    const { Show, shown } = show();
    const page = (more: string): ReactNode => (
      <GuardProvider state={state}>
        <Show at="n" />
        {more}
      </GuardProvider>
    );
    const { rerender } = render(page(''));
    await act(async () => {});
    state.n = 2;
    rerender(page('more'));
    expect(text()).toBe('2');
    state.n = 1;
    await act(async () => {});
    expect(text()).toBe('1');
    act(() => shown.set(3));
    state.n = 1;
    await act(async () => {});
    expect(text()).toBe('1');
  });

  test('leaves a setter with what its component begins with', async () => {
    const { state } = await openGuard<{ n?: number }>(() => ({ n: 1 }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="n" initial={() => 10} />
      </GuardProvider>,
    );
    act(() => {
      delete state.n;
      shown.set((n: number) => n + 1);
    });
    expect([text(), state.n]).toEqual(['11', 11]);
  });
});

describe('what is set', () => {
  test('goes on with the objects that it is made of, and only what is new is rendered', async () => {
    const { state } = await openGuard(() => ({ items: [{ n: 1 }, { n: 2, tags: [{ t: 1 }] }] as any[] }));
    const renders: number[] = [];
    const Item = memo(({ item }: { readonly item: any }) => {
      renders.push(item.n);
      return <i>{item.n}</i>;
    });
    let set!: Set;
    function List(): ReactNode {
      const [items, setItems] = useGuardedState<any[]>('items');
      set = setItems;
      return items?.map((item, index) => <Item key={index} item={item} />);
    }
    render(
      <GuardProvider state={state}>
        <List />
      </GuardProvider>,
    );
    const [first, second] = state.items;
    const tag = second.tags[0];
    renders.length = 0;
    act(() => set((items: any[]) => [...items, { n: 3 }]));
    expect(renders).toEqual([3]);
    expect([state.items[0] === first, state.items[1] === second]).toEqual([true, true]);
    act(() => set((items: any[]) => items.map((item) => (item.n === 2 ? { ...item, n: 20 } : item))));
    expect(renders).toEqual([3, 20]);
    expect([state.items[0] === first, state.items[1].tags[0] === tag]).toEqual([true, true]);
    // They are not frozen, as the snapshots are that they were set as.
    state.items[1].tags.push({ t: 2 });
    state.items[2].n = 30;
    expect(snapshot(state)).toEqual({ items: [{ n: 1 }, { n: 20, tags: [{ t: 1 }, { t: 2 }] }, { n: 30 }] });
  });

  test('is immutable when it is read', async () => {
    const { state } = await openGuard(() => ({ map: new Map([['a', [1]]]) }));
    const { Show, shown } = show();
    render(
      <GuardProvider state={state}>
        <Show at="map" />
      </GuardProvider>,
    );
    expect(() => shown.value.set('b', [])).toThrow('Cannot change a snapshot');
    expect(() => shown.value.get('a').push(2)).toThrow(TypeError);
    const before = shown.value;
    act(() => shown.set((map: Map<string, number[]>) => new Map([...map, ['b', [2]]])));
    expect(shown.value).toEqual(
      new Map([
        ['a', [1]],
        ['b', [2]],
      ]),
    );
    expect([before.size, shown.value.get('a') === before.get('a')]).toEqual([1, true]);
    state.map.get('a')?.push(3);
    expect(state.map.get('a')).toEqual([1, 3]);
  });
});
