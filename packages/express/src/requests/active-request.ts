/** A request of this life of the app, from its beginning until its handler has ended it. */
import { type GuardedRequest, type RequestLine, readLine } from './request-record.ts';
import type { RequestRegistry } from './request-registry.ts';

export class ActiveRequest {
  /** Its key in `inFlight`. */
  readonly number: number;
  /** The scope and the idempotency key. Undefined without one. */
  readonly key: string | undefined;
  readonly #registry: RequestRegistry;
  readonly #begun: GuardedRequest | RequestLine;
  #record: GuardedRequest | undefined;
  #isKnown = false;

  /** @param begun - what the state has of it. */
  constructor(
    registry: RequestRegistry,
    number: number,
    begun: GuardedRequest | RequestLine,
    key: string | undefined,
  ) {
    this.#registry = registry;
    this.number = number;
    this.#begun = begun;
    this.key = key;
  }

  /** For handlers: what they know of it they may have given to others. */
  get record(): GuardedRequest {
    this.#isKnown = true;
    return this.open();
  }

  /** A handler has looked at the record. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** In the state, from now on as an object. When the request is over already: what it was, and in no state. */
  open(): GuardedRequest {
    return (this.#record ??= this.#find());
  }

  #find(): GuardedRequest {
    const begun = this.#begun;
    if (typeof begun !== 'string') return begun;
    return this.#registry.openRecord(this.number) ?? readLine(this.#registry.idOf(this.number), begun);
  }
}
