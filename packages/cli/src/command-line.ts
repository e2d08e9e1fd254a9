/** The whole program: from its arguments to its exit code. Errors that are to be expected have no stack. */
import { setImmediate } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { ExitCode } from './exit-code.ts';
import { describeFailure } from './failure.ts';
import { type Context, createProgram } from './program.ts';
import { ProcessOutput } from './terminal/output.ts';

export async function runCommandLine(args: readonly string[]): Promise<number> {
  const output = new ProcessOutput();
  const context: Context = { output, exitCode: ExitCode.success, command: undefined };
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' });
    // What standard output has to say comes later.
    await setImmediate();
    return output.hasFailed ? ExitCode.failure : context.exitCode;
  } catch (error) {
    // Help or the version has been asked for, and shown.
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.success;
    const { code, message, exitCode } = describeFailure(error, context.command);
    // Behind that are the words of another command.
    const end = args.indexOf('--');
    if (args.slice(0, end < 0 ? undefined : end).includes('--json'))
      output.note(JSON.stringify({ error: { code, message } }));
    else if (message !== '') output.note(`faultguard: ${message}`);
    return exitCode;
  }
}
