/** The commands and what they have in common. Each is a file in `commands`, and a section of docs/reference/cli.md. */
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { addCompletion } from './commands/completion.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addHistory } from './commands/history.ts';
import { addInspect } from './commands/inspect.ts';
import { addList } from './commands/list.ts';
import { addRecover } from './commands/recover.ts';
import { addRun } from './commands/run.ts';
import { addVerify } from './commands/verify.ts';
import { addWatch } from './commands/watch.ts';
import type { Output } from './terminal/output.ts';

export interface Context {
  readonly output: Output;
  /** What the command is to end with. */
  exitCode: number;
  /** Which of them it is, once that is known. */
  command: string | undefined;
}

export function createProgram(context: Context): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const program = new Command('faultguard')
    .description(
      'Runs a program under guard; looks into what faultguard has saved, checks it, gets it out, and shows who is guarded. ' +
        'Reads only, unless told to write.\n\nAn autosave is the file that an app names as "autosave.path", such as work.xz.',
    )
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print help.')
    .helpCommand(false)
    .exitOverride()
    // What stands behind the command of `run` is that command's.
    .enablePositionalOptions()
    .configureHelp({
      showGlobalOptions: false,
      // That it has options its own help tells.
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace('[options]', '').trim()}`.trimEnd(),
    })
    .configureOutput({
      writeOut: (text) => context.output.line(text.trimEnd()),
      // What is wrong with a command line is told where all errors are.
      outputError: () => {},
      writeErr: (text) => context.output.note(text.trimEnd()),
    })
    .addHelpText('after', HELP_AFTER)
    .hook('preSubcommand', (_, command) => {
      context.command = command.name();
    });
  // In the order in which somebody needs them.
  program.commandsGroup('Under guard:');
  addRun(program, context);
  program.commandsGroup('What was saved:');
  addVerify(program, context);
  addRecover(program, context);
  addInspect(program, context);
  addDiff(program, context);
  addHistory(program, context);
  program.commandsGroup('What runs:');
  addList(program, context);
  addWatch(program, context);
  program.commandsGroup('Besides:');
  addDoctor(program, context);
  addCompletion(program, context);
  return program;
}

const HELP_AFTER = `
Exit codes:
  0   done; sound; equal
  1   verify, recover: usable with loss; diff: different; doctor: a problem
  2   not there, not readable, not usable, or something is in the way
  3   a living process uses it
  64  the command line means nothing
  70  a bug in faultguard
  126 run: the command cannot be executed
  127 run: there is no such command; else run ends as the command does

Options and examples of each: faultguard <command> --help
Begin with: faultguard verify work.xz`;
