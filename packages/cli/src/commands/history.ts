/** `faultguard history`: the flight recorder: what the app did last, out of the journal. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type AutosaveReading,
  formatPropertyStep,
  type KnownTime,
  peekHeader,
  previousPath,
  readHistory,
} from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { readLive } from '../files/read-live.ts';
import type { Context } from '../program.ts';
import { describeCrash } from '../state/describe-crash.ts';
import { findPlace, parsePath, type Step } from '../state/path.ts';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import { formatCount, formatTimeExactly } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import {
  addPathOption,
  addReadingOptions,
  examples,
  parseWholeNumber,
  type ReadingOptions,
} from './common-options.ts';

interface Options extends ReadingOptions {
  readonly path?: string;
  readonly limit: number;
}

const LIMIT_DEFAULT = 50;
/** As many as eight segments can have. */
const LIMIT_MAX = 350_000;
const PATH_CHARS_MAX = 300;

export function addHistory(program: Command, context: Context): void {
  const command = program
    .command('history')
    .summary('Tell the last mutations of an app, out of its journal')
    .description(
      'Tells what an app has done to its state last, oldest first: path, operation, and in a few words the value. As far back as ' +
        'the journal beside the autosave goes. Works while the app runs.',
    )
    .argument('<autosave>', 'the file that the app names as "autosave.path"');
  addPathOption(command, 'Only what was done there, and below: users.3');
  command.option('-n, --limit <count>', 'The last so many.', parseWholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT);
  addReadingOptions(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard history work.xz', 'what did it do last?'],
        ['faultguard history work.xz --path orders --limit 1000 | less', 'and to its orders?'],
        ['faultguard history work.xz --json | jq -r .mutations[].path', 'for a program'],
      ),
    )
    .action(async (path: string, options: Options) => {
      context.exitCode = await tellHistory(path, options, context.output);
    });
}

interface MutationJson {
  /** Null when the object is no longer in the state. */
  readonly path: string | null;
  readonly operation: string;
  readonly value: string | null;
  /** Times between which it was made, as far as is known. */
  readonly notBefore: string | null;
  readonly notAfter: string;
}

async function tellHistory(path: string, options: Options, output: Output): Promise<number> {
  const { limit, textBytesMax, json } = options;
  const steps = options.path === undefined ? undefined : parsePath(options.path);
  const { reading, root, isActive, assessment } = await readLive(path, textBytesMax, output);
  const { end, source, mirror, nonce, keys, crash } = reading;
  if (source.journal === undefined || end === undefined) throw noJournal(path);
  const times = await knownTimes(resolve(path), reading);
  const endedAt = isActive ? new Date() : (crash?.crashedAt ?? new Date());
  const wanted = steps === undefined ? undefined : canonicalPath(root, steps);
  const recorded = readHistory(
    { directory: source.journal, nonce, end, keys, mirror },
    times,
    endedAt,
    wanted === undefined ? limit : LIMIT_MAX,
  );
  const starts = times.map(({ time }) => time);
  const mutations = recorded
    .filter((mutation) => wanted === undefined || isAtOrBelow(mutation.path, wanted))
    .slice(-limit)
    .map(({ path: place, operation, value, at }): MutationJson => ({
      path: place === undefined ? null : cutText(place, PATH_CHARS_MAX),
      operation,
      value: value === undefined ? null : escapeText(value),
      notBefore: starts.findLast((time) => time.getTime() < at.getTime())?.toISOString() ?? null,
      notAfter: at.toISOString(),
    }));
  if (json === undefined) {
    for (const line of describe(path, source.journal, mutations, output)) output.line(line);
    if (isActive) output.line('The app runs.');
    else if (assessment.crash !== null) output.line(`The end: ${describeCrash(assessment.crash)}`);
  } else {
    const { problems, crash: end } = assessment;
    output.json({ path, isActive, journal: source.journal, mutations, problems, crash: end });
  }
  return ExitCode.success;
}

function noJournal(path: string): Failure {
  return new Failure(
    'NO_JOURNAL',
    `${path} has no journal beside it, so nobody can tell what was done last. Nothing has been changed. A guardian that outlives ` +
      'its app writes everything into the checkpoint and removes the journal; the last mutations are in the dossier then, if ' +
      'the rescue has saved it (crash.saveDossier).',
  );
}

/** Records have no times, but checkpoints have: what a checkpoint has in it was done before it. */
async function knownTimes(path: string, { session }: AutosaveReading): Promise<KnownTime[]> {
  const headers = await Promise.all([previousPath(path), path].map((file) => peekHeader(file)));
  return headers
    .filter((header) => header?.session === session)
    .flatMap((header) =>
      header === undefined ? [] : [{ position: header.position, time: new Date(header.savedAt) }],
    )
    .filter(({ time }) => !Number.isNaN(time.getTime()));
}

/** As the history writes it; of what is no longer there as well as can be. */
function canonicalPath(root: object, steps: readonly Step[]): string {
  try {
    return findPlace(root, steps).path;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const named = steps[0] === 'state' ? steps.slice(1) : steps;
    return `state${named.map((step) => (/^\d+$/.test(step) ? `[${step}]` : formatPropertyStep(step))).join('')}`;
  }
}

function isAtOrBelow(path: string | undefined, place: string): boolean {
  if (path === undefined || !path.startsWith(place)) return false;
  return path.length === place.length || /^[.[ ]/.test(path.slice(place.length));
}

function* describe(
  path: string,
  journal: string,
  mutations: readonly MutationJson[],
  output: Output,
): Generator<string> {
  yield `${output.style('bold', escapeText(path))}: ${formatCount(mutations.length, 'mutation')} of ${escapeText(basename(journal))}, oldest first`;
  let notAfter: string | undefined;
  for (const mutation of mutations) {
    if (mutation.notAfter !== notAfter) {
      const from =
        mutation.notBefore === null ? '' : `from ${formatTimeExactly(new Date(mutation.notBefore))} `;
      yield output.style('dim', `  ${from}to ${formatTimeExactly(new Date(mutation.notAfter))}`);
    }
    ({ notAfter } = mutation);
    const place = mutation.path === null ? output.style('dim', '(no longer there)') : mutation.path;
    yield `  ${output.style('cyan', mutation.operation.padEnd(8))} ${place}${mutation.value === null ? '' : `: ${mutation.value}`}`;
  }
}
