import { snapshot } from '@faultguard/core';
import type { GuardedRequest, RequestFields } from './request-record.ts';
import { DEFAULT_PLACE, findRequests, recordOf } from './requests-state.ts';

export interface InFlightOptions {
  /** Option `place` of `guardRequests`. Default `'requests'`. */
  readonly place?: string;
  /** Ages are of this moment: `crash.crashedAt` in a rescue. Default: now. */
  readonly at?: Date;
}

/** A plain copy of a request's record. */
export type InFlightRequest<Fields extends object = RequestFields> = GuardedRequest<Fields> & {
  /** Milliseconds since `startedAt`; of a resumed request, since its first attempt. */
  readonly ageMs: number;
};

/**
 * The requests whose handlers have not ended their response, oldest first: those that are being worked on and, with
 * `abortedAt`, those whose client has gone away. Takes the guarded state, or the plain one in a rescue: there it is
 * what the app was at when it died. A state that `guardRequests` has not seen has none.
 */
export function inFlight<Fields extends object = RequestFields>(
  state: object,
  { place = DEFAULT_PLACE, at = new Date() }: InFlightOptions = {},
): InFlightRequest<Fields>[] {
  const requests = findRequests(state, place);
  if (requests === undefined) return [];
  return Array.from(requests.inFlight, ([number, known]) => {
    const record = copyRecord(recordOf(requests, number, known));
    return { ...(record as GuardedRequest<Fields>), ageMs: at.getTime() - record.startedAt.getTime() };
  }).sort((one, other) => other.ageMs - one.ageMs);
}

/** Plain, whether it comes from a guarded state or from a plain one. */
export function copyRecord<Fields extends object>(record: GuardedRequest<Fields>): GuardedRequest<Fields> {
  try {
    return snapshot(record) as GuardedRequest<Fields>;
  } catch {
    return record;
  }
}
