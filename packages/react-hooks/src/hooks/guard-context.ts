/** What the hooks of a tree have in common: the store and the guard of the provider above them. */
import { type Context, createContext, useContext } from 'react';
import type { FactsReader } from '../state/facts.ts';
import type { Store } from '../state/store.ts';

export interface Guarded {
  readonly store: Store;
  readonly facts: FactsReader;
}

export const GuardContext: Context<Guarded | undefined> = createContext<Guarded | undefined>(undefined);

/** @throws Error without a provider. */
export function useGuarded(): Guarded {
  const guarded = useContext(GuardContext);
  if (guarded !== undefined) return guarded;
  throw new Error('The hooks of @faultguard/react-hooks need a <GuardProvider state={…}> above them.');
}
