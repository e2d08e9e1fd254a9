/** The entry for browsers (condition `browser` of the package's exports): no code of Node's, and no guard. */
import type { FunctionComponent } from 'react';
import { type GuardProviderProps, makeGuardProvider } from './hooks/guard-provider.ts';
import { LocalStore } from './local/local-store.ts';

export * from './shared.ts';

/** Gives the components below a state that `hydrate` has returned. @throws TypeError for another one. */
export const GuardProvider: FunctionComponent<GuardProviderProps> = makeGuardProvider((state) => {
  if (state instanceof LocalStore) return { store: state, facts: state.facts };
  throw new TypeError('In a browser, <GuardProvider> takes as its state what hydrate() returns.');
});
