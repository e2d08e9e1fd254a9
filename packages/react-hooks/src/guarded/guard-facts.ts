/**
 * What a guard says of itself, for components.
 *
 * Invariants:
 * 1. Its numbers are looked up once for all components that show them, and by nobody when there are none.
 * 2. No timer of it keeps the process alive.
 * 3. In one server rendering they are the same everywhere, and they are what `dehydrate` tells the browser.
 */
import { events, type GuardEvents, type Stats } from '@faultguard/core';
import type { FactsReader, GuardFacts, GuardSource, RecoveredCrash } from '../state/facts.ts';
import type { Store } from '../state/store.ts';

/** Milliseconds between two looks: often enough to be watched, at a few system calls each. */
const STATUS_INTERVAL_MS = 1000;

const TOLD_AT_ONCE = ['saved', 'degraded', 'healed', 'guardian-lost', 'guardian-restored'] as const;

/** Of one provider, which in server rendering is one request. */
export class GuardFactsReader implements FactsReader {
  readonly #store: Store;
  readonly #guard: GuardSource | undefined;
  readonly #shown: GuardFacts = {};

  constructor(store: Store, guard: GuardSource | undefined) {
    this.#store = store;
    this.#guard = guard;
  }

  crash(): RecoveredCrash | undefined {
    return this.#guard === undefined ? undefined : crashOf(this.#guard);
  }

  shownCrash(): RecoveredCrash | undefined {
    const crash = this.crash();
    if (crash === undefined) return undefined;
    this.#store.shown = this.#shown;
    return (this.#shown.crash ??= withoutDetails(crash));
  }

  status(): Stats | undefined {
    return this.#guard === undefined ? undefined : statusOf(this.#guard).current();
  }

  shownStatus(): Stats | undefined {
    if (this.#guard === undefined) return undefined;
    this.#store.shown = this.#shown;
    return (this.#shown.status ??= this.#guard.stats());
  }

  watchStatus(listener: () => void): () => void {
    return this.#guard === undefined ? () => {} : statusOf(this.#guard).watch(listener);
  }
}

const crashes = new WeakMap<GuardSource, RecoveredCrash>();

function crashOf(guard: GuardSource): RecoveredCrash | undefined {
  const { recovered } = guard;
  if (recovered?.crash === undefined) return undefined;
  let crash = crashes.get(guard);
  if (crash === undefined) {
    const { kind, exitCode, signal, startedAt, crashedAt, uptimeMs } = recovered.crash;
    crash = {
      kind,
      exitCode,
      signal,
      startedAt,
      crashedAt,
      ...(uptimeMs !== undefined && { uptimeMs }),
      recovered,
    };
    crashes.set(guard, crash);
  }
  return crash;
}

function withoutDetails(crash: RecoveredCrash): RecoveredCrash {
  const { recovered: _recovered, ...shown } = crash;
  return shown;
}

class GuardStatus {
  readonly #guard: GuardSource;
  readonly #listeners = new Set<() => void>();
  #current: Stats | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(guard: GuardSource) {
    this.#guard = guard;
  }

  current(): Stats {
    return (this.#current ??= this.#guard.stats());
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  readonly #look = (): void => {
    const before = this.#current;
    const now = this.#guard.stats();
    const names = Object.keys(now) as (keyof Stats)[];
    if (before !== undefined && names.every((name) => before[name] === now[name])) return;
    this.#current = now;
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener();
  };

  #begin(): void {
    this.#look();
    this.#timer = setInterval(this.#look, STATUS_INTERVAL_MS);
    this.#timer.unref();
    for (const name of TOLD_AT_ONCE) events.on<keyof GuardEvents>(name, this.#look);
  }

  #end(): void {
    clearInterval(this.#timer);
    for (const name of TOLD_AT_ONCE) events.off<keyof GuardEvents>(name, this.#look);
  }
}

const statuses = new WeakMap<GuardSource, GuardStatus>();

function statusOf(guard: GuardSource): GuardStatus {
  let status = statuses.get(guard);
  if (status === undefined) statuses.set(guard, (status = new GuardStatus(guard)));
  return status;
}
