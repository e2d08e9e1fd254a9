/** `faultguard diff`: what has changed between two autosaves, or since the previous checkpoint of one. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { previousPath, readCheckpointAlone } from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { readLive } from '../files/read-live.ts';
import type { Context } from '../program.ts';
import { describeFindings, describeSource } from '../state/assess-reading.ts';
import { type Change, type ComparedState, type Difference, findDifferences } from '../state/differences.ts';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import { formatCount, formatTime } from '../terminal/format-amounts.ts';
import type { Output, Style } from '../terminal/output.ts';
import { addReadingOptions, examples, parseWholeNumber, type ReadingOptions } from './common-options.ts';

interface Options extends ReadingOptions {
  readonly limit: number;
}

const LIMIT_DEFAULT = 100;
const PATH_CHARS_MAX = 1000;

export function addDiff(program: Command, context: Context): void {
  const command = program
    .command('diff')
    .summary('Compare two, or one with its previous checkpoint')
    .description(
      'Compares two states, path by path: what has been added, removed, changed. With one autosave: the state of its previous ' +
        'checkpoint with the newest state.',
    )
    .argument('<before>', 'an autosave')
    .argument(
      '[after]',
      'another; without it, <before> as it is now is compared with its previous checkpoint',
    )
    .option(
      '-n, --limit <count>',
      'Differences that are shown; all are counted.',
      parseWholeNumber(0, 10_000_000),
      LIMIT_DEFAULT,
    );
  addReadingOptions(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard diff work.xz', 'what has changed since the previous checkpoint?'],
        ['faultguard diff yesterday.xz work.xz', 'between two autosaves'],
        [
          'faultguard diff a.xz b.xz --limit 0 && echo the same',
          'for a script: exit code 0 equal, 1 different',
        ],
      ),
    )
    .action(async (before: string, after: string | undefined, options: Options) => {
      context.exitCode = await diff(before, after, options, context.output);
    });
}

interface Side extends ComparedState {
  readonly path: string;
  /** What the state is made of. */
  readonly told: string;
  readonly problems: readonly string[];
}

async function diff(
  one: string,
  other: string | undefined,
  options: Options,
  output: Output,
): Promise<number> {
  const { limit, textBytesMax, json } = options;
  // Of one autosave first what may be replaced meanwhile.
  const before =
    other === undefined ? await readPrevious(one, textBytesMax) : await readSide(one, textBytesMax, output);
  const after = await readSide(other ?? one, textBytesMax, output);
  const counts: Record<Change, number> = { added: 0, removed: 0, changed: 0 };
  const shown: Difference[] = [];
  for (const difference of findDifferences(before, after)) {
    counts[difference.change]++;
    if (shown.length < limit) shown.push({ ...difference, path: cutText(difference.path, PATH_CHARS_MAX) });
  }
  const count = counts.added + counts.removed + counts.changed;
  const hiddenDifferences = count - shown.length;
  if (json !== undefined) {
    const sideOf = ({ path, problems }: Side): object => ({ path, problems });
    output.json({
      before: sideOf(before),
      after: sideOf(after),
      isEqual: count === 0,
      counts,
      differences: shown,
      hiddenDifferences,
    });
  } else for (const line of describe(before, after, shown, hiddenDifferences, output)) output.line(line);
  return count === 0 ? ExitCode.success : ExitCode.notQuite;
}

async function readSide(path: string, textBytesMax: number, output: Output): Promise<Side> {
  const { reading, root, assessment } = await readLive(path, textBytesMax, output);
  const { mirror } = reading;
  const told = describeSource(assessment.source);
  return { path, root, classNameOf: (node) => mirror.classNameOf(node), told, problems: assessment.problems };
}

async function readPrevious(path: string, textBytesMax: number): Promise<Side> {
  const previous = previousPath(path);
  const found = await readCheckpointAlone(previousPath(resolve(path)), textBytesMax);
  if (typeof found === 'string') {
    throw new Failure(
      'NO_PREVIOUS',
      `${path} has no previous checkpoint to compare with: ${found} Nothing has been changed. There is one from the second ` +
        'checkpoint of a session to its last. Name another autosave to compare with.',
    );
  }
  const { mirror, savedAt } = found;
  return {
    path: previous,
    root: mirror.root as object,
    classNameOf: (node) => mirror.classNameOf(node),
    told:
      savedAt === undefined
        ? 'the previous checkpoint'
        : `the previous checkpoint, of ${formatTime(savedAt)}`,
    problems: [],
  };
}

const MARKS: Readonly<Record<Change, readonly [mark: string, style: Style]>> = {
  added: ['+', 'green'],
  removed: ['-', 'red'],
  changed: ['~', 'yellow'],
};

function* describe(
  before: Side,
  after: Side,
  shown: readonly Difference[],
  hidden: number,
  output: Output,
): Generator<string> {
  for (const [mark, side] of [
    ['---', before],
    ['+++', after],
  ] as const) {
    yield `${mark} ${escapeText(side.path)} (${side.told})`;
    yield* describeFindings(side.problems, [], output);
  }
  for (const { change, path, before: was, after: is } of shown) {
    const [mark, style] = MARKS[change];
    const told = change === 'changed' ? `${was} → ${is}` : (was ?? is);
    yield output.style(style, `${mark} ${path}: ${told}`);
  }
  if (shown.length === 0 && hidden === 0) yield 'The states are equal.';
  else if (hidden > 0) yield `${shown.length > 0 ? '… and ' : ''}${formatCount(hidden, 'difference')} more`;
}
