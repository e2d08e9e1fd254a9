/** The same state in the hands of faultguard, of nobody, and of libraries that hand out proxies as well. */

/** 'plain, guarded app' is what an app has beside its guarded state. */
export type StateKind = 'guarded' | 'plain' | 'plain, guarded app' | 'deep proxy' | 'mobx' | 'valtio';

/** Calls `use` with it. Each library is loaded where it is measured only: its heap is nobody else's. */
export async function withState(
  kind: StateKind,
  initial: () => object,
  use: (state: object) => void | Promise<void>,
): Promise<void> {
  if (kind === 'guarded') await guard(initial, use);
  else if (kind === 'plain, guarded app') await guard(Object, () => use(initial()));
  else await use(await makeState(kind, initial()));
}

async function guard(initial: () => object, use: (state: object) => void | Promise<void>): Promise<void> {
  const { start } = await import('@faultguard/core');
  await start({
    initial,
    async launch(state) {
      await use(state);
      // oxlint-disable-next-line unicorn/no-process-exit -- the clean end of the app
      process.exit(0);
    },
  });
}

async function makeState(
  kind: Exclude<StateKind, 'guarded' | 'plain, guarded app'>,
  plain: object,
): Promise<object> {
  if (kind === 'mobx') {
    const { configure, observable } = await import('mobx');
    configure({ enforceActions: 'never' });
    return observable(plain);
  }
  if (kind === 'valtio') return (await import('valtio/vanilla')).proxy(plain);
  if (kind === 'deep proxy') return (await import('./deep-proxy.ts')).createDeepProxy(plain);
  return plain;
}
