/** What there is to know of a guard beside its state. */
import type { Crash, Recovered, Stats } from '@faultguard/core';

/** What `GuardProvider` wants of a guard: the context of `launch` has it, and so has what `attach` returns. */
export interface GuardSource {
  readonly recovered?: Recovered;
  stats(): Stats;
}

/** The crash that this launch goes on from. */
export interface RecoveredCrash extends Pick<
  Crash,
  'kind' | 'exitCode' | 'signal' | 'startedAt' | 'crashedAt' | 'uptimeMs'
> {
  /**
   * All that is known of it, the error and its stack too. Absent in server rendering and in the browser: that is not for
   * whoever reads the page.
   */
  readonly recovered?: Recovered;
}

/** As they are in a page: what the server has shown, its browser shows again. */
export interface GuardFacts {
  crash?: RecoveredCrash | undefined;
  status?: Stats | undefined;
}

/** Where `useCrash` and `useGuardStatus` have their answers from. */
export interface FactsReader {
  crash(): RecoveredCrash | undefined;
  /** In server rendering, and in the browser as long as it takes over what the server has rendered. */
  shownCrash(): RecoveredCrash | undefined;
  status(): Stats | undefined;
  shownStatus(): Stats | undefined;
  /** Calls `listener` when the status is another. Returns a function that ends it. */
  watchStatus(listener: () => void): () => void;
}
