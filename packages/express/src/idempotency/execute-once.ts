/** A request with an idempotency key: it is executed, answered as before, or refused, by what is known of its key. */
import { type Exchange, executeWithKey, makeRecord } from '../requests/execute.ts';
import type { RequestSettings } from '../requests/guard-requests-options.ts';
import type { GuardedRequest } from '../requests/request-record.ts';
import type { RequestRegistry } from '../requests/request-registry.ts';
import { takeFingerprint } from './fingerprint.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { answerProblem } from './problem.ts';
import { replayResponse } from './replay-response.ts';

/** @param header - `Idempotency-Key`, as it was sent. */
export function executeOnce(
  registry: RequestRegistry,
  settings: RequestSettings,
  header: string,
  exchange: Exchange,
): void {
  const { request, response, next } = exchange;
  const parsed = parseIdempotencyKey(header);
  if ('problem' in parsed) {
    answerProblem(response, 'ERR_FAULTGUARD_IDEMPOTENCY_KEY_INVALID', parsed.problem);
    return;
  }
  const { scope, fingerprint: ownFingerprint, bodyBytesMax } = settings.idempotency;
  // The first space ends the scope.
  const key = scope === undefined ? parsed.key : `${encodeURIComponent(scope(request))} ${parsed.key}`;
  takeFingerprint(request, ownFingerprint, bodyBytesMax, (result) => {
    if ('aborted' in result || response.destroyed) return;
    if ('tooLarge' in result) {
      answerProblem(
        response,
        'ERR_FAULTGUARD_REQUEST_TOO_LARGE',
        `It may have ${bodyBytesMax} bytes. The request has not been executed.`,
        { Connection: 'close' },
      );
      return;
    }
    try {
      const record = findOrClaim(registry, settings, key, result.fingerprint, exchange);
      if (record !== undefined) executeWithKey(registry, settings, key, record, exchange);
    } catch (error) {
      next(error);
    }
  });
}

/** The record to go on with; undefined when the request has been answered. */
function findOrClaim(
  registry: RequestRegistry,
  settings: RequestSettings,
  key: string,
  fingerprint: string,
  { request, response }: Exchange,
): GuardedRequest | undefined {
  const { running, interrupted, done } = registry.requests;
  const now = Date.now();
  const kept = notExpired(done.get(key), now);
  const left = notExpired(interrupted.get(key), now);
  const known = kept ?? running.get(key) ?? left;
  if (known === undefined) {
    registry.forget(key);
    interrupted.delete(key);
    return registry.claim(key, fingerprint, makeRecord(request, settings));
  }
  if (known.fingerprint !== fingerprint) {
    answerProblem(
      response,
      'ERR_FAULTGUARD_IDEMPOTENCY_KEY_USED',
      'Another request has been sent with the same key. Give each request a key of its own, and repeat it unchanged.',
    );
  } else if (kept !== undefined) {
    replayResponse(response, kept);
  } else if (left !== undefined) {
    return registry.resume(key, left);
  } else {
    answerProblem(
      response,
      'ERR_FAULTGUARD_IDEMPOTENCY_KEY_RUNNING',
      'Repeat it later, to get the same response.',
      { 'Retry-After': String(settings.idempotency.retryAfterS) },
    );
  }
  return undefined;
}

function notExpired<Entry extends { readonly expiresAt: number }>(
  entry: Entry | undefined,
  now: number,
): Entry | undefined {
  return entry !== undefined && entry.expiresAt > now ? entry : undefined;
}
