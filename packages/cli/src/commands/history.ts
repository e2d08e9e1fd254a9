/** `faultguard history`: the flight recorder: what the app did last, out of the journal. */
import { lstatSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { readHistory } from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';
import { readLive } from '../files/read-live.ts';
import {
  canonicalPath,
  describeMutation,
  isAtOrBelow,
  knownTimes,
  type MutationJson,
  toMutationJson,
} from '../history/changes.ts';
import { CHANGES_MAX, followHistory, type FollowOptions } from '../history/follow.ts';
import { noJournal } from '../history/no-journal.ts';
import { showMoment } from '../history/show-moment.ts';
import { isOf, notGuarded, parsePid, readGuards } from '../guards/guard-facts.ts';
import type { Context } from '../program.ts';
import { describeCrash } from '../state/describe-crash.ts';
import { parsePath } from '../state/path.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatCount, formatTimeExactly } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import {
  addDepthOption,
  addPathOption,
  addReadingOptions,
  examples,
  parseWholeNumber,
  type ReadingOptions,
} from './common-options.ts';

interface Options extends ReadingOptions {
  readonly path?: string;
  readonly limit: number;
  readonly follow?: true;
  readonly at?: string;
  readonly depth: number;
}

const LIMIT_DEFAULT = 50;

export function addHistory(program: Command, context: Context): void {
  const command = program
    .command('history')
    .summary('What the app did last; its state at a moment')
    .description(
      'Tells what an app has done to its state last, oldest first: path, operation, and in a few words the value. As far back as ' +
        'the journal beside the autosave goes. Works while the app runs, and then goes on with --follow.',
    )
    .argument('<autosave|pid>', 'the file that the app names as "autosave.path", or a guarded process');
  addPathOption(command, 'Only what was done there, and below: users.3');
  command
    .option('-n, --limit <count>', 'The last so many.', parseWholeNumber(1, CHANGES_MAX), LIMIT_DEFAULT)
    .option('-f, --follow', 'Go on with what the app does, until it has ended.')
    .option(
      '--at <moment>',
      'The state as it was: at a time (2026-11-28T18:30:34), before the end (-5s), behind a record (4160).',
    );
  addDepthOption(command, 'Levels of the tree that --at shows.');
  addReadingOptions(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard history work.xz', 'what did it do last?'],
        ['faultguard history work.xz --path orders --limit 1000 | less', 'and to its orders?'],
        ['faultguard history 4711 --follow', 'what does process 4711 do just now?'],
        ['faultguard history work.xz --at -5s --path orders', 'its orders, five seconds before the end'],
        ['faultguard history work.xz --json | jq -r .mutations[].path', 'for a program'],
      ),
    )
    .action(async (path: string, options: Options) => {
      context.exitCode = await history(path, options, context.output);
    });
}

async function history(target: string, options: Options, output: Output): Promise<number> {
  const { limit, depth, textBytesMax, at, follow } = options;
  if (at !== undefined && follow !== undefined) {
    throw usageFailure(
      '--at and --follow do not go together: a moment does not go on. Nothing has been changed.',
    );
  }
  const path = findAutosave(target);
  const isJson = options.json !== undefined;
  const steps = options.path === undefined ? undefined : parsePath(options.path);
  const reading = { limit, textBytesMax, isJson };
  if (at !== undefined) await showMoment(path, { ...reading, at, depth, steps: steps ?? [] }, output);
  else if (follow !== undefined) await followHistory(path, { ...reading, steps }, output);
  else await tellHistory(path, { ...reading, steps }, output);
  return ExitCode.success;
}

/** A number is a process, unless there is a file of that name. */
function findAutosave(target: string): string {
  const pid = parsePid(target);
  if (pid === undefined || lstatSync(target, { throwIfNoEntry: false }) !== undefined) return target;
  const guard = readGuards().find((guard) => isOf(guard, pid));
  if (guard === undefined) throw notGuarded(pid);
  if (guard.autosave !== null) return guard.autosave;
  throw new Failure(
    'NO_JOURNAL',
    `Process ${target} is guarded without an autosave, so its journal is let go of as soon as its guardian has read it, and nobody ` +
      'else can tell what was done last. Nothing has been changed. After a crash the last mutations are in the dossier.',
  );
}

async function tellHistory(
  path: string,
  { steps, limit, textBytesMax, isJson }: FollowOptions,
  output: Output,
): Promise<void> {
  const { reading, root, isActive, assessment } = await readLive(path, textBytesMax, output);
  const { end, source, mirror, nonce, keys, crash } = reading;
  if (source.journal === undefined || end === undefined) throw noJournal(path);
  const endedAt = isActive ? new Date() : (crash?.crashedAt ?? new Date());
  const times = await knownTimes(resolve(path), reading, endedAt);
  const wanted = steps === undefined ? undefined : canonicalPath(root, steps);
  const recorded = readHistory(
    { directory: source.journal, nonce, end, keys, mirror },
    times,
    endedAt,
    wanted === undefined ? limit : CHANGES_MAX,
  );
  const mutations = recorded
    .filter((mutation) => wanted === undefined || isAtOrBelow(mutation.path, wanted))
    .slice(-limit)
    .map((mutation) => toMutationJson(mutation, times));
  if (isJson) {
    const { problems, crash: end } = assessment;
    output.json({ path, isActive, journal: source.journal, mutations, problems, crash: end });
    return;
  }
  for (const line of describe(path, source.journal, mutations, output)) output.line(line);
  if (isActive) output.line('The app runs.');
  else if (assessment.crash !== null) output.line(`The end: ${describeCrash(assessment.crash)}`);
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
    yield `  ${describeMutation(mutation, output)}`;
  }
}
