/** `faultguard inspect`: what is in an autosave, who wrote it, and how it is. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { type JournalFiles, listCheckpoints, listJournals, peekHeader } from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { readLive } from '../files/read-live.ts';
import type { Context } from '../program.ts';
import { type Assessment, describeFindings, describeSource } from '../state/assess-reading.ts';
import { describeCrash } from '../state/describe-crash.ts';
import type { ClassNameOf } from '../state/describe-value.ts';
import { findPlace, parsePath, type Place } from '../state/path.ts';
import { describeSeries, plotSeries } from '../state/series.ts';
import { formatTree, makeTree, toJson } from '../state/tree.ts';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import { formatBytes, formatCount, formatTime } from '../terminal/format-amounts.ts';
import { type Output, unstyled } from '../terminal/output.ts';
import { isInteractive, loadViews } from '../views/terminal.ts';
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
  readonly depth: number;
  readonly limit: number;
  readonly plain?: true;
}

const LIMIT_DEFAULT = 20;

export function addInspect(program: Command, context: Context): void {
  const command = program
    .command('inspect')
    .summary('Look into one: the state as a tree, files, processes')
    .description(
      'Shows what an autosave holds, also while its app runs: the state as a tree with types and sizes, the checkpoints, the ' +
        'journal, who wrote it and how that ended. On a terminal the tree is one to open, close and search.',
    )
    .argument('<autosave>', 'the file that the app names as "autosave.path"');
  addPathOption(command, 'Only what stands there: users.3.name. A list of numbers is plotted.');
  addDepthOption(command, 'Levels of the tree.');
  command
    .option(
      '-n, --limit <count>',
      'Entries of each object that are shown.',
      parseWholeNumber(1, 1_000_000),
      LIMIT_DEFAULT,
    )
    .option('--plain', 'Print it, on a terminal too; what --depth and --limit are for.');
  addReadingOptions(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard inspect work.xz', 'what is in it?'],
        ['faultguard inspect work.xz --plain --path users.3 --depth 5', 'one part, printed'],
        ['faultguard inspect work.xz --path trace', 'a list of numbers, plotted'],
        ['faultguard inspect work.xz --json | jq .crash', 'how did its app end?'],
      ),
    )
    .action(async (path: string, options: Options) => {
      context.exitCode = await inspect(path, options, context.output);
    });
}

interface CheckpointJson {
  readonly path: string;
  readonly role: string;
  readonly sizeBytes: number | null;
  readonly savedAt: string | null;
  readonly session: number | null;
}

interface AppJson {
  readonly pid: number;
  readonly startedAt: string;
  /** Known only of an app that left a diagnostic report. */
  readonly nodeVersion: string | null;
  readonly host: string | null;
}

/** All that there is to show, however it is shown. */
interface Inspected {
  readonly path: string;
  readonly isActive: boolean;
  readonly app: AppJson;
  readonly checkpoints: readonly CheckpointJson[];
  readonly journals: readonly JournalFiles[];
  readonly assessment: Assessment;
  readonly place: Place;
  readonly classNameOf: ClassNameOf;
}

async function inspect(path: string, options: Options, output: Output): Promise<number> {
  const isViewed = options.json === undefined && options.plain === undefined && isInteractive();
  // While the file is unpacked on another thread there is time for that.
  const views = isViewed ? loadViews() : undefined;
  const inspected = await read(path, options, output);
  if (views !== undefined) await view(inspected, await views, output);
  else if (options.json !== undefined) printJson(inspected, options, output);
  else print(inspected, options, output);
  return ExitCode.success;
}

async function read(
  path: string,
  { path: place, textBytesMax }: Options,
  output: Output,
): Promise<Inspected> {
  const steps = place === undefined ? [] : parsePath(place);
  const absolute = resolve(path);
  const { reading, root, isActive, assessment } = await readLive(path, textBytesMax, output);
  const { mirror, pid, startedAt, crash } = reading;
  return {
    path,
    isActive,
    app: { pid, startedAt: startedAt.toISOString(), ...readReport(crash?.report) },
    assessment,
    place: findPlace(root, steps),
    classNameOf: (node) => mirror.classNameOf(node),
    checkpoints: await describeCheckpoints(absolute),
    journals: listJournals(absolute),
  };
}

