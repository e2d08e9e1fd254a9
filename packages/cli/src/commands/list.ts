/** `faultguard list`: the guards of this user on this machine. */
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { describeCommand, describeUse, type GuardJson, readGuards } from '../guards/guard-facts.ts';
import type { ProcessFacts } from '../machine/process-facts.ts';
import type { Context } from '../program.ts';
import { describeCrash } from '../state/describe-crash.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatBytes, formatCount } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { addJsonOption, examples } from './common-options.ts';

export function addList(program: Command, context: Context): void {
  const command = program
    .command('list')
    .summary('List the guards of this user on this machine')
    .description(
      'Lists the guards of this user on this machine: those with a living process, wherever their files lie, and what guards ' +
        'without autosave have left behind in /dev/shm or the temporary directory. Live: faultguard watch.',
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
      const guards = readGuards();
      if (options.json !== undefined) context.output.json({ guards });
      else for (const line of describe(guards, context.output)) context.output.line(line);
      context.exitCode = ExitCode.success;
    });
}

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
    const { restarts, lastCrash } = guard;
    if (lastCrash !== null) {
      const again = restarts === 0 ? '' : `; started again ${formatCount(restarts, 'time')}`;
      yield `  crashed   ${describeCrash(lastCrash)}${again}`;
    }
  }
  for (const { directory, sizeBytes } of guards.filter(({ isAbandoned }) => isAbandoned)) {
    yield `${output.style('dim', 'left behind')}: ${escapeText(directory)}, ${formatBytes(sizeBytes)}: app and guardian are gone; the next start removes it`;
  }
}

function describeProcess(facts: ProcessFacts | null): string {
  const use = facts === null ? '' : describeUse(facts);
  return use === '' ? '' : ` (${use})`;
}
