/** What a handler answers, taken down while it goes to the client. */
import { isUtf8 } from 'node:buffer';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { KeptResponse } from '../requests/requests-state.ts';

export type CapturedResponse = Pick<KeptResponse, 'status' | 'headers' | 'body' | 'encoding' | 'bytes'>;

/** Of the one connection, of the one moment, or of the one client: what a repeated response has of its own. */
const NOT_KEPT = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

type Write = ServerResponse['write'];
type End = ServerResponse['end'];

/**
 * Calls back in the moment in which the handler ends its response, before the last of it goes to the client: what the
 * client has seen whole has been taken down.
 *
 * @param bodyBytesMax - the body of a larger response is null.
 */
export function captureResponse(
  response: ServerResponse,
  bodyBytesMax: number,
  callback: (captured: CapturedResponse) => void,
): void {
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  let ended = false;
  /** As the handler has set them: whoever is in front may change them when they go out, and the body with them. */
  let headers: CapturedResponse['headers'] | undefined;
  const collect = (chunk: unknown, encoding: unknown): void => {
    if (chunks === undefined || !(typeof chunk === 'string' || chunk instanceof Uint8Array)) return;
    const part =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : // The handler may write over it.
          Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= bodyBytesMax) chunks.push(part);
    else chunks = undefined;
  };
  // oxlint-disable-next-line typescript/unbound-method -- all three are called with the response
  const { write, end, writeHead } = response;
  response.write = function captureWrite(...given: Parameters<Write>): boolean {
    headers ??= keptHeaders(response.getHeaders());
    if (!ended) collect(given[0], given[1]);
    return write.apply(response, given);
  } as Write;
  response.end = function captureEnd(...given: Parameters<End>): ServerResponse {
    // What `end` will not take is no end.
    if (!ended && isChunk(given[0])) {
      ended = true;
      headers ??= keptHeaders(response.getHeaders());
      collect(given[0], given[1]);
      callback(describe(response.statusCode, headers, chunks));
    }
    return end.apply(response, given);
  } as End;
  // Headers that are given here alone would not be found by `getHeaders`.
  response.writeHead = function captureWriteHead(status: number, ...given: unknown[]): ServerResponse {
    const passed = given.findLast((value) => typeof value === 'object' && value !== null);
    if (passed !== undefined && !response.headersSent) setHeaders(response, passed);
    headers ??= keptHeaders(response.getHeaders());
    const reason = given.filter((value) => typeof value === 'string');
    return (writeHead as (...all: unknown[]) => ServerResponse).call(response, status, ...reason);
  };
}

function isChunk(given: unknown): boolean {
  return (
    given == null || typeof given === 'string' || typeof given === 'function' || given instanceof Uint8Array
  );
}

function describe(
  status: number,
  headers: CapturedResponse['headers'],
  chunks: readonly Buffer[] | undefined,
): CapturedResponse {
  const whole = chunks && Buffer.concat(chunks);
  const encoding = whole === undefined || isUtf8(whole) ? 'utf8' : 'base64';
  const body = whole?.toString(encoding) ?? null;
  return { status, headers, body, encoding, bytes: (body?.length ?? 0) + JSON.stringify(headers).length };
}

function keptHeaders(headers: OutgoingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_KEPT.has(name.toLowerCase())) continue;
    kept[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return kept;
}

/** In any form in which `writeHead` takes them; in a list a name may come more than once. */
function setHeaders(response: ServerResponse, headers: object): void {
  const pairs = !Array.isArray(headers)
    ? Object.entries(headers)
    : Array.isArray(headers[0])
      ? (headers as [string, string][])
      : Array.from({ length: headers.length / 2 }, (_, at) => [headers[at * 2], headers[at * 2 + 1]]);
  const seen = new Set<string>();
  for (const [name, value] of pairs as [string, string | string[] | undefined][]) {
    if (value === undefined) continue;
    if (seen.has(name.toLowerCase())) response.appendHeader(name, value);
    else response.setHeader(name, value);
    seen.add(name.toLowerCase());
  }
}
