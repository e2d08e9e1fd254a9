/** The same screen of a thousand components over different states. Each component reads its own row or cell. */
import { createElement, type FunctionComponent, memo, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { attach, type Guard } from '@faultguard/core';
import { createGuardHooks, GuardProvider } from '@faultguard/react-hooks';
import { proxy, useSnapshot } from 'valtio';
import { create } from 'zustand';

export const COMPONENTS = 1000;

export const screenKinds = ['setter', 'mutation', 'zustand', 'valtio'] as const;
export type ScreenKind = (typeof screenKinds)[number];
/** A number for each component, or an object. */
export type ScreenShape = 'cells' | 'rows';

interface Row {
  readonly id: number;
  readonly name: string;
  n: number;
}
interface State {
  cells: number[];
  rows: Row[];
}

export interface Screen {
  readonly counted: { renders: number };
  /** Makes one change, and returns when it is in the document. */
  change(index: number, n: number): Promise<void>;
  textOf(index: number): string;
  close(): Promise<void>;
}

interface Opened {
  readonly useValue: (index: number) => number;
  readonly change: (index: number, n: number) => void;
  /** Changes are told later, in a microtask. */
  readonly isLater?: boolean;
  readonly wrap?: (children: ReactNode) => ReactNode;
  readonly close: () => Promise<void>;
}

const makeState = (): State => ({
  cells: Array.from({ length: COMPONENTS }, (_, index) => index),
  rows: Array.from({ length: COMPONENTS }, (_, id) => ({ id, name: `row ${id}`, n: id })),
});

export async function openScreen(kind: ScreenKind, shape: ScreenShape, container: Element): Promise<Screen> {
  const opened = await open(kind, shape);
  const counted = { renders: 0 };
  const Item: FunctionComponent<{ readonly index: number }> = memo(({ index }) => {
    counted.renders++;
    return createElement('li', null, opened.useValue(index));
  });
  const list = createElement(
    'ul',
    null,
    Array.from({ length: COMPONENTS }, (_, index) => createElement(Item, { key: index, index })),
  );
  const root: Root = createRoot(container);
  flushSync(() => root.render(opened.wrap?.(list) ?? list));
  // Effects, which subscribe.
  await new Promise(setImmediate);
  const items = [...container.querySelectorAll('li')];
  return {
    counted,
    async change(index, n) {
      if (opened.isLater === true) opened.change(index, n);
      else flushSync(() => opened.change(index, n));
      // What is done at the end of the run of code is part of the cost.
      await Promise.resolve();
      if (opened.isLater === true) flushSync(() => {});
    },
    textOf: (index) => items[index]?.textContent ?? '',
    close: () => opened.close(),
  };
}

async function open(kind: ScreenKind, shape: ScreenShape): Promise<Opened> {
  switch (kind) {
    case 'setter':
    case 'mutation':
      return openGuarded(kind, shape);
    case 'zustand': {
      const useStore = create<State>(makeState);
      return {
        useValue: (index) =>
          useStore((state) => (shape === 'cells' ? state.cells[index] : state.rows[index]?.n) as number),
        change: (index, n) =>
          useStore.setState(({ cells, rows }) =>
            shape === 'cells'
              ? { cells: cells.with(index, n) }
              : { rows: rows.with(index, { ...(rows[index] as Row), n }) },
          ),
        close: async () => {},
      };
    }
    case 'valtio': {
      const state = proxy(makeState());
      return {
        useValue: (index) =>
          shape === 'cells'
            ? (useSnapshot(state.cells)[index] as number)
            : useSnapshot(state.rows[index] as Row).n,
        change(index, n) {
          if (shape === 'cells') state.cells[index] = n;
          else (state.rows[index] as Row).n = n;
        },
        isLater: true,
        close: async () => {},
      };
    }
    default:
      throw new RangeError('There is no such kind of screen.');
  }
}

/** A process has one guard: each screen has an object of its own in its state. */
let guard: Promise<Guard<Record<string, State>>> | undefined;

async function openGuarded(kind: 'setter' | 'mutation', shape: ScreenShape): Promise<Opened> {
  const { state: all, close } = await (guard ??= attach<Record<string, State>>({ initial: () => ({}) }));
  all[kind] = makeState();
  const state = all[kind];
  const { useGuardedState } = createGuardHooks<State>();
  const setters: ((n: number) => void)[] = [];
  return {
    useValue(index) {
      const [n, set] = useGuardedState(shape === 'cells' ? ['cells', index] : ['rows', index, 'n'], 0);
      setters[index] = set;
      return n;
    },
    change(index, n) {
      if (kind === 'setter') setters[index]?.(n);
      else if (shape === 'cells') state.cells[index] = n;
      else (state.rows[index] as Row).n = n;
    },
    isLater: kind === 'mutation',
    wrap: (children) => createElement(GuardProvider, { state }, children),
    close,
  };
}
