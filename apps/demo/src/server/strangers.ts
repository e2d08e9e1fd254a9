/**
 * Who may ask, and who may change something. A page of a stranger in the same browser can send requests here too, so:
 *
 * 1. `Host` has to be one of this server's own names: a name that a stranger lets point here (DNS rebinding) is none.
 * 2. What changes something has to come from this server's own page, by `Origin`, which pages cannot choose.
 * 3. What browsers say comes from another site is refused, unless it is somebody who follows a link.
 *
 * Programs that run on this machine can say what they like: they need no page to kill a process of theirs.
 */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Request, RequestHandler } from 'express';
import type { Settings } from './settings.ts';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];
const LOOPBACK_ADDRESS = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/**
 * @param origins - whose pages may ask from another port, and change something. Without it, only this server's own page may
 *   change something, and no page of another origin can read.
 */
export function refuseStrangers(settings: Settings, origins?: readonly string[]): RequestHandler {
  const names = namesOf(settings.host);
  return (request, response, next) => {
    const { host = '', origin } = request.headers;
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    const isOwnPage = origins === undefined ? origin === `http://${host}` : origins.includes(origin ?? '');
    if (!names.includes(host.replace(/:\d+$/, ''))) {
      response.status(403).json({ error: 'This server does not go by that name.' });
    } else if (!isReading && !isOwnPage) {
      response.status(403).json({ error: 'Only the page of this server may do that.' });
    } else if (request.headers['sec-fetch-site'] === 'cross-site' && !isFollowedLink(request)) {
      response.status(403).json({ error: 'Not for pages of other sites.' });
    } else if (origins !== undefined && isOwnPage) {
      response.setHeader('Access-Control-Allow-Origin', origin as string);
      response.setHeader('Access-Control-Allow-Credentials', 'true');
      response.setHeader('Vary', 'Origin');
      if (request.method === 'OPTIONS') allow(response);
      else next();
    } else {
      next();
    }
  };
}

/** From this machine, to a name that means this machine. */
export function comesFromHere({ socket, headers: { host = '' } }: Request): boolean {
  const isToHere = LOOPBACK_NAMES.includes(host.replace(/:\d+$/, ''));
  return isToHere && LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '');
}

/** Where the page may come from. */
export function originsOf({ host, port }: Settings): string[] {
  return namesOf(host).map((name) => `http://${name}:${port}`);
}

/** As they stand in `Host`. */
function namesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [...LOOPBACK_NAMES, inBrackets(host)];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [...LOOPBACK_NAMES, ...addresses.map(({ address }) => inBrackets(address))];
}

function inBrackets(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function isFollowedLink({ method, headers }: Request): boolean {
  return (
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  );
}

function allow(response: Parameters<RequestHandler>[1]): void {
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT');
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type, Idempotency-Key');
  response.status(204).end();
}
