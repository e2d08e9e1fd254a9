/** Where in the guarded state something of ours is: a property of it, by the name that option `place` gives. */
import { InvalidOptionError, NotGuardedError, transaction } from '@faultguard/core';

export interface PlaceKind<Held extends object> {
  /** Who asks, for the error of a state that is not guarded. */
  readonly functionName: string;
  /** What is wrong when something else is there: `holds something else`. */
  readonly trouble: string;
  is(this: void, found: unknown): found is Held;
  make(this: void): Held;
}

/** @throws NotGuardedError; InvalidOptionError when something else is there, which stays as it is. */
export function findOrMakePlace<Held extends object>(
  state: object,
  place: string,
  { functionName, trouble, is, make }: PlaceKind<Held>,
): Held {
  const found: unknown = Reflect.get(state, place);
  if (is(found)) return found;
  if (found !== undefined) {
    throw new InvalidOptionError(
      'place',
      `is "${place}", and state.${place} ${trouble}. It stays as it is; name a free place.`,
    );
  }
  inTransaction(functionName, state, () => Reflect.set(state, place, make()));
  return Reflect.get(state, place) as Held;
}

/** What is in a plain state would be lost without a word. @throws NotGuardedError. */
export function checkGuarded(functionName: string, state: object): void {
  inTransaction(functionName, state, () => undefined);
}

function inTransaction(functionName: string, state: object, run: () => unknown): void {
  try {
    transaction(state, run);
  } catch (error) {
    throw error instanceof NotGuardedError ? new NotGuardedError(functionName) : error;
  }
}
