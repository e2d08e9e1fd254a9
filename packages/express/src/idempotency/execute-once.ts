/** A request with an idempotency key: it is executed, answered as before, or refused, by what is known of its key. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { InvalidOptionError } from '@faultguard/core';
import { type Exchange, executeWithKey, makeRecord } from '../requests/execute.ts';
import type { RequestSettings } from '../requests/guard-requests-options.ts';
import { type GuardedRequest, nextNumber } from '../requests/request-record.ts';
import type { RequestRegistry } from '../requests/request-registry.ts';
import { type Fingerprinted, takeFingerprint } from './fingerprint.ts';
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
  const key =
    scope === undefined ? parsed.key : `${encodeURIComponent(textOf('scope', scope(request)))} ${parsed.key}`;
  const goOn = (result: Fingerprinted): void => {
    if ('aborted' in result || response.destroyed) return;
    try {
      if ('tooLarge' in result) {
        answerProblem(
          response,
          'ERR_FAULTGUARD_REQUEST_TOO_LARGE',
          `It may have ${bodyBytesMax} bytes. The request has not been executed.`,
          { Connection: 'close' },
        );
        return;
      }
      const number = nextNumber();
      const record = findOrClaim(registry, settings, number, key, result.fingerprint, exchange);
      if (record !== undefined) executeWithKey(registry, settings, number, key, record, exchange);
    } catch (error) {
      next(error);
    }
  };
  const own = ownFingerprint && textOf('fingerprint', ownFingerprint(request));
  // Also for a body that comes later: what follows is in the context of whoever has called.
  takeFingerprint(request, own, bodyBytesMax, AsyncLocalStorage.bind(goOn));
}

/** What an option's function has returned: anything but a text would make all requests the same. */
function textOf(option: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new InvalidOptionError(
    `idempotency.${option}`,
    `has to return a string, not ${value instanceof Promise ? 'a promise' : typeof value}. The request has not been executed.`,
  );
}

/** The record to go on with; undefined when the request has been answered. */
function findOrClaim(
  registry: RequestRegistry,
  settings: RequestSettings,
  number: number,
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
    return registry.claim(number, key, fingerprint, makeRecord(registry, number, request, settings));
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
    return registry.resume(number, key, left);
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
