/** What there is to complete of a program, whichever shell asks. All of it is our own text. */
import type { Argument, Command, Option } from 'commander';

/** What a word may be: one of these, the name of a file, or something that nobody can know. */
export type Values = readonly string[] | 'file' | 'unknown';

export interface CompletedOption {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  /** Undefined of one that takes no value. */
  readonly values: Values | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly values: Values;
}

/** By what the help calls the value of an option. */
const FILE_VALUE = /<(?:file|directory|module)>/;

const HELP: CompletedOption = {
  short: '-h',
  long: '--help',
  description: 'Print help.',
  values: undefined,
};

export function completedCommands(program: Command): readonly CompletedCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [...command.options.map((option) => completedOption(option)), HELP],
    values: valuesOf(command.registeredArguments[0]),
  }));
}

function completedOption({ flags, short, long, description, required, argChoices }: Option): CompletedOption {
  const values = argChoices ?? (FILE_VALUE.test(flags) ? 'file' : 'unknown');
  return { short, long: long as string, description, values: required ? values : undefined };
}

function valuesOf(argument: Argument | undefined): Values {
  if (argument?.argChoices !== undefined) return argument.argChoices;
  return argument === undefined || argument.name() === 'pid' ? 'unknown' : 'file';
}
