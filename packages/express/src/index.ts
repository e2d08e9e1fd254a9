export { closeGracefully, type CloseGracefullyOptions } from './close-gracefully.ts';
export type { IdempotencyOptions } from './idempotency/idempotency-options.ts';
export { currentRequest } from './requests/current-request.ts';
export { guardRequests } from './requests/guard-requests.ts';
export type { GuardRequestsOptions } from './requests/guard-requests-options.ts';
export { inFlight, type InFlightOptions, type InFlightRequest } from './requests/in-flight.ts';
export type { GuardedRequest, RequestFacts, RequestFields } from './requests/request-record.ts';
export type { GuardedRequests, RequestsState } from './requests/requests-state.ts';
export {
  GuardedSessionStore,
  type GuardedSessionStoreOptions,
  type SessionsState,
} from './sessions/guarded-session-store.ts';
export { listSessions, type ListSessionsOptions } from './sessions/list-sessions.ts';
export { guardStatus, type GuardStatusOptions, type StatusSource } from './status/guard-status.ts';
