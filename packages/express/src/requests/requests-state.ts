/**
 * Where the guarded state has its requests.
 *
 * 1. A request with an idempotency key is in exactly one of `running`, `interrupted` and `done` between two turns of
 *    the event loop. Within a turn it may be in two of them: it is put into the next one before it is taken out of
 *    the last. Read after a crash, the later one counts.
 * 2. The order of `interrupted` and of `done` is that in which requests got there, so the oldest is the first.
 * 3. A request with a key leaves `inFlight` before it leaves `running`, and comes there after it: what is in flight and not
 *    running has no key.
 *
 * No transaction is used, since one copies the bytes of all typed arrays of the state.
 */
import { findOrMakePlace, type PlaceKind } from '../place.ts';
import { type GuardedRequest, idOf, readLine, type RequestLine, THIS_LIFE } from './request-record.ts';

interface RunningRequest {
  /** Tells a repeated request from another one with the same key. */
  readonly fingerprint: string;
  readonly request: GuardedRequest;
}

export interface InterruptedRequest extends RunningRequest {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface KeptResponse {
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** What it counts for `keepBytes`. */
  readonly bytes: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Null when it was too large to be kept. */
  readonly body: string | null;
  readonly encoding: 'utf8' | 'base64';
}

/** What is at `state.requests`. */
export interface GuardedRequests {
  /** What the ids of this life begin with. */
  life: string;
  /** By number in this life. A line of text until anybody asks for the record, such as `GET 1795887171170 /orders/7`. */
  readonly inFlight: Map<number, GuardedRequest | RequestLine>;
  /** By idempotency key, as the other two. These are in flight. */
  readonly running: Map<string, RunningRequest>;
  /** Have come to no end, in this life or an earlier one. */
  readonly interrupted: Map<string, InterruptedRequest>;
  readonly done: Map<string, KeptResponse>;
}

/** For the type of your state: `interface State extends RequestsState { … }`. */
export interface RequestsState {
  requests?: GuardedRequests;
}

export const DEFAULT_PLACE = 'requests';

const KIND: PlaceKind<GuardedRequests> = {
  functionName: 'guardRequests',
  trouble: 'holds something else',
  is: isGuardedRequests,
  make: () => ({
    life: THIS_LIFE,
    inFlight: new Map(),
    running: new Map(),
    interrupted: new Map(),
    done: new Map(),
  }),
};

/** @throws NotGuardedError, InvalidOptionError when something else is there. */
export function findOrMakeRequests(state: object, place: string): GuardedRequests {
  return findOrMakePlace(state, place, KIND);
}

/** Also of a plain state: in a rescue. */
export function findRequests(state: object, place: string): GuardedRequests | undefined {
  const found: unknown = Reflect.get(state, place);
  return isGuardedRequests(found) ? found : undefined;
}

export function isGuardedRequests(value: unknown): value is GuardedRequests {
  if (typeof value !== 'object' || value === null || typeof Reflect.get(value, 'life') !== 'string')
    return false;
  return ['inFlight', 'running', 'interrupted', 'done'].every(
    (name) => Reflect.get(value, name) instanceof Map,
  );
}

/** What the state has of one request in flight, as a record. */
export function recordOf(
  { life }: GuardedRequests,
  number: number,
  known: GuardedRequest | RequestLine,
): GuardedRequest {
  return typeof known === 'string' ? readLine(idOf(life, number), known) : known;
}
