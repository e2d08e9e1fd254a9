/** A request is handed to its handler, and followed until that has ended the response. */
import type { Request, Response } from 'express';
import { captureResponse } from '../idempotency/capture-response.ts';
import { ActiveRequest } from './active-request.ts';
import { attachRequest } from './attached-request.ts';
import { pickHeaders } from './captured-headers.ts';
import { hasBody, runInRequest } from './current-request.ts';
import type { RequestSettings } from './guard-requests-options.ts';
import { type GuardedRequest, nextId, readLine, type WritableRecord, writeLine } from './request-record.ts';
import type { RequestRegistry } from './request-registry.ts';

/** What the next middleware is called with, and how it is called. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly next: (error?: unknown) => void;
}

/** Without an idempotency key. */
export function executeOnly(registry: RequestRegistry, settings: RequestSettings, exchange: Exchange): void {
  const { request } = exchange;
  const extra = describeExtra(request, settings);
  const id = nextId();
  const line = writeLine(request);
  let record: GuardedRequest | undefined;
  if (extra === undefined) registry.begin(id, line);
  else record = registry.beginWithRecord({ ...readLine(id, line), ...extra });
  const { abortedMs, idempotency } = settings;
  const active = new ActiveRequest(registry, id, record, undefined, abortedMs, idempotency.keepMs);
  follow(active, exchange, (ended) => {
    if (ended) {
      registry.end(active);
      return;
    }
    registry.abort(active);
    whenEnded(exchange.response, () => registry.end(active));
  });
}

/**
 * With an idempotency key.
 *
 * @param key - with its scope.
 */
export function executeWithKey(
  registry: RequestRegistry,
  { abortedMs, idempotency }: RequestSettings,
  key: string,
  record: GuardedRequest,
  exchange: Exchange,
): void {
  const { isFinal, keepMs, keepBytes, responseBytesMax } = idempotency;
  const active = new ActiveRequest(registry, record.id, record, key, abortedMs, keepMs);
  registry.own(key, active);
  captureResponse(exchange.response, responseBytesMax, (captured) => {
    if (isFinal(captured.status)) registry.complete(active, key, captured, keepBytes);
    else registry.end(active);
  });
  // What has been ended has been completed.
  follow(active, exchange, (ended) => {
    if (!ended) registry.abort(active);
  });
}

/** @param onClose - with whether the handler has ended the response. */
function follow(
  active: ActiveRequest,
  { request, response, next }: Exchange,
  onClose: (ended: boolean) => void,
): void {
  attachRequest(request, active);
  // A client may have gone while an earlier middleware was waiting for something.
  if (response.destroyed) onClose(response.writableEnded);
  else response.on('close', () => onClose(response.writableEnded));
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
export function makeRecord(request: Request, settings: RequestSettings): WritableRecord {
  return { ...readLine(nextId(), writeLine(request)), ...describeExtra(request, settings) };
}

/** What the options name. */
function describeExtra(
  request: Request,
  { headers, body }: RequestSettings,
): Partial<WritableRecord> | undefined {
  if (headers.length === 0 && !body) return undefined;
  const extra: Partial<WritableRecord> = {};
  if (headers.length > 0) extra.headers = pickHeaders(request.headers, headers);
  if (body && hasBody(request)) {
    if (!request.readableDidRead) {
      throw new Error(
        'guardRequests({ body: true }) has come before the body parser: there is no body to keep yet. Mount it behind.',
      );
    }
    extra.body = request.body;
  }
  return extra;
}
