/** What cannot be guarded is a compile error that names the property. Checked by the compiler: `tsc --noEmit`. */
import {
  type Guardable,
  type Snapshot,
  type StartOptions,
  snapshot,
  start,
  transaction,
  type Unguardable,
} from '../../src/index.ts';

class User {
  name = 'Ada';
  greet(): string {
    return this.name;
  }
}

class Stranger {
  greet(): string {
    return 'hello';
  }
}

declare module '../../src/guardable.ts' {
  interface RegisteredClasses {
    User: User;
  }
}

/** Everything that can be guarded passes as it is. */
interface Kept {
  text: string;
  optional?: number | null;
  big: bigint;
  list: { x: number }[];
  tuple: [number, string];
  readonly constant: readonly number[];
  map: Map<string, Map<number, Date>>;
  set: ReadonlySet<URL>;
  byObject: Map<{ id: number }, Set<object>>;
  anything: Map<any, any>;
  error: Error;
  expression: RegExp;
  trace: Float64Array;
  bytes: Buffer;
  user: User;
  users: Map<string, User>;
  unknown: unknown;
  record: Record<string, number>;
  tree: Tree;
}
interface Tree {
  children: Tree[];
  value?: string;
}

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;
/** Compiles for `true` only. */
type IsTrue<Condition extends true> = Condition;

export type Checks = [
  IsTrue<Same<Guardable<Kept>, Kept>>,
  IsTrue<Same<Guardable<() => void>, Unguardable<'a function cannot be guarded'>>>,
  IsTrue<Same<Guardable<Promise<number>>, Unguardable<'nobody can look into it'>>>,
  IsTrue<
    Same<Guardable<{ a: { b: WeakMap<object, number> } }>['a']['b'], Unguardable<'nobody can look into it'>>
  >,
  IsTrue<Same<Snapshot<{ list: number[] }>, { readonly list: readonly number[] }>>,
];

export async function uses(): Promise<void> {
  await start({
    initial: () => ({
      rows: [] as { i: number }[],
      users: new Map<string, User>(),
      trace: new Float64Array(3),
    }),
    launch: (state) => {
      state.rows.push({ i: 1 });
      state.users.get('ada')?.greet();
      const sum: number = transaction(state, () => state.rows.length + (state.trace[0] ?? 0));
      const copy = snapshot(state);
      // @ts-expect-error -- a snapshot is read-only
      copy.rows.push({ i: sum });
    },
  });
  await start<Kept>({ launch: (state) => void state.tree.children });
  await start({ launch: (state) => (state['anything'] = 1) });

  await start({
    // @ts-expect-error -- user.onClick is a function
    initial: () => ({ user: { onClick: () => {} } }),
    launch: () => {},
  });
  await start({
    // @ts-expect-error -- the values of the Map are promises
    initial: () => ({ pending: new Map<string, Promise<number>>() }),
    launch: () => {},
  });
  await start({
    // @ts-expect-error -- its class is not registered
    initial: () => ({ stranger: new Stranger() }),
    launch: () => {},
  });
  // @ts-expect-error -- "state.session.close cannot be guarded"
  await start<{ n: number; session: { close(): void } }>({ launch: () => {} });
  // What the state is does not matter to a function that takes any options.
  const options: StartOptions<{ n: number }> = { launch: (state) => void state.n };
  await start(options);
}
