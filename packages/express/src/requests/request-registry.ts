/**
 * The requests of one state: what is done with their records, whichever middleware has seen them.
 *
 * 1. There is one registry for each place of a state in a process, so that what an earlier life has left is taken over
 *    once, before the first request.
 * 2. What is in the state suffices to make a registry anew. What is kept beside it belongs to this life.
 */
import type { CapturedResponse } from '../idempotency/capture-response.ts';
import type { ActiveRequest } from './active-request.ts';
import { type GuardedRequest, readLine, type RequestLine, type WritableRecord } from './request-record.ts';
import { findOrMakeRequests, type GuardedRequests, type InterruptedRequest } from './requests-state.ts';

/** So many interrupted requests are kept, whatever their age: a client with a new key each time fills no memory. */
const INTERRUPTED_MAX = 10_000;

const PRUNE_EVERY_MS = 10_000;

export class RequestRegistry {
  readonly #state: object;
  readonly #place: string;
  readonly #aborted = new Map<ActiveRequest, number>();
  /** Whose handler is at it, by key. One that has been given up may still be running, with the same record. */
  readonly #owners = new Map<string, ActiveRequest>();
  #requests: GuardedRequests;
  #doneBytes = 0;
  #lost: GuardedRequest[];
  #pruning: NodeJS.Timeout | undefined;

  constructor(state: object, place: string, keepMs: number) {
    this.#state = state;
    this.#place = place;
    this.#requests = findOrMakeRequests(state, place);
    this.#lost = this.#takeOver(Date.now() + keepMs);
    this.#schedulePruning();
  }

