/** What a reading of an autosave has used, and what it could not use: the same for a person and as JSON. */
import type { AutosaveReading } from '@faultguard/core/internal';
import { basename } from 'node:path';
import { escapeText } from '../terminal/escape-text.ts';
import { formatCount, formatTime } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { type CrashJson, describeCrash, toCrashJson } from './describe-crash.ts';

export interface SourceJson {
  readonly checkpoint: string | null;
  readonly savedAt: string | null;
  readonly journal: string | null;
  readonly recordsReplayed: number;
}

export interface Assessment {
  /** What cannot be used, and why. Safe for a terminal, as all texts here. */
  readonly problems: readonly string[];
  /** What there is to know, and no loss. */
  readonly notes: readonly string[];
  readonly source: SourceJson;
  readonly droppedBytes: number;
  readonly stateVersion: number;
  /** Null after a clean exit, and while the app runs. */
  readonly crash: CrashJson | null;
}

export function assessReading(reading: AutosaveReading, isActive: boolean): Assessment {
  const { mirror, source, droppedBytes, stateVersion, crash } = reading;
  const problems = source.dropped.filter((sentence) => !mirror.unregistered.includes(sentence));
  const notes = mirror.unregistered.map((sentence) => withoutAdvice(sentence));
  if (droppedBytes > 0) {
    const text = `${formatCount(droppedBytes, 'byte')} of journal behind the last valid record`;
    if (isActive) notes.push(`${text}: of a record that is being written.`);
    else problems.push(`${text} cannot be used: of a record that was begun when the app died, or of damage.`);
  }
  return {
    problems: problems.map((text) => escapeText(text)),
    notes: notes.map((text) => escapeText(text)),
    source: {
      checkpoint: source.checkpoint ?? null,
      savedAt: source.savedAt?.toISOString() ?? null,
      journal: source.journal ?? null,
      recordsReplayed: source.recordsReplayed,
    },
    droppedBytes,
    stateVersion,
    crash: isActive || crash === undefined ? null : toCrashJson(crash),
  };
}

/** What the library says of classes that only the app knows, without what a program should do about it. */
function withoutAdvice(sentence: string): string {
  return sentence.replace(/ Call register\w+ before start\(\)\.$/, '');
}

/** In a line: `work.xz of 2026-11-28 18:38:42, and 35 records of work.xz.journal-1`. */
export function describeSource({ checkpoint, savedAt, journal, recordsReplayed }: SourceJson): string {
  const parts: string[] = [];
  if (checkpoint !== null) {
    const time = savedAt === null ? '' : ` of ${formatTime(new Date(savedAt))}`;
    parts.push(`${escapeText(basename(checkpoint))}${time}`);
  }
  if (journal !== null) {
    parts.push(`${formatCount(recordsReplayed, 'record')} of ${escapeText(basename(journal))}`);
  }
  return parts.join(', and ');
}

/** Lines for a person. */
export function* describeAssessment(
  { source, crash, problems, notes }: Assessment,
  output: Pick<Output, 'style'>,
): Generator<string> {
  yield `  used      ${describeSource(source)}`;
  if (crash !== null) yield `  ended     ${describeCrash(crash)}`;
  yield* describeFindings(problems, notes, output);
}

export function* describeFindings(
  problems: readonly string[],
  notes: readonly string[],
  output: Pick<Output, 'style'>,
): Generator<string> {
  for (const problem of problems) yield `  ${output.style('yellow', '!')} ${problem}`;
  for (const note of notes) yield `  ${output.style('dim', 'i')} ${note}`;
}
