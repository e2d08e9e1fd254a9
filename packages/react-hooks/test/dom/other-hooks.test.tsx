/** The other hooks on a screen of react-dom. */
import '../fixtures/dom.ts';
import { events, type Stats } from '@faultguard/core';
import { waitFor } from '@faultguard/test-kit';
import { act, cleanup, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createGuardHooks,
  dehydrate,
  GuardProvider,
  hydrate,
  useCrash,
  useGuardedReducer,
  useGuardedSnapshot,
  useGuardedState,
  useGuardStatus,
} from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const STATS: Stats = {
  appended: 1,
  mirrored: 0,
  saved: 0,
  degraded: false,
  guardianPid: 5,
  guardiansLost: 0,
};

const text = (): string => document.body.textContent ?? '';

describe('useGuardedReducer', () => {
  test('has appended the next state when dispatch returns, and calls the reducer once', async () => {
    const { state } = await openGuard();
    const reducer = vi.fn<(list: readonly string[], item: string) => readonly string[]>((list, item) => [
      ...list,
      item,
    ]);
    let dispatch!: (item: string) => void;
    const dispatchers = new Set<unknown>();
    function List(): ReactNode {
      const [list, add] = useGuardedReducer('list', reducer, () => ['first']);
      dispatchers.add((dispatch = add));
      return list.join(' ');
    }
    render(
      <GuardProvider state={state}>
        <List />
      </GuardProvider>,
    );
    act(() => {
      dispatch('second');
      dispatch('third');
      expect([state, text()]).toEqual([{ list: ['first', 'second', 'third'] }, 'first']);
    });
    expect([text(), reducer.mock.calls.length, dispatchers.size]).toEqual(['first second third', 2, 1]);
  });

  test('calls the reducer of the last rendering, and does nothing when that returns what there is', async () => {
    const { state, stats } = await openGuard(() => ({ n: 1 }));
    let dispatch!: (action: number) => void;
    function Sum({ factor }: { readonly factor: number }): ReactNode {
      const [n, add] = useGuardedReducer('n', (sum: number, action: number) => sum + action * factor, 0);
      dispatch = add;
      return n;
    }
    const { rerender } = render(
      <GuardProvider state={state}>
        <Sum factor={1} />
      </GuardProvider>,
    );
    rerender(
      <GuardProvider state={state}>
        <Sum factor={10} />
      </GuardProvider>,
    );
    act(() => dispatch(2));
    expect([text(), state.n]).toEqual(['21', 21]);
    const before = stats().appended;
    act(() => dispatch(0));
    expect(stats().appended).toBe(before);
  });
});

describe('useGuardedSnapshot', () => {
  test('renders only when what it selects is another, whatever function selects it', async () => {
    const { state } = await openGuard(() => ({ a: { n: 1 }, b: { n: 1 }, list: [1, 2, 3] }));
    const renders = { a: 0, even: 0, all: 0 };
    function A(): ReactNode {
      renders.a++;
      return useGuardedSnapshot((snapshot: any) => snapshot.a).n;
    }
    const isSame = (one: number[], other: number[]): boolean => one.join() === other.join();
    const selections = new Set<unknown>();
    function Even({ more = 0 }: { readonly more?: number }): ReactNode {
      renders.even++;
      const even = useGuardedSnapshot((s: any) => s.list.filter((n: number) => n % 2 === 0), isSame);
      selections.add(even);
      return `${even.join()}${more}`;
    }
    function All(): ReactNode {
      renders.all++;
      return JSON.stringify(useGuardedSnapshot());
    }
    const screen = (more: number): ReactNode => (
      <GuardProvider state={state}>
        <A /> <Even more={more} /> <All />
      </GuardProvider>
    );
    const { rerender } = render(screen(0));
    expect(text()).toBe('1 20 {"a":{"n":1},"b":{"n":1},"list":[1,2,3]}');
    await act(async () => {
      state.b.n = 2;
      state.list.push(5);
    });
    expect(renders).toEqual({ a: 1, even: 1, all: 2 });
    rerender(screen(1));
    expect(selections.size).toBe(1);
    await act(async () => {
      state.list.push(6);
    });
    expect([text(), selections.size]).toEqual(['1 2,61 {"a":{"n":1},"b":{"n":2},"list":[1,2,3,5,6]}', 2]);
  });

  test('sees what setters write at once, in the same event', async () => {
    const { state } = await openGuard(() => ({ n: 1 }));
    let set!: (n: number) => void;
    const seen: string[] = [];
    function Both(): ReactNode {
      const [n, setN] = useGuardedState<number>('n');
      set = setN;
      seen.push(`${n} ${useGuardedSnapshot((snapshot: any) => snapshot.n)}`);
      return null;
    }
    render(
      <GuardProvider state={state}>
        <Both />
      </GuardProvider>,
    );
    act(() => set(2));
    expect(seen).toEqual(['1 1', '2 2']);
  });
});

