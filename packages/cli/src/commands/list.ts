/** `faultguard list`: the guards of this user on this machine. */
import type { Command } from 'commander';
import { findSessions, type FoundSession } from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { type ProcessFacts, readProcessFacts } from '../machine/process-facts.ts';
import type { Context } from '../program.ts';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import { formatBytes, formatDuration } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { addJsonOption, examples } from './common-options.ts';

export function addList(program: Command, context: Context): void {
  const command = program
    .command('list')
    .summary('List the guards of this user on this machine')
    .description(
      'Lists the guards of this user on this machine: those with a living process, wherever their files lie, and what guards ' +
        'without autosave have left behind in /dev/shm or the temporary directory.',
    );
  addJsonOption(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard list', 'who is guarded here?'],
        ["faultguard list --json | jq '.guards[] | select(.isDegraded) | .app.pid'", 'who is not, any more?'],
      ),
    )
    .action((options: { readonly json?: true }) => {
      const guards = findSessions().map((session) => describeGuard(session));
      if (options.json !== undefined) context.output.json({ guards });
      else for (const line of describe(guards, context.output)) context.output.line(line);
      context.exitCode = ExitCode.success;
    });
}

interface GuardJson {
  readonly directory: string;
  readonly autosave: string | null;
  readonly app: ProcessFacts | null;
  readonly guardian: ProcessFacts | null;
  /** Neither lives: left behind. */
  readonly isAbandoned: boolean;
  readonly sizeBytes: number;
  readonly unsavedBytes: number | null;
  readonly isDegraded: boolean;
  readonly isAutosaveDegraded: boolean;
}

function describeGuard({ appPid, guardianPid, autosave, unsavedBytes, ...session }: FoundSession): GuardJson {
  return {
    directory: session.directory,
    autosave: autosave ?? null,
    app: appPid === undefined ? null : readProcessFacts(appPid),
    guardian: guardianPid === undefined ? null : readProcessFacts(guardianPid),
    isAbandoned: appPid === undefined && guardianPid === undefined,
    sizeBytes: session.sizeBytes,
    unsavedBytes: unsavedBytes ?? null,
    isDegraded: session.isDegraded,
    isAutosaveDegraded: session.isAutosaveDegraded,
  };
}

const COMMAND_CHARS_MAX = 160;

function* describe(guards: readonly GuardJson[], output: Output): Generator<string> {
  const living = guards.filter(({ isAbandoned }) => !isAbandoned);
  if (living.length === 0) yield 'Nobody is guarded here.';
  for (const { app, guardian, autosave, directory, sizeBytes, unsavedBytes, ...guard } of living) {
    const pid = app === null ? 'no app' : `app ${app.pid}`;
    yield `${output.style('bold', pid)}${describeProcess(app)}: ${describeCommand(app)}`;
    const told =
      guardian === null ? output.style('red', 'none') : `${guardian.pid}${describeProcess(guardian)}`;
    yield `  guardian  ${told}`;
    if (autosave !== null) {
      const unsaved = unsavedBytes === null ? '' : `, ${formatBytes(unsavedBytes)} not synced yet`;
      const trouble = guard.isAutosaveDegraded ? `, ${output.style('red', 'cannot be written')}` : '';
      yield `  autosave  ${escapeText(autosave)}${unsaved}${trouble}`;
    }
    const trouble = guard.isDegraded ? `, ${output.style('red', 'the app has stopped journaling')}` : '';
    yield `  journal   ${escapeText(directory)}, ${formatBytes(sizeBytes)}${trouble}`;
  }
  for (const { directory, sizeBytes } of guards.filter(({ isAbandoned }) => isAbandoned)) {
    yield `${output.style('dim', 'left behind')}: ${escapeText(directory)}, ${formatBytes(sizeBytes)}: app and guardian are gone; the next start removes it`;
  }
}

/** Node's own path says nothing, and is long. */
function describeCommand(app: ProcessFacts | null): string {
  if (app?.command == null) return 'command unknown';
  return cutText(app.command.replace(/^\S*\//, ''), COMMAND_CHARS_MAX);
}

function describeProcess(facts: ProcessFacts | null): string {
  if (facts === null) return '';
  const parts = [
    ...(facts.uptimeMs === null ? [] : [`up ${formatDuration(facts.uptimeMs)}`]),
    ...(facts.memoryBytes === null ? [] : [formatBytes(facts.memoryBytes)]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
