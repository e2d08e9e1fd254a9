/**
 * What the guarded state has of one request: an object, as soon as anybody asks for it. Until then it is a line of text,
 * since most requests are over before anybody has, and a text costs a tenth of an object.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * What your handlers put into `req.guarded`, for the compiler. Add to it once, for all of your app:
 *
 *     declare module '@faultguard/express' {
 *       interface RequestFields {
 *         step?: 'reserved' | 'charged';
 *       }
 *     }
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- it is there to be added to
export interface RequestFields {}

/** What the middleware itself puts there. */
export interface RequestFacts {
  /** Unique among all requests of all lives of the app, so it can be given to others as a key. */
  readonly id: string;
  readonly method: string;
  /** As the client asked for it, without what comes after the question mark. */
  readonly path: string;
  /** Of the first attempt, when the request is a resumed one. */
  readonly startedAt: Date;
  /** An earlier attempt at this request has come to no end: what that had put here is here. */
  readonly resumed: boolean;
  /** When its client went away before it had the response. Absent as long as it is there. */
  readonly abortedAt?: Date;
  /** Those that option `headers` names. Absent without the option. */
  readonly headers?: Readonly<Record<string, string>>;
  /** With option `body`. */
  readonly body?: unknown;
}

/** A request's record: what the middleware knows, and whatever the handlers have put in. All of it is guarded. */
export type GuardedRequest<Fields extends object = RequestFields> = RequestFacts & Partial<Fields>;

/** For the middleware alone: it may write what others may read. */
export type WritableRecord = { -readonly [Name in keyof RequestFacts]: RequestFacts[Name] };

/** As `writeLine` writes it: `GET 1795887171170 /orders/7`. */
export type RequestLine = string;

/** Longer ones are cut: a path is whatever a client sends. */
const PATH_LENGTH_MAX = 2048;

/** 72 random bits: no two lives of any app have the same. */
export const THIS_LIFE: string = randomBytes(9).toString('base64url');

let count = 0;

/** Of this life. */
export function nextNumber(): number {
  return ++count;
}

export function idOf(life: string, number: number): string {
  return `${life}-${number.toString(36)}`;
}

export function writeLine(request: IncomingMessage & { originalUrl?: string }): RequestLine {
  return `${request.method} ${Date.now()} ${pathOf(request.originalUrl ?? request.url ?? '/')}`;
}

function pathOf(url: string): string {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  // The absolute form of a request to a proxy may have a name and a password in it (RFC 9112, section 3.2.2).
  const origin = path.startsWith('/') ? '' : (/^[a-z][a-z\d+.-]*:\/\/[^/]*/i.exec(path)?.[0] ?? '');
  return path.slice(origin.length, origin.length + PATH_LENGTH_MAX) || '/';
}

/** An object of its own. What is no line is a request of which nothing is known: nothing that is read is trusted. */
export function readLine(id: string, line: RequestLine): WritableRecord {
  const [, method = '?', startedAt = '0', path = ''] = /^(\S+) (\d+) (.*)$/s.exec(line) ?? [];
  return { id, method, path, startedAt: new Date(Number(startedAt)), resumed: false };
}
