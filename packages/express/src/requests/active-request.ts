/** A request of this life of the app, from its beginning until its handler has ended it. */
import type { GuardedRequest } from './request-record.ts';
import type { RequestRegistry } from './request-registry.ts';

export class ActiveRequest {
  readonly id: string;
  /** The scope and the idempotency key. Undefined without one. */
  readonly key: string | undefined;
  /** How long it is in flight when its client has gone and its handler does not end. */
  readonly abortedMs: number;
  /** How long it is kept when it has come to no end. */
  readonly keepMs: number;
  readonly #registry: RequestRegistry;
  #record: GuardedRequest | undefined;

  /** @param record - undefined when the state has a line of it. */
  constructor(
    registry: RequestRegistry,
    id: string,
    record: GuardedRequest | undefined,
    key: string | undefined,
    abortedMs: number,
    keepMs: number,
  ) {
    this.#registry = registry;
    this.id = id;
    this.#record = record;
    this.key = key;
    this.abortedMs = abortedMs;
    this.keepMs = keepMs;
  }

  /** In the state, from now on as an object. When the request is over, a copy of nothing that is there any more. */
  get record(): GuardedRequest {
    return (this.#record ??= this.#registry.openRecord(this.id));
  }
}
