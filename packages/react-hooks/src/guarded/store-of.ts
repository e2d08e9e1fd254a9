/** What a provider was given, as a store. */
import { LocalStore } from '../local/local-store.ts';
import type { Store } from '../state/store.ts';
import { guardedStoreOf } from './guarded-store.ts';

/** A guarded object, or what `hydrate` returns. @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`). */
export function storeOf(state: object): Store {
  return state instanceof LocalStore ? state : guardedStoreOf(state);
}
