/** Keys that the state does not have, and values that do not fit, are compile errors. Checked by the compiler: `tsc --noEmit`. */
import { createGuardHooks, useGuardedReducer, useGuardedSnapshot, useGuardedState } from '../../src/index.ts';

interface State {
  count: number;
  name?: string;
  user: { name: string; tags: string[]; address: { city: string } | null };
  items: { id: number; done: boolean }[];
  pair: [number, string];
  sessions: Map<string, { since: Date }>;
  record: Record<string, number>;
}

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;
/** Compiles for `true` only. */
type IsTrue<Condition extends true> = Condition;

// oxlint-disable-next-line eslint/no-unused-vars, typescript/no-unnecessary-type-parameters -- for its constraint
function check<_Checks extends true[]>(): void {}

const hooks = createGuardHooks<State>();

export function Keys(): void {
  const [count, setCount] = hooks.useGuardedState('count', 0);
  setCount(1);
  setCount((n) => n + 1);
  // @ts-expect-error -- not a number
  setCount('1');
  // @ts-expect-error -- no such property
  hooks.useGuardedState('cuont', 0);
  // @ts-expect-error -- not a number
  hooks.useGuardedState('count', '0');
  const [name] = hooks.useGuardedState('name');
  const [named] = hooks.useGuardedState('name', 'Ada');
  const [user, setUser] = hooks.useGuardedState('user');
  // @ts-expect-error -- what is read is immutable
  user.tags.push('x');
  setUser((before) => ({ ...before, tags: [...before.tags, 'x'] }));
  // @ts-expect-error -- a tag is a string
  setUser((before) => ({ ...before, tags: [...before.tags, 1] }));
  check<
    [
      IsTrue<Same<typeof count, number>>,
      IsTrue<Same<typeof name, string | undefined>>,
      IsTrue<Same<typeof named, string>>,
      IsTrue<Same<typeof user.tags, readonly string[]>>,
    ]
  >();
}

export function Paths(): void {
  const [city] = hooks.useGuardedState(['user', 'address', 'city']);
  const [done, setDone] = hooks.useGuardedState(['items', 3, 'done']);
  const [begun] = hooks.useGuardedState(['items', 3, 'done'], false);
  const [second] = hooks.useGuardedState(['pair', 1]);
  const [since] = hooks.useGuardedState(['sessions', 'ada', 'since']);
  const [value] = hooks.useGuardedState(['record', 'x']);
  const [item] = hooks.useGuardedState(['items', 0]);
  setDone(true);
  // @ts-expect-error -- not a boolean
  setDone('yes');
  // @ts-expect-error -- no such place
  hooks.useGuardedState(['user', 'nam']);
  // @ts-expect-error -- no such place
  hooks.useGuardedState(['items', 'first']);
  // @ts-expect-error -- keys of that Map are strings
  hooks.useGuardedState(['sessions', 5]);
  // @ts-expect-error -- there is nothing in a number
  hooks.useGuardedState(['count', 'x']);
  check<
    [
      IsTrue<Same<typeof city, string | undefined>>,
      IsTrue<Same<typeof done, boolean | undefined>>,
      IsTrue<Same<typeof begun, boolean>>,
      IsTrue<Same<typeof second, string>>,
      IsTrue<Same<typeof since, Date | undefined>>,
      IsTrue<Same<typeof value, number | undefined>>,
      IsTrue<Same<typeof item, { readonly id: number; readonly done: boolean } | undefined>>,
    ]
  >();
}

export function Selectors(): void {
  const [name, setName] = hooks.useGuardedState((state) => state.user.name);
  const [city] = hooks.useGuardedState((state) => state.user.address?.city, 'Paris');
  setName('Grace');
  // @ts-expect-error -- not a string
  setName(5);
  // @ts-expect-error -- no such property
  hooks.useGuardedState((state) => state.user.nam);
  check<[IsTrue<Same<typeof name, string>>, IsTrue<Same<typeof city, string>>]>();
}

export function Others(): void {
  const [count, add] = hooks.useGuardedReducer('count', (n, by: number) => n + by, 0);
  add(1);
  // @ts-expect-error -- the action is a number
  add('1');
  const ids = hooks.useGuardedSnapshot((state) => state.items.map(({ id }) => id));
  const all = hooks.useGuardedSnapshot();
  // @ts-expect-error -- a snapshot is immutable
  all.count = 1;
  check<
    [
      IsTrue<Same<typeof count, number>>,
      IsTrue<Same<typeof ids, number[]>>,
      IsTrue<Same<typeof all.pair, readonly [number, string]>>,
    ]
  >();
}

/** Without a type of the state, the value is what it begins with. */
export function Untyped(): void {
  const [n, setN] = useGuardedState('n', 0);
  const [list] = useGuardedState<string[]>('list', () => []);
  const [unknown] = useGuardedState<Date>('date');
  const [sum, add] = useGuardedReducer('sum', (present: number, by: number) => present + by, 0);
  const selected = useGuardedSnapshot((state: { a: number }) => state.a);
  setN((before) => before + 1);
  add(2);
  check<
    [
      IsTrue<Same<typeof n, number>>,
      IsTrue<Same<typeof list, readonly string[]>>,
      IsTrue<Same<typeof unknown, Date | undefined>>,
      IsTrue<Same<typeof sum, number>>,
      IsTrue<Same<typeof selected, number>>,
    ]
  >();
}
