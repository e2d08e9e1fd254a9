/** `req.guarded`: where a request that goes through Express has its record. */
import type { IncomingMessage } from 'node:http';
import type { ActiveRequest } from './active-request.ts';

const active = Symbol('faultguard.request');

interface AttachedRequest extends IncomingMessage {
  [active]?: ActiveRequest;
}

/** Those that have the property `guarded`. */
const prepared = new WeakSet<object>();

export function isAttached(request: IncomingMessage): boolean {
  return (request as AttachedRequest)[active] !== undefined;
}

/** `guarded` is asked for seldom, and made when it is: a getter of all requests of this Express. */
export function attachRequest(request: IncomingMessage, of: ActiveRequest): void {
  (request as AttachedRequest)[active] = of;
  const prototype = Object.getPrototypeOf(request) as object;
  if (!prepared.has(prototype)) prepare(prototype);
}

/** At the prototype that all apps of one copy of Express have in common, `express.request`, when there is one. */
function prepare(prototype: object): void {
  let shared = prototype;
  for (;;) {
    const parent = Object.getPrototypeOf(shared) as object | null;
    // IncomingMessage.prototype, of whichever server (http or https, or http2's compatible one), is Node's.
    if (parent === null || Object.hasOwn(shared, 'constructor') || Object.hasOwn(parent, 'constructor'))
      break;
    shared = parent;
  }
  prepared.add(prototype);
  if (Object.hasOwn(shared, 'guarded')) return;
  Object.defineProperty(shared, 'guarded', {
    configurable: true,
    enumerable: false,
    get(this: AttachedRequest) {
      return this[active]?.record;
    },
  });
}