  /** What is in the state, also when somebody has put something else there. */
  get requests(): GuardedRequests {
    const found: unknown = Reflect.get(this.#state, this.#place);
    if (found !== this.#requests) {
      this.#requests = findOrMakeRequests(this.#state, this.#place);
      this.#doneBytes = sumBytes(this.#requests.done);
    }
    return this.#requests;
  }

  /** Bytes that the kept responses count for. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Those of an earlier life that nobody can take up again, handed out once. */
  takeLost(): GuardedRequest[] {
    const lost = this.#lost;
    this.#lost = [];
    return lost;
  }

  begin(id: string, line: RequestLine): void {
    this.requests.inFlight.set(id, line);
  }

  beginWithRecord(record: WritableRecord): GuardedRequest {
    const { inFlight } = this.requests;
    inFlight.set(record.id, record);
    return inFlight.get(record.id) as GuardedRequest;
  }

  /** The record of a request that has begun as a line. Of one that is over, a plain one. */
  openRecord(id: string): GuardedRequest {
    const line = this.requests.inFlight.get(id) ?? '';
    return typeof line === 'string'
      ? line === ''
        ? readLine(id, line)
        : this.beginWithRecord(readLine(id, line))
      : line;
  }

  /** With a key that nobody has. */
  claim(key: string, fingerprint: string, record: WritableRecord): GuardedRequest {
    const request = this.beginWithRecord(record);
    this.requests.running.set(key, { fingerprint, request });
    return request;
  }

  /** The next handler gets what the one before it had left. */
  resume(key: string, { fingerprint, request }: InterruptedRequest): GuardedRequest {
    const { inFlight, running, interrupted } = this.requests;
    const record = request as WritableRecord;
    record.resumed = true;
    delete record.abortedAt;
    inFlight.set(request.id, request);
    running.set(key, { fingerprint, request });
    interrupted.delete(key);
    return request;
  }

  /** From now on this handler is the one that its key is waiting for. */
  own(key: string, active: ActiveRequest): void {
    this.#owners.set(key, active);
  }

  /** The client has gone; the handler may still be at it. */
  abort(active: ActiveRequest): void {
    const now = Date.now();
    (active.record as WritableRecord).abortedAt = new Date(now);
    this.#aborted.set(active, now);
    this.#schedulePruning();
  }

  /** The handler has ended its response, or has been given up, and the response is not to be kept. */
  end(active: ActiveRequest): void {
    const { inFlight, running, interrupted } = this.requests;
    if (!this.#release(active)) return;
    const { key } = active;
    const entry = key === undefined ? undefined : running.get(key);
    if (key !== undefined && entry !== undefined) {
      const { fingerprint, request } = entry;
      interrupted.set(key, { fingerprint, request, expiresAt: Date.now() + active.keepMs });
      running.delete(key);
      if (interrupted.size > INTERRUPTED_MAX) interrupted.delete(interrupted.keys().next().value as string);
      this.#schedulePruning();
    }
    inFlight.delete(active.id);
  }

  /** The handler has ended a response that is to be kept. */
  complete(active: ActiveRequest, key: string, response: CapturedResponse, keepBytes: number): void {
    const { inFlight, running, interrupted, done } = this.requests;
    // The key may have been given up, and may belong to another handler by now.
    if (!this.#release(active) && this.#owners.has(key)) return;
    const entry = running.get(key) ?? interrupted.get(key);
    if (entry !== undefined) {
      done.set(key, {
        ...response,
        fingerprint: entry.fingerprint,
        expiresAt: Date.now() + active.keepMs,
      });
      running.delete(key);
      interrupted.delete(key);
      this.#doneBytes += response.bytes;
      this.#dropOldest(keepBytes);
      this.#schedulePruning();
    }
    inFlight.delete(active.id);
  }

  forget(key: string): void {
    const { done } = this.requests;
    this.#doneBytes -= done.get(key)?.bytes ?? 0;
    done.delete(key);
  }

  /** What is too old is as good as not there already; here it is dropped. */
  #prune(): void {
    const now = Date.now();
    for (const [active, abortedAt] of this.#aborted) {
      if (abortedAt + active.abortedMs <= now) this.end(active);
    }
    const { interrupted, done } = this.requests;
    for (const [key, { expiresAt }] of interrupted) if (expiresAt <= now) interrupted.delete(key);
    for (const [key, { expiresAt }] of done) if (expiresAt <= now) this.forget(key);
  }

  /** No timer runs while there is nothing to drop, and none keeps the process alive. */
  #schedulePruning(): void {
    if (this.#pruning !== undefined) return;
    const { interrupted, done } = this.requests;
    if (this.#aborted.size + interrupted.size + done.size === 0) return;
    this.#pruning = setTimeout(() => {
      this.#pruning = undefined;
      this.#prune();
      this.#schedulePruning();
    }, PRUNE_EVERY_MS).unref();
  }

  /** @returns whether it was still the one that its key was waiting for; true without a key. */
  #release(active: ActiveRequest): boolean {
    this.#aborted.delete(active);
    if (active.key === undefined) return true;
    if (this.#owners.get(active.key) !== active) return false;
    this.#owners.delete(active.key);
    return true;
  }

  #dropOldest(bytesMax: number): void {
    for (const key of this.requests.done.keys()) {
      if (this.#doneBytes <= bytesMax) break;
      this.forget(key);
    }
  }

  /** What was running when an earlier life ended is interrupted. */
  #takeOver(expiresAt: number): GuardedRequest[] {
    const { inFlight, running, interrupted, done } = this.#requests;
    this.#doneBytes = sumBytes(done);
    const keyed = new Set(Array.from(interrupted.values(), ({ request }) => request.id));
    for (const [key, { fingerprint, request }] of running) {
      keyed.add(request.id);
      // It had got to its end in the instant in which the app died.
      if (!done.has(key)) interrupted.set(key, { fingerprint, request, expiresAt });
      running.delete(key);
    }
    const lost = Array.from(inFlight, ([id, known]) =>
      typeof known === 'string' ? readLine(id, known) : known,
    );
    inFlight.clear();
    return lost.filter(({ id }) => !keyed.has(id));
  }
}

function sumBytes(done: GuardedRequests['done']): number {
  let bytes = 0;
  for (const kept of done.values()) bytes += kept.bytes;
  return bytes;
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
