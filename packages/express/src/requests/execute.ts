/** A request is handed to its handler, and followed until that has ended the response. */
import type { Request, Response } from 'express';
import { captureResponse } from '../idempotency/capture-response.ts';
import { hasBody, runInRequest } from './current-request.ts';
import type { RequestSettings } from './guard-requests-options.ts';
import { pickHeaders } from './captured-headers.ts';
import { describeRequest, type GuardedRequest, type WritableRecord } from './request-record.ts';
import type { ActiveRequest, RequestRegistry } from './request-registry.ts';

/** What the next middleware is called with, and how it is called. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly next: (error?: unknown) => void;
}

/** @param key - the idempotency key with its scope; undefined without one. */
export function execute(
  registry: RequestRegistry,
  { abortedMs, idempotency }: RequestSettings,
  key: string | undefined,
  record: GuardedRequest,
  { request, response, next }: Exchange,
): void {
  const active: ActiveRequest = { record, key, abortedMs, keepMs: idempotency.keepMs };
  request.guarded = record;
  registry.own(active);
  if (key !== undefined) {
    captureResponse(response, idempotency.responseBytesMax, (captured) => {
      if (idempotency.isFinal(captured.status))
        registry.complete(active, key, captured, idempotency.keepBytes);
      else registry.end(active);
    });
  }
  const close = (): void => {
    if (response.writableEnded) {
      // With a key it has been ended by `end` already.
      if (key === undefined) registry.end(active);
      return;
    }
    registry.abort(active);
    if (key === undefined) whenEnded(response, () => registry.end(active));
  };
  // A client may have gone while an earlier middleware was waiting for something.
  if (response.destroyed) close();
  else response.once('close', close);
  runInRequest(record, request, next);
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

export function makeRecord(request: Request, { headers, body }: RequestSettings): WritableRecord {
  const record = describeRequest(request);
  if (headers.length > 0) record.headers = pickHeaders(request.headers, headers);
  if (body && hasBody(request)) {
    if (!request.readableDidRead) {
      throw new Error(
        'guardRequests({ body: true }) has come before the body parser: there is no body to keep yet. Mount it behind.',
      );
    }
    record.body = request.body;
  }
  return record;
}