describe('useCrash', () => {
  const crash = {
    kind: 'signal',
    exitCode: null,
    signal: 'SIGKILL',
    startedAt: new Date(1),
    crashedAt: new Date(2),
  };

  test('says what this launch goes on from, and is always the same', async () => {
    const { state, stats } = await openGuard();
    const recovered: any = { crash, source: { recordsReplayed: 3 } };
    const seen = new Set<unknown>();
    function Welcome(): ReactNode {
      const found = useCrash();
      seen.add(found);
      return `${found?.kind} ${found?.signal} ${found?.crashedAt.getTime()} ${found?.recovered?.source.recordsReplayed}`;
    }
    const guard = { recovered, stats };
    const { rerender } = render(
      <GuardProvider state={state} guard={guard}>
        <Welcome />
      </GuardProvider>,
    );
    rerender(
      <GuardProvider state={state} guard={guard}>
        <Welcome />
      </GuardProvider>,
    );
    expect([text(), seen.size]).toEqual(['signal SIGKILL 2 3', 1]);
  });

  test('says nothing of a first launch, of a clean end, and without a guard', async () => {
    const guard = await openGuard();
    const Welcome = (): ReactNode => String(useCrash()?.kind);
    for (const given of [guard, undefined, { ...guard, recovered: { source: {} } as any }]) {
      const { unmount } = render(
        <GuardProvider state={guard.state} guard={given}>
          <Welcome />
        </GuardProvider>,
      );
      expect(text()).toBe('undefined');
      unmount();
    }
  });
});

describe('useGuardStatus', () => {
  test('is looked up once a second, and at once when something happens, as long as somebody shows it', async () => {
    vi.useFakeTimers();
    const { state } = await openGuard();
    let stats = STATS;
    const lookUp = vi.fn<() => Stats>(() => ({ ...stats }));
    let renders = 0;
    function Status(): ReactNode {
      renders++;
      const status = useGuardStatus();
      return `${status?.appended}${status?.degraded === false ? '' : ` ${status?.degraded}`} `;
    }
    const listeners = events.listenerCount('degraded');
    const screen = (
      <GuardProvider state={state} guard={{ stats: lookUp }}>
        <Status />
        <Status />
      </GuardProvider>
    );
    const { unmount } = render(screen);
    expect(text()).toBe('1 1 ');
    const looks = lookUp.mock.calls.length;
    act(() => void vi.advanceTimersByTime(5000));
    expect([lookUp.mock.calls.length - looks, renders]).toEqual([5, 2]);
    stats = { ...stats, appended: 2 };
    act(() => void vi.advanceTimersByTime(1000));
    expect(text()).toBe('2 2 ');
    stats = { ...stats, degraded: 'journal' };
    act(() => void events.emit('degraded', { part: 'journal', reason: 'a test' }));
    expect(text()).toBe('2 journal 2 journal ');
    unmount();
    expect([events.listenerCount('degraded'), vi.getTimerCount()]).toEqual([listeners, 0]);
  });

  test('in the page of a browser stays what the server has rendered, and nothing is looked up', async () => {
    const { state } = await openGuard();
    const lookUp = vi.fn<() => Stats>(() => STATS);
    function Status(): ReactNode {
      return useGuardStatus()?.appended;
    }
    const served = renderToString(
      <GuardProvider state={state} guard={{ stats: lookUp }}>
        <Status />
      </GuardProvider>,
    );
    lookUp.mockReturnValue({ ...STATS, appended: 2 });
    const looks = lookUp.mock.calls.length;
    vi.useFakeTimers();
    render(
      <GuardProvider state={hydrate(dehydrate(state))}>
        <Status />
      </GuardProvider>,
    );
    act(() => {
      vi.advanceTimersByTime(5000);
      events.emit('saved', { saved: 2 });
    });
    expect([served, text(), lookUp.mock.calls.length]).toEqual(['1', '1', looks]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says of a real guard that it has mirrored what has been appended', async () => {
    const guard = await openGuard(() => ({ n: 0 }));
    let status: Stats | undefined;
    function Status(): ReactNode {
      status = useGuardStatus();
      return null;
    }
    render(
      <GuardProvider state={guard.state} guard={guard}>
        <Status />
      </GuardProvider>,
    );
    guard.state.n = 1;
    const { appended } = guard.stats();
    await waitFor('the guardian to have it', async () => {
      // What React 18 is told in it is rendered at its end.
      await act(async () => {});
      return (status?.mirrored ?? 0) >= appended;
    });
    expect(status).toMatchObject({ appended, saved: 0, degraded: false, guardiansLost: 0 });
  });
});

test('createGuardHooks gives the same functions', () => {
  expect(createGuardHooks<{ n: number }>()).toEqual({
    useGuardedState,
    useGuardedReducer,
    useGuardedSnapshot,
    useCrash,
    useGuardStatus,
  });
});
