/** The provider, for whatever a package entry takes for a state. */
import { createElement, type FunctionComponent, type ReactNode, useMemo } from 'react';
import type { GuardSource } from '../state/facts.ts';
import { GuardContext, type Guarded } from './guard-context.ts';

export interface GuardProviderProps {
  /**
   * The guarded state: what `launch` is given, `guard.state` of `attach`, or any guarded object in it, such as the record
   * of one request. In a browser, what `hydrate` returns. With another one, the components below go over to that.
   */
  readonly state: object;
  /**
   * What `launch` is given as its context, or what `attach` returns: for `useCrash` and `useGuardStatus`, which know
   * nothing without it. Default: none.
   */
  readonly guard?: GuardSource | undefined;
  readonly children?: ReactNode;
}

export function makeGuardProvider(
  open: (state: object, guard: GuardSource | undefined) => Guarded,
): FunctionComponent<GuardProviderProps> {
  function GuardProvider({ state, guard, children }: GuardProviderProps): ReactNode {
    const guarded = useMemo(() => open(state, guard), [state, guard]);
    return createElement(GuardContext.Provider, { value: guarded }, children);
  }
  return GuardProvider;
}
