/** The middleware: each request has a record in the guarded state for as long as it is worked on. */
import type { RequestHandler } from 'express';
import { executeOnce } from '../idempotency/execute-once.ts';
import { answerProblem } from '../idempotency/problem.ts';
import { isAttached } from './attached-request.ts';
import { executeOnly } from './execute.ts';
import { checkRequestsOptions, type GuardRequestsOptions } from './guard-requests-options.ts';
import { copyRecord } from './in-flight.ts';
import type { GuardedRequest, RequestFields } from './request-record.ts';
import { registryOf } from './request-registry.ts';

// Here, since it has to be among what the package exports types of.
declare global {
  namespace Express {
    interface Request {
      /** This request's record in the guarded state. There is one behind `guardRequests`. */
      readonly guarded: GuardedRequest;
    }
  }
}

/**
 * Middleware that gives each request a record in the guarded state, as `req.guarded` and `currentRequest()`: what is
 * put into it survives the app. It is in the state until the handler has ended its response and that has gone out;
 * when the app dies first, a rescue finds it by `inFlight`.
 *
 * A request with the header `Idempotency-Key` is executed once: repeated, it gets the same response. One that the
 * death of the app has interrupted goes on, when it is repeated, with the record that it had, and
 * `req.guarded.resumed` is true. Semantics: draft-ietf-httpapi-idempotency-key-header-07.
 *
 * Mount it once, in front of what is to be guarded; a second one on the way of a request does nothing.
 *
 * @param state - the guarded state, or an object of it that has the requests as a property.
 * @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`) when the state is not guarded; InvalidOptionError
 *   (`ERR_FAULTGUARD_INVALID_OPTION`). Nothing has changed then.
 */
export function guardRequests<Fields extends object = RequestFields>(
  state: object,
  options: GuardRequestsOptions<Fields> = {},
): RequestHandler {
  const settings = checkRequestsOptions(options as GuardRequestsOptions);
  const { place, idempotency, methods } = settings;
  const registry = registryOf(state, place, idempotency.keepMs);
  const { onLost } = options;
  registry.handOutLost((lost) => onLost?.(copyRecord(lost as GuardedRequest<Fields>)));
  return (request, response, next) => {
    if (isAttached(request)) {
      next();
      return;
    }
    const exchange = { request, response, next };
    const header = methods.has(request.method) ? request.headers['idempotency-key'] : undefined;
    try {
      if (header !== undefined) {
        executeOnce(registry, settings, String(header), exchange);
      } else if (idempotency.required && methods.has(request.method)) {
        answerProblem(
          response,
          'ERR_FAULTGUARD_IDEMPOTENCY_KEY_MISSING',
          'Send a header Idempotency-Key with a value that no other request has, and the same when you repeat it.',
        );
      } else {
        executeOnly(registry, settings, exchange);
      }
    } catch (error) {
      next(error);
    }
  };
}
