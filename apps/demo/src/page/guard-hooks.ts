/** The hooks, for what this page is rendered of. */
import { createGuardHooks, type GuardHooks } from '@faultguard/react-hooks';
import type { View } from '../notebook/view.ts';

export interface PageState {
  readonly view: View;
}

const hooks: GuardHooks<PageState> = createGuardHooks<PageState>();
export const useGuardedState: GuardHooks<PageState>['useGuardedState'] = hooks.useGuardedState;
