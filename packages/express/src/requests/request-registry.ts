/**
 * The requests of one state: what is done with their records, whichever middleware has seen them.
 *
 * 1. There is one registry for each place of a state in a process, so that what an earlier life has left is taken over
 *    once, before the first request.
 * 2. What is in the state suffices to make a registry anew. What is kept beside it belongs to this life.
 * 3. What a request leaves behind is kept for whoever has a reason to come back: one whose record nobody has looked at, and
 *    which was refused, leaves nothing. So nobody who may do nothing fills what is kept of others.
 */
import type { CapturedResponse } from '../idempotency/capture-response.ts';
import { checkGuarded } from '../place.ts';
import type { ActiveRequest } from './active-request.ts';
import {
  type GuardedRequest,
  idOf,
  readLine,
  type RequestLine,
  THIS_LIFE,
  type WritableRecord,
} from './request-record.ts';
import {
  findOrMakeRequests,
  type GuardedRequests,
  type InterruptedRequest,
  isGuardedRequests,
  recordOf,
} from './requests-state.ts';

/** So many interrupted requests are kept, whatever their age. */
const INTERRUPTED_MAX = 10_000;
/** So many requests without a key are kept whose client has gone: most of their handlers have ended, and nobody knows. */
const ABORTED_MAX = 1000;
/** What an entry of `done` needs beside its texts, in both processes: some 2 kB, measured. */
const ENTRY_BYTES = 2048;

const PRUNE_EVERY_MS = 10_000;

/** How long things are kept, and how many. */
export interface Retention {
  readonly abortedMs: number;
  readonly keepMs: number;
  readonly keepBytes: number;
}

export class RequestRegistry {
  readonly #state: object;
  readonly #place: string;
  readonly #keepMs: number;
  /** When each is given up. */
  readonly #aborted = new Map<ActiveRequest, { readonly at: number; readonly keepMs: number }>();
  /** Whose handler is at it, by key. One that has been given up may still be running, with the same record. */
  readonly #owners = new Map<string, ActiveRequest>();
  #requests: GuardedRequests;
  #lost: GuardedRequests['inFlight'] | undefined;
  #doneBytes = 0;
  #pruning: NodeJS.Timeout | undefined;
  #pruneAt = Infinity;

  /** @param keepMs - for interrupted requests of an earlier life. */
  constructor(state: object, place: string, keepMs: number) {
    this.#state = state;
    this.#place = place;
    this.#keepMs = keepMs;
    checkGuarded('guardRequests', state);
    this.#requests = findOrMakeRequests(state, place);
    this.#takeOver();
  }

