/** Answers to requests that are not executed: problem details by RFC 9457. */
import type { ServerResponse } from 'node:http';

export type ProblemCode =
  | 'ERR_FAULTGUARD_IDEMPOTENCY_KEY_INVALID'
  | 'ERR_FAULTGUARD_IDEMPOTENCY_KEY_MISSING'
  | 'ERR_FAULTGUARD_IDEMPOTENCY_KEY_RUNNING'
  | 'ERR_FAULTGUARD_IDEMPOTENCY_KEY_USED'
  | 'ERR_FAULTGUARD_REQUEST_TOO_LARGE'
  | 'ERR_FAULTGUARD_RESPONSE_TOO_LARGE';

const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  ERR_FAULTGUARD_IDEMPOTENCY_KEY_INVALID: [400, 'Idempotency-Key is malformed'],
  ERR_FAULTGUARD_IDEMPOTENCY_KEY_MISSING: [400, 'Idempotency-Key is missing'],
  ERR_FAULTGUARD_IDEMPOTENCY_KEY_RUNNING: [
    409,
    'A request with this Idempotency-Key is still being worked on',
  ],
  ERR_FAULTGUARD_IDEMPOTENCY_KEY_USED: [422, 'Idempotency-Key has been used for another request'],
  ERR_FAULTGUARD_REQUEST_TOO_LARGE: [413, 'The body of a request with an Idempotency-Key is too large'],
  ERR_FAULTGUARD_RESPONSE_TOO_LARGE: [
    409,
    'The request has been completed, and its response was too large to be kept',
  ],
};

/** @param detail - what the client is to know or do. Never says anything of the other request. */
export function answerProblem(
  response: ServerResponse,
  code: ProblemCode,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const [status, title] = PROBLEMS[code];
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(JSON.stringify({ type: 'about:blank', title, status, detail, code }));
}
