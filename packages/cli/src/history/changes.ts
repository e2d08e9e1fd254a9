/** What the flight recorder tells, for a person and as JSON. */
import {
  type AutosaveReading,
  bytesAt,
  formatPropertyStep,
  type JournalTime,
  peekHeader,
  previousPath,
  readJournalTimes,
  type RecordedChange,
} from '@faultguard/core/internal';
import { Failure } from '../failure.ts';
import { findPlace, type Step } from '../state/path.ts';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import type { Output } from '../terminal/output.ts';

export interface MutationJson {
  /** Its number: grows, and has gaps. */
  readonly record: number;
  /** Null when the object is no longer in the state. */
  readonly path: string | null;
  readonly operation: string;
  readonly value: string | null;
  /** Times between which it was made, as far as is known. */
  readonly notBefore: string | null;
  readonly notAfter: string;
}

const PATH_CHARS_MAX = 300;

/** `times`: in their order. */
export function toMutationJson(
  { record, path, operation, value, at }: RecordedChange,
  times: readonly JournalTime[],
): MutationJson {
  const before = times.findLast(({ time }) => time < at)?.time;
  return {
    record,
    path: path === undefined ? null : cutText(path, PATH_CHARS_MAX),
    operation,
    value: value === undefined ? null : escapeText(value),
    notBefore: before?.toISOString() ?? null,
    notAfter: at.toISOString(),
  };
}

/** `#4160  set      state.n: 100`. */
export function describeMutation(
  { record, path, operation, value }: MutationJson,
  output: Pick<Output, 'style'>,
): string {
  const number = output.style('dim', `#${record}`.padEnd(NUMBER_CHARS));
  const place = path === null ? output.style('dim', '(no longer there)') : path;
  return `${number} ${output.style('cyan', operation.padEnd(8))} ${place}${value === null ? '' : `: ${value}`}`;
}

const NUMBER_CHARS = 8;

/**
 * Records have no times: what is known is when the guardian had read how much of the journal, and when a checkpoint was written
 * that has so much of it in it. In their order.
 */
export async function knownTimes(
  path: string,
  { session, directory }: Pick<AutosaveReading, 'session' | 'directory'>,
  endedAt: Date,
): Promise<JournalTime[]> {
  const times = readJournalTimes(directory);
  const headers = await Promise.all([previousPath(path), path].map((file) => peekHeader(file)));
  const saved = headers
    .filter((header) => header?.session === session)
    .flatMap((header) =>
      header === undefined ? [] : [{ position: header.position, time: new Date(header.savedAt) }],
    )
    .filter(({ time }) => !Number.isNaN(time.getTime()));
  return tighten([...times, ...saved], endedAt);
}

/** What is known of a place holds for what comes before it too. In the order of places and of times. */
function tighten(times: readonly JournalTime[], endedAt: Date): JournalTime[] {
  const ordered = times.toSorted((one, other) => bytesAt(one.position) - bytesAt(other.position));
  let earliest = endedAt;
  return ordered
    .toReversed()
    .map(({ position, time }) => {
      if (time < earliest) earliest = time;
      return { position, time: earliest };
    })
    .toReversed();
}

/** As the history writes it; of what is no longer there as well as can be. */
export function canonicalPath(root: object, steps: readonly Step[]): string {
  try {
    return findPlace(root, steps).path;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const named = steps[0] === 'state' ? steps.slice(1) : steps;
    return `state${named.map((step) => (/^\d+$/.test(step) ? `[${step}]` : formatPropertyStep(step))).join('')}`;
  }
}

export function isAtOrBelow(path: string | undefined, place: string): boolean {
  if (path === undefined || !path.startsWith(place)) return false;
  return path.length === place.length || /^[.[ ]/.test(path.slice(place.length));
}
