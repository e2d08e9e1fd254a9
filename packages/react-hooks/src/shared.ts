/** What the entry for Node and the one for browsers have in common. */
export { createGuardHooks, type GuardHooks } from './hooks/create-guard-hooks.ts';
export type { GuardProviderProps } from './hooks/guard-provider.ts';
export { useCrash } from './hooks/use-crash.ts';
export { useGuardStatus } from './hooks/use-guard-status.ts';
export { type Dispatched, type Reducer, useGuardedReducer } from './hooks/use-guarded-reducer.ts';
export { useGuardedSnapshot } from './hooks/use-guarded-snapshot.ts';
export {
  type GuardedValue,
  type Initial,
  type SetGuarded,
  useGuardedState,
} from './hooks/use-guarded-state.ts';
export { hydrate } from './payload/hydrate.ts';
export type { GuardSource, RecoveredCrash } from './state/facts.ts';
export type { Key, Path, Step } from './state/path.ts';
