/** The same hooks, whose keys and values are checked by the compiler against the type of the state. */
import type { Snapshot, Stats } from '@faultguard/core';
import type { RecoveredCrash } from '../state/facts.ts';
import type { Path, Step } from '../state/path.ts';
import { useCrash } from './use-crash.ts';
import { useGuardStatus } from './use-guard-status.ts';
import { type Dispatched, type Reducer, useGuardedReducer } from './use-guarded-reducer.ts';
import { useGuardedSnapshot } from './use-guarded-snapshot.ts';
import { type GuardedValue, type Initial, useGuardedState } from './use-guarded-state.ts';

/** What one step leads to; undefined where something may be missing. */
type Below<Parent, At> =
  Parent extends ReadonlyMap<infer MapKey, infer Value>
    ? At extends MapKey
      ? Value | undefined
      : NoSuchPlace
    : At extends keyof Parent
      ? IsOpen<Parent> extends true
        ? Parent[At] | undefined
        : Parent[At]
      : NoSuchPlace;

/** An array or a record of any length: there may be nothing under a key that the type allows. */
type IsOpen<Parent> = Parent extends readonly unknown[]
  ? number extends Parent['length']
    ? true
    : false
  : string extends keyof Parent
    ? true
    : number extends keyof Parent
      ? true
      : false;

declare const noSuchPlace: unique symbol;
/** The type of a path that the state does not have. */
interface NoSuchPlace {
  readonly [noSuchPlace]: never;
}

/** What stands at a path in a state of that type. */
type At<State, P extends Path> = P extends readonly [infer First extends Step, ...infer Rest extends Path]
  ? Through<Below<NonNullable<State>, First>, Rest> | OrNothing<State>
  : State;
type Through<Child, Rest extends Path> = Child extends NoSuchPlace
  ? NoSuchPlace
  : Rest extends readonly []
    ? Child
    : At<Child, Rest>;
type OrNothing<State> = State extends null | undefined ? undefined : never;

/** Something can be assigned to it only if the path leads somewhere. */
type Existing<State, P extends Path> = NoSuchPlace extends At<State, P> ? NoSuchPlace : unknown;
type Present<Value> = Exclude<Value, undefined>;

/** The hooks of this package for a state of one type. */
export interface GuardHooks<State extends object> {
  readonly useGuardedState: {
    <K extends keyof State & string>(
      key: K,
      initial: Initial<Present<State[K]>>,
    ): GuardedValue<Present<State[K]>>;
    <K extends keyof State & string>(key: K): GuardedValue<State[K]>;
    <const P extends Path>(
      path: P & Existing<State, P>,
      initial: Initial<Present<At<State, P>>>,
    ): GuardedValue<Present<At<State, P>>>;
    <const P extends Path>(path: P & Existing<State, P>): GuardedValue<At<State, P>>;
    <Value>(
      goThere: (state: State) => Value,
      initial: Initial<Present<NoInfer<Value>>>,
    ): GuardedValue<Present<Value>>;
    <Value>(goThere: (state: State) => Value): GuardedValue<Value>;
  };
  readonly useGuardedReducer: {
    <K extends keyof State & string, Action>(
      key: K,
      reducer: Reducer<Snapshot<Present<State[K]>>, Action>,
      initial: Initial<Present<State[K]>>,
    ): Dispatched<Snapshot<Present<State[K]>>, Action>;
    <const P extends Path, Action>(
      path: P & Existing<State, P>,
      reducer: Reducer<Snapshot<Present<At<State, P>>>, Action>,
      initial: Initial<Present<At<State, P>>>,
    ): Dispatched<Snapshot<Present<At<State, P>>>, Action>;
    <Value, Action>(
      goThere: (state: State) => Value,
      reducer: Reducer<Snapshot<Present<NoInfer<Value>>>, Action>,
      initial: Initial<Present<NoInfer<Value>>>,
    ): Dispatched<Snapshot<Present<Value>>, Action>;
  };
  readonly useGuardedSnapshot: {
    <Selection>(
      selector: (state: Snapshot<State>) => Selection,
      isEqual?: (before: Selection, after: Selection) => boolean,
    ): Selection;
    (): Snapshot<State>;
  };
  readonly useCrash: () => RecoveredCrash | undefined;
  readonly useGuardStatus: () => Stats | undefined;
}

const hooks = { useGuardedState, useGuardedReducer, useGuardedSnapshot, useCrash, useGuardStatus };

/**
 * The hooks for a state of that type: keys that it does not have, and values that do not fit, are compile-time errors.
 * They are the same functions; call it once, in a module.
 */
export function createGuardHooks<State extends object>(): GuardHooks<State> {
  return hooks;
}
