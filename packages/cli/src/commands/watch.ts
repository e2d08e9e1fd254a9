/** `faultguard watch`: the guards of this user on this machine as they are from one moment to the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { formatRate, sortGuards, SORT_NAMES } from '../guards/columns.ts';
import { GuardSampler, type Look, type WatchedGuard } from '../guards/sample-guards.ts';
import { describeCommand, notGuarded, parsePid, readGuards } from '../guards/guard-facts.ts';
import type { Context } from '../program.ts';
import { formatBytes, formatCount, formatDuration, formatTime } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { DURATION_FORMS, parseDuration } from '../terminal/parse-duration.ts';
import { isInteractive, loadViews } from '../views/terminal.ts';
import { addJsonOption, examples, parseWholeNumber } from './common-options.ts';

interface Options {
  /** Milliseconds. */
  readonly interval: number;
  readonly sort: string;
  readonly reverse?: true;
  readonly count?: number;
  readonly plain?: true;
  readonly json?: true;
}

const INTERVAL_MS_DEFAULT = 1000;
/** To look at all processes of a machine takes some ten milliseconds. */
const INTERVAL_MS_MIN = 100;
const INTERVAL_MS_MAX = 3_600_000;

export function addWatch(program: Command, context: Context): void {
  const command = program
    .command('watch')
    .summary('Watch them live: rates, lags, memory, restarts')
    .description(
      'Shows the guards of this user on this machine from one moment to the next: how much their apps append, how far mirror and ' +
        'disk are behind, memory, restarts, the last crash. On a terminal a table with keys; elsewhere a line for each guard and ' +
        'look, until it is ended.',
    )
    .argument('[pid]', 'one guard alone, by the process of its app or its guardian', parseProcess)
    .addOption(
      new Option('-i, --interval <duration>', 'From one look to the next.')
        .argParser(parseInterval)
        .default(INTERVAL_MS_DEFAULT, '1s'),
    )
    .addOption(
      new Option('-s, --sort <column>', 'What stands first: the largest of this.')
        .choices(SORT_NAMES)
        .default('appended'),
    )
    .option('--reverse', 'The least first.')
    .option(
      '-c, --count <looks>',
      'Print so many looks, and end.',
      parseWholeNumber(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--plain', 'Print lines, on a terminal too.');
  addJsonOption(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard watch', 'who is guarded here, and how far behind is what?'],
        ['faultguard watch 4711', 'one app, in full'],
        ['faultguard watch --json --count 2 | tail -n 1 | jq .guards', 'rates take two looks'],
      ),
    )
    .action(async (pid: number | undefined, options: Options) => {
      context.exitCode = await watch(pid, options, context.output);
    });
}

function parseInterval(text: string): number {
  const intervalMs = parseDuration(text);
  if (intervalMs !== undefined && intervalMs >= INTERVAL_MS_MIN && intervalMs <= INTERVAL_MS_MAX)
    return intervalMs;
  throw new InvalidArgumentError(`It has to be a duration from 100ms to 1h: ${DURATION_FORMS}.`);
}

function parseProcess(text: string): number {
  const pid = parsePid(text);
  if (pid !== undefined) return pid;
  throw new InvalidArgumentError('It has to be the number of a process: faultguard list tells them.');
}

async function watch(pid: number | undefined, options: Options, output: Output): Promise<number> {
  const { interval: intervalMs, sort, reverse = false, count } = options;
  const sampler = new GuardSampler(pid);
  const lookNow = (): Look => sampler.look(readGuards(), Date.now());
  const first = lookNow();
  if (pid !== undefined && first.guards.length === 0) throw notGuarded(pid);
  const isPrinted = options.json !== undefined || options.plain !== undefined || count !== undefined;
  if (!isPrinted && isInteractive()) {
    const { showGuards } = await loadViews();
    await showGuards({
      first,
      lookNow,
      intervalMs,
      sort,
      isReversed: reverse,
      isOne: pid !== undefined,
    });
    return ExitCode.success;
  }
  let look = first;
  for (let looks = 1; ; looks++) {
    const guards = sortGuards(look.guards, sort, reverse);
    if (options.json === undefined) for (const line of describe(look.atMs, guards)) output.line(line);
    else output.jsonLine({ at: new Date(look.atMs).toISOString(), guards });
    if (looks === count || output.isClosed || !sampler.isAlive) return ExitCode.success;
    await sleep(intervalMs);
    look = lookNow();
  }
}

function* describe(atMs: number, guards: readonly WatchedGuard[]): Generator<string> {
  const time = formatTime(new Date(atMs));
  if (guards.length === 0) yield `${time}  nobody is guarded here`;
  for (const guard of guards) yield `${time}  ${describeGuard(guard).join('  ')}`;
}

function describeGuard(guard: WatchedGuard): string[] {
  const { app, guardian, appendedBytesPerSecond, unmirroredBytes, unsavedBytes, restarts } = guard;
  const troubles = [
    ...(guardian === null ? ['no guardian'] : []),
    ...(guard.isDegraded ? ['the app has stopped journaling'] : []),
    ...(guard.isAutosaveDegraded ? ['the autosave cannot be written'] : []),
  ];
  return [
    app === null ? 'no app' : `app ${app.pid}`,
    ...(appendedBytesPerSecond === null ? [] : [`appended ${formatRate(appendedBytesPerSecond)}`]),
    `unmirrored ${formatBytes(unmirroredBytes)}`,
    ...(unsavedBytes === null ? [] : [`unsaved ${formatBytes(unsavedBytes)}`]),
    ...(app?.uptimeMs == null ? [] : [`up ${formatDuration(app.uptimeMs)}`]),
    ...(restarts === 0 ? [] : [formatCount(restarts, 'restart')]),
    ...troubles,
    describeCommand(app),
  ];
}
