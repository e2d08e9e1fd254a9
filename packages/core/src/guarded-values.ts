/**
 * What one can do with a guarded value beside using it. The code behind it is loaded in the app's process alone.
 */
import { NotGuardedError } from './errors.ts';
import type { Snapshot } from './guardable.ts';

/** The app's side. Each calls `refuse`, which throws, for what is not guarded. */
export interface GuardedValues {
  transaction<Result>(value: unknown, run: () => Result, refuse: () => never): Result;
  snapshot(value: unknown, refuse: () => never): object;
  subscribe(value: unknown, listener: () => void, refuse: () => never): () => void;
}

let guardedValues: GuardedValues | undefined;

export function provideGuardedValues(provided: GuardedValues): void {
  guardedValues = provided;
}

/** Nothing is guarded in a process that is not an app's. */
function inApp(refuse: () => never): GuardedValues {
  return guardedValues ?? refuse();
}

function refuseTransaction(): never {
  throw new NotGuardedError('transaction');
}

function refuseSnapshot(): never {
  throw new NotGuardedError('snapshot');
}

function refuseSubscribe(): never {
  throw new NotGuardedError('subscribe');
}

/**
 * Runs `run`, and makes one of all that it does to the state: a rescue sees all of it or nothing, and when `run`
 * throws, everything is again as it was before, in the app too. Transactions can be nested: one that throws inside
 * another takes back its own part.
 *
 * A transaction that is not over holds back everything that is assigned, so keep it short. What cannot be undone
 * (`Object.freeze` and the like) is refused in it. With typed arrays in the state, their bytes are copied when it
 * begins.
 *
 * @param state - the state, or any guarded object of it: the transaction is one of the whole state.
 * @param run - must not be asynchronous; what it returns is returned.
 * @throws what `run` throws; TypeError when `run` is asynchronous or returns a promise (nothing of it is kept then,
 *   of what it does before its first `await`); NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`).
 */
export function transaction<Result>(state: object, run: () => Result): Result {
  return inApp(refuseTransaction).transaction(state, run, refuseTransaction);
}

/**
 * An immutable plain copy of a guarded object and everything under it. What has not changed since the last snapshot
 * is the same object as in that one, so `===` tells whether anything has. It costs time in proportion to the
 * objects that have changed, each with all its own properties or elements. Typed arrays are compared byte by byte.
 *
 * Objects and arrays of it are frozen, and Maps, Sets, Dates and URLs throw when they are told to change. The
 * elements of its typed arrays can be written to: they are a copy.
 *
 * @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`).
 */
export function snapshot<Value extends object>(node: Value): Snapshot<Value> {
  return inApp(refuseSnapshot).snapshot(node, refuseSnapshot) as Snapshot<Value>;
}

/**
 * Calls `listener` after each run of code (in a microtask) in which the object or anything under it has changed:
 * once, however many changes there were, and not at all when they cancel each other out. Writes to elements of typed
 * arrays are not seen. What a listener throws is an uncaught exception; other listeners are called all the same.
 *
 * @returns a function that ends the subscription. Calling it again does nothing.
 * @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`).
 */
export function subscribe(node: object, listener: () => void): () => void {
  return inApp(refuseSubscribe).subscribe(node, listener, refuseSubscribe);
}
