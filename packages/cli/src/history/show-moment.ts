/** `faultguard history --at`: the state as it was at a moment that the flight recorder still knows. */
import { resolve } from 'node:path';
import { bytesAt, positionAt, readAutosaveAt } from '@faultguard/core/internal';
import { Failure } from '../failure.ts';
import { readLive } from '../files/read-live.ts';
import { assessReading, describeFindings } from '../state/assess-reading.ts';
import { findMoment, type FoundMoment, parseMoment } from './moment.ts';
import { findPlace, type Step } from '../state/path.ts';
import { formatTree, makeTree, toJson } from '../state/tree.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatTimeExactly } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { knownTimes } from './changes.ts';
import { noJournal } from './no-journal.ts';

export interface MomentOptions {
  /** As `parseMoment` takes it. */
  readonly at: string;
  readonly steps: readonly Step[];
  readonly depth: number;
  readonly limit: number;
  readonly textBytesMax: number;
  readonly isJson: boolean;
}

const OF_NOW = 'Elements of typed arrays are those of the end: their changes leave no records.';

export async function showMoment(path: string, options: MomentOptions, output: Output): Promise<void> {
  const { textBytesMax, steps, depth, limit } = options;
  const moment = parseMoment(options.at);
  const absolute = resolve(path);
  const { reading: newest, isActive } = await readLive(path, textBytesMax, output);
  if (newest.source.journal === undefined || newest.end === undefined) throw noJournal(path);
  const endedAt = isActive ? new Date() : (newest.crash?.crashedAt ?? new Date());
  const times = await knownTimes(absolute, newest, endedAt);
  const found = findMoment(moment, times, bytesAt(newest.end), endedAt);
  if (found === undefined) throw tooEarly(path, times[0]?.time);
  const reading = await readAutosaveAt(absolute, newest, positionAt(found.record), { textBytesMax });
  if (reading === undefined) throw tooEarly(path, times[0]?.time);
  const { mirror } = reading;
  const { problems, notes } = assessReading({ ...reading, droppedBytes: 0 }, true);
  const allNotes = mirror.hasMemory ? [...notes, OF_NOW] : notes;
  const place = findPlace(reading.state, steps);
  const classNameOf = (node: object): string | undefined => mirror.classNameOf(node);
  const tree = makeTree(place.value, place.path, { depth, limit, classNameOf });
  const record = reading.end === undefined ? found.record : bytesAt(reading.end);
  if (options.isJson) {
    const at = { record, time: found.time?.toISOString() ?? null };
    output.json({ path, isActive, at, problems, notes: allNotes, tree: toJson(tree) });
    return;
  }
  output.line(
    `${output.style('bold', escapeText(path))}: its state ${describeMoment(found)}, behind record #${record}`,
  );
  for (const line of describeFindings(problems, allNotes, output)) output.line(line);
  for (const line of formatTree(tree, output)) output.line(line);
}

function describeMoment({ time }: FoundMoment): string {
  return time === undefined ? 'at a time that nobody knows' : `of ${formatTimeExactly(time)}`;
}

function tooEarly(path: string, first: Date | undefined): Failure {
  const since = first === undefined ? '' : ` The first time that is known is ${formatTimeExactly(first)}.`;
  return new Failure(
    'MOMENT_NOT_KNOWN',
    `The flight recorder of ${path} does not go back so far: neither a checkpoint nor the beginning of the journal is left from ` +
      `before that moment.${since} Nothing has been changed. faultguard history tells what there is.`,
  );
}
