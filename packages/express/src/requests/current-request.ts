/** The request that the running code works for, wherever it is. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { ActiveRequest } from './active-request.ts';
import type { GuardedRequest, RequestFields } from './request-record.ts';

const storage = new AsyncLocalStorage<ActiveRequest>();

/**
 * The record of the request that the calling code has been started by, through callbacks, promises and timers; what
 * `req.guarded` is. Undefined outside of requests that `guardRequests` has seen. When the response has finished the
 * record can still be read, but is not in the state any more.
 */
export function currentRequest<Fields extends object = RequestFields>(): GuardedRequest<Fields> | undefined {
  return storage.getStore()?.record as GuardedRequest<Fields> | undefined;
}

/** Runs the rest of the middleware as a part of the request. */
export function runInRequest(active: ActiveRequest, request: IncomingMessage, run: () => void): void {
  if (hasBody(request)) storage.run(active, runWithBody, request, run);
  else storage.run(active, run);
}

function runWithBody(request: IncomingMessage, run: () => void): void {
  keepContext(request);
  run();
}

/** RFC 9112, section 6. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * The chunks of a body are emitted from the socket, which was there before the request: what listens to them, a body
 * parser and all that comes after it, would not be in its context.
 */
function keepContext(request: IncomingMessage): void {
  const inContext = AsyncLocalStorage.snapshot();
  // oxlint-disable-next-line typescript/unbound-method -- called with `this` below
  const { emit } = request;
  request.emit = function emitInContext(this: IncomingMessage, ...event: Parameters<typeof emit>): boolean {
    return inContext(() => emit.apply(this, event));
  } as typeof emit;
}
