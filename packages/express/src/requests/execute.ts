/** A request is handed to its handler, and followed until that has ended the response. */
import type { Request, Response } from 'express';
import { type CapturedResponse, captureResponse } from '../idempotency/capture-response.ts';
import { ActiveRequest } from './active-request.ts';
import { attachRequest } from './attached-request.ts';
import { pickHeaders } from './captured-headers.ts';
import { hasBody, runInRequest } from './current-request.ts';
import type { RequestSettings } from './guard-requests-options.ts';
import {
  type GuardedRequest,
  nextNumber,
  readLine,
  type RequestLine,
  type WritableRecord,
  writeLine,
} from './request-record.ts';
import type { RequestRegistry } from './request-registry.ts';

/** What the next middleware is called with, and how it is called. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly next: (error?: unknown) => void;
}

/** Without an idempotency key. */
export function executeOnly(registry: RequestRegistry, settings: RequestSettings, exchange: Exchange): void {
  const { request, response } = exchange;
  const extra = describeExtra(request, settings);
  const number = nextNumber();
  const line = writeLine(request);
  let begun: GuardedRequest | RequestLine = line;
  if (extra === undefined) registry.begin(number, line);
  else begun = registry.beginWithRecord(number, { ...readLine(registry.idOf(number), line), ...extra });
  const active = new ActiveRequest(registry, number, begun, undefined);
  const { keepMs } = settings.retention;
  follow(active, exchange, () => {
    if (response.writableEnded) {
      registry.end(active, keepMs);
      return;
    }
    registry.abort(active, settings.retention);
    whenEnded(response, () => registry.end(active, keepMs));
  });
}

/**
 * With an idempotency key.
 *
 * @param number - of the request, in this life.
 * @param key - with its scope.
 */
export function executeWithKey(
  registry: RequestRegistry,
  { retention, idempotency }: RequestSettings,
  number: number,
  key: string,
  record: GuardedRequest,
  exchange: Exchange,
): void {
  const { response } = exchange;
  const active = new ActiveRequest(registry, number, record, key);
  let captured: CapturedResponse | undefined;
  const settle = (): void => {
    if (captured === undefined) registry.end(active, retention.keepMs);
    else registry.complete(active, key, captured, retention);
  };
  registry.own(key, active);
  captureResponse(response, idempotency.responseBytesMax, (given) => {
    try {
      if (isToBeKept(active, given.status, idempotency.isFinal)) captured = given;
    } finally {
      settle();
    }
  });
  follow(active, exchange, () => {
    // Once more: a transaction of the handler's may have taken back what was settled in it. And somebody may have ended the
    // response before there was anything to capture.
    if (response.writableEnded) settle();
    else registry.abort(active, retention);
  });
}

/** One that has been refused before any handler has looked at its record has not been executed. */
function isToBeKept(
  { isKnown }: ActiveRequest,
  status: number,
  isFinal: (status: number) => boolean,
): boolean {
  return isFinal(status) && (status < 400 || isKnown);
}

function follow(active: ActiveRequest, { request, response, next }: Exchange, onClose: () => void): void {
  attachRequest(request, active);
  // A client may have gone while an earlier middleware was waiting for something.
  if (response.destroyed) onClose();
  else response.on('close', onClose);
  runInRequest(active, request, next);
}

/** The handler may go on without a client, and comes to its end when it ends the response that nobody gets. */
function whenEnded(response: Response, callback: () => void): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with the response
  const { end } = response;
  response.end = ((...given: Parameters<typeof end>) => {
    callback();
    return end.apply(response, given);
  }) as typeof end;
}

/** The record of a request with an idempotency key. */
export function makeRecord(
  registry: RequestRegistry,
  number: number,
  request: Request,
  settings: RequestSettings,
): WritableRecord {
  return { ...readLine(registry.idOf(number), writeLine(request)), ...describeExtra(request, settings) };
}

/** What the options name. */
function describeExtra(
  request: Request,
  { headers, body }: RequestSettings,
): Partial<WritableRecord> | undefined {
  if (headers.length === 0 && !body) return undefined;
  const extra: Partial<WritableRecord> = {};
  if (headers.length > 0) extra.headers = pickHeaders(request.headers, headers);
  if (body && request.body !== undefined) extra.body = request.body;
  else if (body && hasBody(request)) warnOfMissingBody();
  return extra;
}

let hasWarned = false;

/** A body that no parser takes looks the same, so it is no error. */
function warnOfMissingBody(): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    'guardRequests({ body: true }) has seen a request whose body has not been parsed: its record has none. ' +
      'Mount the middleware behind the body parser.',
    { code: 'FAULTGUARD_BODY_NOT_PARSED' },
  );
}
