/** Moments of the flight recorder, as a person writes them: a time, so long before the end, or the number of a record. */
import { bytesAt, type JournalTime } from '@faultguard/core/internal';
import { usageFailure } from '../failure.ts';
import { cutText } from '../terminal/escape-text.ts';
import { DURATION_FORMS, parseDuration } from '../terminal/parse-duration.ts';

export type Moment =
  | { readonly is: 'time'; readonly time: Date }
  | { readonly is: 'before the end'; readonly ms: number }
  /** Bytes of journal since the session began: behind the record of that number. */
  | { readonly is: 'record'; readonly record: number };

/** Throws Failure for what is no moment. */
export function parseMoment(text: string): Moment {
  const beforeMs = text.startsWith('-') ? parseDuration(text.slice(1)) : undefined;
  if (beforeMs !== undefined) return { is: 'before the end', ms: beforeMs };
  if (/^#?\d+$/.test(text)) {
    const record = Number(text.replace('#', ''));
    if (Number.isSafeInteger(record)) return { is: 'record', record };
  }
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return { is: 'time', time };
  throw usageFailure(
    `--at does not understand "${cutText(text, 40)}". Write a time as 2026-11-28T18:30:34.5, so long before the end as -5s ` +
      `(${DURATION_FORMS}), or the number of a record as history tells it.`,
  );
}

export interface FoundMoment {
  /** Every record up to there counts. Bytes of journal since the session began. */
  readonly record: number;
  /** When the guardian had read so far; undefined of a record that nobody has a time of. */
  readonly time: Date | undefined;
}

/** `times`: in their order. Undefined when it is before all of them. */
export function findMoment(
  moment: Moment,
  times: readonly JournalTime[],
  endRecord: number,
  endedAt: Date,
): FoundMoment | undefined {
  if (moment.is === 'record') {
    const record = Math.min(moment.record, endRecord);
    const { time } = times.find(({ position }) => bytesAt(position) >= record) ?? { time: undefined };
    return { record, time };
  }
  const wanted = moment.is === 'time' ? moment.time : new Date(endedAt.getTime() - moment.ms);
  if (wanted >= endedAt) return { record: endRecord, time: endedAt };
  const found = times.findLast(({ time }) => time <= wanted);
  return found && { record: Math.min(bytesAt(found.position), endRecord), time: found.time };
}
