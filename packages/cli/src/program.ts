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
import type { Output } from './terminal/output.ts';

export interface Context {
  readonly output: Output;
  /** What the command is to end with. */
  exitCode: number;
}

export function createProgram(context: Context): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const program = new Command('faultguard')
    .description(
      'Runs a program under guard; looks into what faultguard has saved, checks it, and gets it out. Reads only, unless told to ' +
        'write.',
    )
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print help.')
    .helpCommand(false)
    .exitOverride()
    // What stands behind the command of `run` is that command's.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => context.output.line(text.trimEnd()),
      // What is wrong with a command line is told where all errors are.
      outputError: () => {},
      writeErr: (text) => context.output.note(text.trimEnd()),
    })
    .addHelpText('after', HELP_AFTER);
  addRun(program, context);
  // In the order in which somebody needs them.
  addVerify(program, context);
  addRecover(program, context);
  addInspect(program, context);
  addDiff(program, context);
  addHistory(program, context);
  addList(program, context);
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

Begin with: faultguard verify work.xz`;