async function view(
  inspected: Inspected,
  { showTree }: Awaited<ReturnType<typeof loadViews>>,
  output: Output,
): Promise<void> {
  const { place, classNameOf } = inspected;
  const [title = '', ...facts] = describeAutosave(inspected, unstyled);
  output.clearProgress();
  await showTree({ ...place, classNameOf, title, facts: [...facts, ...describeFiles(inspected)] });
}

function printJson(inspected: Inspected, { depth, limit }: Options, output: Output): void {
  const { path, isActive, app, checkpoints, journals, assessment, place, classNameOf } = inspected;
  output.json({
    path,
    isActive,
    app,
    checkpoints,
    journals: journals.map((journal) => toJournalJson(journal)),
    ...assessment,
    tree: toJson(makeTree(place.value, place.path, { depth, limit, classNameOf })),
  });
}

function toJournalJson({ guardianPid, appPid, ...journal }: JournalFiles): object {
  return { ...journal, guardianPid: guardianPid ?? null, appPid: appPid ?? null };
}

function print(inspected: Inspected, { depth, limit }: Options, output: Output): void {
  const { place, classNameOf } = inspected;
  for (const line of describeAutosave(inspected, output)) output.line(line);
  for (const line of describeFiles(inspected)) output.line(line);
  output.line();
  const tree = makeTree(place.value, place.path, { depth, limit, classNameOf });
  if (tree.series !== null) {
    for (const line of plotSeries(place.value, output.columns ?? 80)) output.line(line);
    output.line(describeSeries(tree.series));
  }
  for (const line of formatTree(tree, output)) output.line(line);
}

/** Without reading all of each: that is what `verify` does. */
async function describeCheckpoints(path: string): Promise<CheckpointJson[]> {
  const described: CheckpointJson[] = [];
  for (const file of listCheckpoints(path)) {
    const header = await peekHeader(file.path);
    described.push({
      path: file.path,
      role: file.role,
      sizeBytes: file.sizeBytes ?? null,
      savedAt: header?.savedAt ?? null,
      session: header?.session ?? null,
    });
  }
  return described;
}

/** Of Node's diagnostic report: as untrusted as the rest. */
function readReport(report: unknown): Pick<AppJson, 'nodeVersion' | 'host'> {
  const { header } = (report ?? {}) as { readonly header?: Record<string, unknown> | null };
  const textOf = (name: string): string | null => {
    const text = header?.[name];
    return typeof text === 'string' ? cutText(text, 100) : null;
  };
  return { nodeVersion: textOf('nodejsVersion'), host: textOf('host') };
}

function* describeAutosave(
  { path, isActive, app, assessment }: Inspected,
  output: Pick<Output, 'style'>,
): Generator<string> {
  const { pid, startedAt, nodeVersion, host } = app;
  const { source, crash, stateVersion, problems, notes } = assessment;
  yield `${output.style('bold', escapeText(path))}: ${isActive ? output.style('green', 'in use by a living process') : 'nobody uses it'}`;
  const version = nodeVersion === null ? '' : `, Node ${nodeVersion}`;
  const where = host === null ? '' : `, on ${host}`;
  yield `  app       process ${pid}, started ${formatTime(new Date(startedAt))}${version}${where}`;
  if (isActive) yield '  ended     it has not';
  else yield `  ended     ${crash === null ? 'in order' : describeCrash(crash)}`;
  const named = stateVersion === 0 ? '' : `, version ${stateVersion}`;
  yield `  state     ${describeSource(source)}${named}`;
  yield* describeFindings(problems, notes, output);
}

function* describeFiles({ checkpoints, journals }: Inspected): Generator<string> {
  for (const { path, role, sizeBytes, savedAt } of checkpoints) {
    const time = savedAt === null ? '' : `, of ${formatTime(new Date(savedAt))}`;
    yield `  ${role.padEnd(9)} ${escapeText(basename(path))}${sizeBytes === null ? '' : `, ${formatBytes(sizeBytes)}`}${time}`;
  }
  for (const { directory, segmentCount, sizeBytes, guardianPid } of journals) {
    const guardian = guardianPid === undefined ? '' : `, guardian ${guardianPid}`;
    yield `  journal   ${escapeText(basename(directory))}, ${formatCount(segmentCount, 'segment')}, ${formatBytes(sizeBytes)}${guardian}`;
  }
}
