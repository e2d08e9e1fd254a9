/** What React asks of whoever lives outside of it: concurrent rendering, Suspense, transitions, error boundaries, hot reload. */
import '../fixtures/dom.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { waitFor } from '@faultguard/test-kit';
import { act, cleanup, fireEvent, render } from '@testing-library/react';
import {
  Component,
  type ReactNode,
  startTransition,
  StrictMode,
  Suspense,
  useDeferredValue,
  useLayoutEffect,
  useState,
} from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { GuardProvider, useGuardedSnapshot, useGuardedState } from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';

afterEach(cleanup);

const text = (): string => document.body.textContent ?? '';

test('in concurrent rendering no two components ever show two versions of the state', async () => {
  const { state } = await openGuard(() => ({ n: 0 }));
  const container = document.createElement('div');
  document.body.append(container);
  // Not by act, which renders in one go.
  (globalThis as any).IS_REACT_ACT_ENVIRONMENT = false;
  const root = createRoot(container);
  onTestFinished(() => {
    root.unmount();
    container.remove();
    (globalThis as any).IS_REACT_ACT_ENVIRONMENT = true;
  });
  const rendered = new Set<number>();
  function Slow(): ReactNode {
    const [n] = useGuardedState<number>('n', 0);
    const whole = useGuardedSnapshot((snapshot: any) => snapshot.n);
    rendered.add(n);
    const until = performance.now() + 1;
    while (performance.now() < until);
    return <i>{`${n} ${whole} `}</i>;
  }
  const shown = (): string[] => [...new Set((container.textContent ?? '').trim().split(' '))];
  const seen: string[][] = [];
  let show!: () => void;
  function App(): ReactNode {
    const [isShown, setShown] = useState(false);
    show = () => startTransition(() => setShown(true));
    useLayoutEffect(() => {
      if (isShown) seen.push(shown());
    });
    return isShown && Array.from({ length: 60 }, (_, index) => <Slow key={index} />);
  }
  root.render(
    <GuardProvider state={state}>
      <App />
    </GuardProvider>,
  );
  await waitFor('the first rendering', () => show !== undefined);
  show();
  // Between two slices of the rendering, as an event does. The first one is to be the screen's.
  for (let slice = 0; slice < 1000 && seen.length === 0; slice++) {
    await nextTurn();
    if (rendered.size > 0) state.n++;
  }
  expect(rendered.size).toBeGreaterThan(1);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((numbers) => numbers.length > 1)).toEqual([]);
  await waitFor('the last change', () => shown().join() === String(state.n));
});

test('a component that is thrown away before it is on the screen has written nothing', async () => {
  const { state } = await openGuard();
  const { promise, resolve } = Promise.withResolvers<void>();
  const initial = vi.fn<() => number>(() => Math.random());
  let isReady = false;
  function Waiting(): ReactNode {
    const [value] = useGuardedState('random', initial);
    if (!isReady) throw promise;
    return <b>{value}</b>;
  }
  const { rerender } = render(
    <GuardProvider state={state}>
      <Suspense fallback="wait">
        <Waiting />
      </Suspense>
    </GuardProvider>,
  );
  expect([text(), state]).toEqual(['wait', {}]);
  isReady = true;
  await act(async () => resolve());
  expect([text(), initial.mock.calls.length]).toEqual([String(Reflect.get(state, 'random')), 1]);
  rerender(<GuardProvider state={state}>gone</GuardProvider>);
  expect(Object.keys(state)).toEqual(['random']);
});

test('a transition shows the value at once, and useDeferredValue lets it wait', async () => {
  const { state } = await openGuard(() => ({ query: 'a' }));
  let set!: (next: string) => void;
  const deferred: string[] = [];
  function Search(): ReactNode {
    const [query, setQuery] = useGuardedState<string>('query');
    set = setQuery;
    const late = useDeferredValue(query);
    deferred.push(`${query}${late}`);
    return <p>{query}</p>;
  }
  render(
    <GuardProvider state={state}>
      <Search />
    </GuardProvider>,
  );
  act(() => startTransition(() => set('b')));
  expect([text(), state.query]).toEqual(['b', 'b']);
  expect(deferred).toContain('ba');
  expect(deferred.at(-1)).toBe('bb');
});

