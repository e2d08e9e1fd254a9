/** What the compiler knows of `req.guarded`. Checked by `tsc --noEmit`. */
import { type Guard, start } from '@faultguard/core';
import express from 'express';
import {
  currentRequest,
  type GuardedRequest,
  guardRequests,
  GuardedSessionStore,
  guardStatus,
  inFlight,
  type RequestsState,
  type SessionsState,
} from '../../src/index.ts';

declare module '../../src/requests/request-record.ts' {
  interface RequestFields {
    step?: 'reserved' | 'charged';
  }
}

interface State extends RequestsState, SessionsState {
  ledger: string[];
}

declare const state: State;
declare const guard: Guard<State>;

const app = express();
app.use(guardRequests(state));
app.use('/status', guardStatus(guard, { paths: ['ledger.length'] }));
app.post('/', ({ guarded }) => {
  guarded.step = 'charged';
  // @ts-expect-error -- no such step
  guarded.step = 'shipped';
  // @ts-expect-error -- the middleware's own
  guarded.id = 'x';
  const { id, path, startedAt }: { id: string; path: string; startedAt: Date } = guarded;
  return [id, path, startedAt];
});

interface Fields {
  cart: string[];
}
guardRequests<Fields>(state, { onLost: ({ cart, id }) => [cart?.length, id] });
const record: GuardedRequest<Fields> | undefined = currentRequest<Fields>();
const carts: (string[] | undefined)[] = inFlight<Fields>(state).map(({ cart }) => cart);
// @ts-expect-error -- not known of all requests
const none: unknown = inFlight(state).map(({ cart }) => cart);
// @ts-expect-error -- refused: a header that lets somebody in is a run-time error, a number is one of the compiler's
guardRequests(state, { headers: [1] });

const store: GuardedSessionStore = new GuardedSessionStore(state, { ttlMs: 1000 });
const size: number | undefined = state.sessions?.size;
// @ts-expect-error -- no such option
void new GuardedSessionStore(state, { ttl: 1 });

/** Both can be guarded, so the state is one for `start`. */
void (() => start<State>({ initial: () => ({ ledger: [] }), launch: (given) => void guardRequests(given) }));

export { carts, none, record, size, store };