  /** What is in the state, also when somebody has put something else there. */
  get requests(): GuardedRequests {
    const found: unknown = Reflect.get(this.#state, this.#place);
    if (found !== this.#requests) {
      this.#requests = findOrMakeRequests(this.#state, this.#place);
      this.#takeOver();
    }
    return this.#requests;
  }

  /** The same; undefined when something else is there: an error for requests that begin, and nothing to end the app by. */
  #find(): GuardedRequests | undefined {
    const found: unknown = Reflect.get(this.#state, this.#place);
    if (found === this.#requests) return this.#requests;
    return found === undefined || isGuardedRequests(found) ? this.requests : undefined;
  }

  idOf(number: number): string {
    return idOf(THIS_LIFE, number);
  }

  /**
   * Hands out those of an earlier life that nobody can take up again, and drops each when it has been handed out. What
   * `take` throws is thrown; those that are left are handed out by the next life.
   */
  handOutLost(take: (lost: GuardedRequest) => void): void {
    const { inFlight, running, interrupted, done } = this.requests;
    const lost = this.#lost;
    if (lost === undefined) return;
    const keyed = new Set(Array.from(interrupted.values(), ({ request }) => request.id));
    for (const [number, known] of lost) {
      const record = recordOf(this.#requests, number, known);
      if (!keyed.has(record.id)) take(record);
      inFlight.delete(number);
    }
    running.clear();
    for (const key of done.keys()) interrupted.delete(key);
    this.#requests.life = THIS_LIFE;
    this.#lost = undefined;
  }

  begin(number: number, line: RequestLine): void {
    this.requests.inFlight.set(number, line);
  }

  beginWithRecord(number: number, record: WritableRecord): GuardedRequest {
    const { inFlight } = this.requests;
    inFlight.set(number, record);
    return inFlight.get(number) as GuardedRequest;
  }

  /** The record of a request that has begun as a line. Undefined when it is over. */
  openRecord(number: number): GuardedRequest | undefined {
    const known = this.requests.inFlight.get(number);
    return typeof known === 'string'
      ? this.beginWithRecord(number, readLine(this.idOf(number), known))
      : known;
  }

  /** With a key that nobody has. */
  claim(number: number, key: string, fingerprint: string, record: WritableRecord): GuardedRequest {
    const { inFlight, running, interrupted } = this.requests;
    interrupted.delete(key);
    this.#forget(key);
    running.set(key, { fingerprint, request: record });
    const { request } = running.get(key) as { request: GuardedRequest };
    inFlight.set(number, request);
    return request;
  }

  /** The next handler gets what the one before it had left. */
  resume(number: number, key: string, { fingerprint, request }: InterruptedRequest): GuardedRequest {
    const { inFlight, running, interrupted } = this.requests;
    const record = request as WritableRecord;
    record.resumed = true;
    delete record.abortedAt;
    running.set(key, { fingerprint, request });
    inFlight.set(number, request);
    interrupted.delete(key);
    return request;
  }

  /** From now on this handler is the one that its key is waiting for. */
  own(key: string, active: ActiveRequest): void {
    this.#owners.set(key, active);
  }

  /** The client has gone; the handler may still be at it. */
  abort(active: ActiveRequest, { abortedMs, keepMs }: Retention): void {
    if (this.#find() === undefined) return;
    const now = Date.now();
    (active.open() as WritableRecord).abortedAt = new Date(now);
    this.#aborted.set(active, { at: now + abortedMs, keepMs });
    this.#pruneBefore(now + abortedMs);
    if (active.key === undefined && this.#aborted.size > ABORTED_MAX) this.#giveUpOldest();
  }

  /** The handler has ended its response, or has been given up, and the response is not to be kept. */
  end(active: ActiveRequest, keepMs: number): void {
    if (!this.#release(active)) return;
    const requests = this.#find();
    if (requests === undefined) return;
    if (active.key !== undefined) this.#interrupt(requests, active, active.key, keepMs);
    else requests.inFlight.delete(active.number);
  }

  /** Whoever has its key may repeat it, if it has got anywhere. */
  #interrupt(
    { inFlight, running, interrupted }: GuardedRequests,
    { number, isKnown }: ActiveRequest,
    key: string,
    keepMs: number,
  ): void {
    const entry = running.get(key);
    if (entry !== undefined && (isKnown || entry.request.resumed)) {
      const { fingerprint, request } = entry;
      interrupted.set(key, { fingerprint, request, expiresAt: Date.now() + keepMs });
      if (interrupted.size > INTERRUPTED_MAX) interrupted.delete(interrupted.keys().next().value as string);
      this.#pruneBefore(Date.now() + PRUNE_EVERY_MS);
    }
    inFlight.delete(number);
    running.delete(key);
  }

  /**
   * The handler has ended a response that is to be kept. May be called again: what had been taken back by a transaction
   * of the handler's is done once more.
   */
  complete(active: ActiveRequest, key: string, response: CapturedResponse, retention: Retention): void {
    const requests = this.#find();
    if (requests === undefined) return;
    const { inFlight, running, interrupted, done } = requests;
    // The key may have been given up, and may belong to another handler by now.
    if (!this.#release(active) && this.#owners.has(key)) return;
    const entry = running.get(key) ?? interrupted.get(key);
    const isOurs = entry?.request === active.open();
    if (isOurs) {
      const bytes = response.bytes + key.length + ENTRY_BYTES;
      const { fingerprint } = entry;
      done.set(key, { ...response, bytes, fingerprint, expiresAt: Date.now() + retention.keepMs });
      this.#doneBytes += bytes;
      interrupted.delete(key);
    }
    inFlight.delete(active.number);
    if (isOurs) running.delete(key);
    for (const oldest of done.keys()) {
      if (this.#doneBytes <= retention.keepBytes) break;
      this.#forget(oldest);
    }
    this.#pruneBefore(Date.now() + PRUNE_EVERY_MS);
  }

  #forget(key: string): void {
    const { done } = this.requests;
    const kept = done.get(key);
    if (kept === undefined) return;
    this.#doneBytes -= kept.bytes;
    done.delete(key);
  }

  /** What was running when an earlier life ended is interrupted. */
  #takeOver(): void {
    const { inFlight, running, interrupted, done, life } = this.#requests;
    this.#countBytes();
    this.#pruneBefore(Date.now() + PRUNE_EVERY_MS);
    if (life === THIS_LIFE) return;
    const expiresAt = Date.now() + this.#keepMs;
    for (const [key, { fingerprint, request }] of running) {
      // One that had got to its end in the instant in which the app died is done.
      if (!done.has(key)) interrupted.set(key, { fingerprint, request, expiresAt });
    }
    this.#lost = new Map(inFlight);
  }

  /** What is too old is as good as not there already; here it is dropped. */
  #prune(requests: GuardedRequests): void {
    const now = Date.now();
    for (const [active, { at, keepMs }] of this.#aborted) if (at <= now) this.end(active, keepMs);
    const { interrupted, done } = requests;
    for (const [key, { expiresAt }] of interrupted) if (expiresAt <= now) interrupted.delete(key);
    for (const [key, { expiresAt }] of done) if (expiresAt <= now) done.delete(key);
    this.#countBytes();
    if (interrupted.size + done.size > 0) this.#pruneBefore(now + PRUNE_EVERY_MS);
    for (const { at } of this.#aborted.values()) this.#pruneBefore(at);
  }

  /** Anew: a transaction of a handler's may have taken entries back that had been counted. */
  #countBytes(): void {
    this.#doneBytes = 0;
    for (const { bytes } of this.#requests.done.values()) this.#doneBytes += bytes;
  }

  #giveUpOldest(): void {
    for (const [active, { keepMs }] of this.#aborted) {
      if (active.key !== undefined) continue;
      this.end(active, keepMs);
      return;
    }
  }

  /** No timer runs while there is nothing to drop, and none keeps the process alive. */
  #pruneBefore(at: number): void {
    if (at >= this.#pruneAt) return;
    clearTimeout(this.#pruning);
    this.#pruneAt = at;
    this.#pruning = setTimeout(
      () => {
        this.#pruneAt = Infinity;
        const requests = this.#find();
        if (requests !== undefined) this.#prune(requests);
      },
      Math.max(0, at - Date.now()),
    ).unref();
  }

  /** @returns whether it was still the one that its key was waiting for; true without a key. */
  #release(active: ActiveRequest): boolean {
    this.#aborted.delete(active);
    if (active.key === undefined) return true;
    if (this.#owners.get(active.key) !== active) return false;
    this.#owners.delete(active.key);
    return true;
  }
}

const registries = new WeakMap<object, Map<string, RequestRegistry>>();

/** @param keepMs - how long interrupted requests of an earlier life are kept, when this is the first call of this one. */
export function registryOf(state: object, place: string, keepMs: number): RequestRegistry {
  const known = registries.get(state) ?? new Map<string, RequestRegistry>();
  registries.set(state, known);
  let registry = known.get(place);
  if (registry === undefined) {
    registry = new RequestRegistry(state, place, keepMs);
    known.set(place, registry);
  }
  return registry;
}
