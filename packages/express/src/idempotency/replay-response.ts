import type { ServerResponse } from 'node:http';
import type { KeptResponse } from '../requests/requests-state.ts';
import { answerProblem } from './problem.ts';

/** The response that the first request with this key has had, once more. */
export function replayResponse(response: ServerResponse, kept: KeptResponse): void {
  if (kept.body === null) {
    answerProblem(
      response,
      'ERR_FAULTGUARD_RESPONSE_TOO_LARGE',
      `It was answered with status ${kept.status}, and is not executed again.`,
    );
    return;
  }
  response.statusCode = kept.status;
  for (const [name, value] of Object.entries(kept.headers)) response.setHeader(name, value);
  response.setHeader('Idempotent-Replayed', 'true');
  response.end(Buffer.from(kept.body, kept.encoding));
}
