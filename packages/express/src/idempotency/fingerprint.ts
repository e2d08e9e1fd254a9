/** Whether two requests with one key are the same: a digest of what they ask for. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { hasBody } from '../requests/current-request.ts';
import { readAhead } from './read-ahead.ts';

export type Fingerprinted =
  | { readonly fingerprint: string }
  | { readonly tooLarge: true }
  /** The client has gone, and nobody is left to answer. */
  | { readonly aborted: true };

/**
 * Calls back with the fingerprint; at once when the body has been parsed already, or there is none. Otherwise the body
 * is read ahead, and whoever comes next reads it as if nobody had.
 *
 * @param own - what option `fingerprint` says.
 */
export function takeFingerprint(
  request: Request,
  own: string | undefined,
  bodyBytesMax: number,
  callback: (result: Fingerprinted) => void,
): void {
  if (own !== undefined) {
    callback({ fingerprint: digest([own], '') });
    return;
  }
  const { host = '', authorization = '', 'content-length': length = '' } = request.headers;
  // The length tells most bodies apart that a parser has put where nobody knows of it.
  const asked = [request.method, host, request.originalUrl, authorization, length];
  if (!hasBody(request)) callback({ fingerprint: digest(asked, '') });
  else if (request.readableDidRead) callback({ fingerprint: digest(asked, describeParsed(request.body)) });
  else readAhead(request, bodyBytesMax, (body) => callback(finish(asked, body)));
}

function finish(asked: readonly string[], body: Buffer | 'too large' | 'aborted'): Fingerprinted {
  if (body === 'too large') return { tooLarge: true };
  if (body === 'aborted') return { aborted: true };
  return { fingerprint: digest(asked, body) };
}

/** What a body parser has made of it. */
function describeParsed(body: unknown): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  return JSON.stringify(body) ?? '';
}

function digest(parts: readonly string[], body: string | Uint8Array): string {
  return createHash('sha256').update(JSON.stringify(parts)).update(body).digest('base64url');
}