class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: Error }> {
  override state: { readonly error?: Error } = {};
  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }
  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : `caught ${this.state.error.message}`;
  }
}

test('a render error that a boundary catches is no crash: the guard and the state go on', async () => {
  const { state, stats } = await openGuard(() => ({ n: 1 }));
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  let set!: (next: number) => void;
  function Fragile(): ReactNode {
    const [n, setN] = useGuardedState<number>('n');
    set = setN;
    if (n === 2) throw new Error('at two');
    return <i>{n}</i>;
  }
  render(
    <GuardProvider state={state}>
      <Boundary>
        <Fragile />
      </Boundary>
      <Boundary>
        <Refused />
      </Boundary>
      <Other />
    </GuardProvider>,
  );
  function Refused(): ReactNode {
    useGuardedState('refused', () => ({ on: () => 1 }));
    return 'not to be seen';
  }
  function Other(): ReactNode {
    return <b>{useGuardedState<number>('n')[0]}</b>;
  }
  expect(text()).toBe('1caught state.refused.on: a function cannot be guarded. The state has not changed.1');
  act(() => set(2));
  act(() => set(3));
  error.mockRestore();
  expect(text()).toContain('caught at two');
  expect(text().at(-1)).toBe('3');
  expect([state, stats().degraded]).toEqual([{ n: 3 }, false]);
});

test('a component that is replaced by its next version, as hot reload does, finds its state', async () => {
  const { state } = await openGuard();
  const before = new Map<unknown, unknown>();
  // What react-refresh does: a new function in the place of the old one, with or without what React itself has kept.
  const makeVersion = (label: string): (() => ReactNode) => {
    function Version(): ReactNode {
      const [n, set] = useGuardedState('n', 1);
      before.set(label, set);
      return <button onClick={() => set(n + 1)}>{`${label} ${n}`}</button>;
    }
    return Version;
  };
  const [First, Second] = [makeVersion('first'), makeVersion('second')];
  const { rerender, getByRole } = render(
    <GuardProvider state={state}>
      <First />
    </GuardProvider>,
  );
  fireEvent.click(getByRole('button'));
  rerender(
    <GuardProvider state={state}>
      <Second />
    </GuardProvider>,
  );
  expect(text()).toBe('second 2');
  fireEvent.click(getByRole('button'));
  act(() => void (before.get('first') as any)(10));
  expect([text(), state]).toEqual(['second 10', { n: 10 }]);
});

test('StrictMode, which does everything twice, ends with one subscription and one write', async () => {
  const { state, stats } = await openGuard(() => ({ n: 0 }));
  let renders = 0;
  let set!: (next: (n: number) => number) => void;
  function Strict(): ReactNode {
    const [n, setN] = useGuardedState('n', 0);
    set = setN;
    renders++;
    return <i>{n}</i>;
  }
  const { unmount } = render(
    <StrictMode>
      <GuardProvider state={state}>
        <Strict />
      </GuardProvider>
    </StrictMode>,
  );
  const before = stats().appended;
  renders = 0;
  act(() => set((n) => n + 1));
  expect([text(), renders]).toEqual(['1', 2]);
  const one = stats().appended - before;
  state.n = 2;
  expect(stats().appended - before).toBe(2 * one);
  unmount();
});

test('an input that shows a guarded value keeps its text and its caret in the midst of it', async () => {
  const { state } = await openGuard(() => ({ draft: 'helo' }));
  function Input(): ReactNode {
    const [draft, setDraft] = useGuardedState<string>('draft');
    return <input value={draft} onChange={(event) => setDraft(event.target.value)} />;
  }
  const { getByRole } = render(
    <GuardProvider state={state}>
      <Input />
    </GuardProvider>,
  );
  const input = getByRole('textbox') as HTMLInputElement;
  const writes: string[] = [];
  const { set, get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value') as any;
  Object.defineProperty(input, 'value', {
    configurable: true,
    get() {
      return get.call(this);
    },
    set(value: string) {
      writes.push(value);
      set.call(this, value);
    },
  });
  fireEvent.change(input, { target: { value: 'hello' } });
  expect([input.value, state.draft]).toEqual(['hello', 'hello']);
  // An input that React sets back to what it was, and later to what it is, loses its caret.
  expect(writes).not.toContain('helo');
});
