import type { FunctionComponent } from 'react';
import { GuardFactsReader } from './guarded/guard-facts.ts';
import { storeOf } from './guarded/store-of.ts';
import { type GuardProviderProps, makeGuardProvider } from './hooks/guard-provider.ts';
import { LocalStore } from './local/local-store.ts';

export { dehydrate } from './payload/dehydrate.ts';
export * from './shared.ts';

/** Gives the components below a guarded state. @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`). */
export const GuardProvider: FunctionComponent<GuardProviderProps> = makeGuardProvider((state, guard) => {
  const store = storeOf(state);
  store.beginRendering();
  const facts = store instanceof LocalStore && guard === undefined ? store.facts : undefined;
  return { store, facts: facts ?? new GuardFactsReader(store, guard) };
});
