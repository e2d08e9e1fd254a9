/** Errors that are to be expected, as whoever sits at the terminal reads them: what happened, what is safe, what to do. */
import { FaultguardError } from '@faultguard/core/internal';
import { CommanderError } from 'commander';
import { ExitCode } from './exit-code.ts';
import { escapeText } from './terminal/escape-text.ts';

/** What a command cannot do. */
export class Failure extends Error {
  override name = 'Failure';
  readonly code: string;
  readonly exitCode: ExitCode;

  /** `code`: for `--json`, stable. */
  constructor(code: string, message: string, exitCode: ExitCode = ExitCode.failure) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** A value of an option that means nothing. */
export function usageFailure(message: string): Failure {
  return new Failure('USAGE', message, ExitCode.usage);
}

export interface Described {
  readonly code: string;
  /** Safe for a terminal. Empty: there is nothing to add. */
  readonly message: string;
  readonly exitCode: number;
}

/** `command`: in which it has happened, if that is known: its help is the one to look into. */
export function describeFailure(error: unknown, command?: string): Described {
  if (error instanceof Failure) return described(error.code, error.message, error.exitCode);
  if (error instanceof FaultguardError) return describeLibraryError(error);
  if (error instanceof CommanderError) return describeUsage(error, command);
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && code !== undefined) {
    return described(code, `${message}. No autosave has been changed.`, ExitCode.failure);
  }
  return described(
    'BUG',
    `This is a bug in faultguard: please report it. No autosave has been changed.\n${String((error as Error).stack ?? error)}`,
    ExitCode.bug,
  );
}

function describeLibraryError({ code, message }: FaultguardError): Described {
  // What the library says to a program, said to a person.
  const told = message
    .replace(/ Call recover\(\) .*$/s, '')
    .replace(/ Option "autosave\.path" of start\(\) .*$/s, '');
  switch (code) {
    case 'ERR_FAULTGUARD_AUTOSAVE_ACTIVE':
      return described(
        code,
        `${told} Stop that process first, or look into its autosave while it runs: faultguard inspect.`,
        ExitCode.active,
      );
    case 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND':
      return described(
        code,
        `${told} The path is the one that the app gives as "autosave.path".`,
        ExitCode.failure,
      );
    case 'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE':
      return described(code, `${told} Run the command as that user.`, ExitCode.failure);
    default:
      return described(code, told, ExitCode.failure);
  }
}

/** Commander has a line of its own for each, and says `error: ` in front of it. */
function describeUsage({ code, message }: CommanderError, command: string | undefined): Described {
  // No command was given: it has shown the help instead.
  if (code === 'commander.help') return described('USAGE', '', ExitCode.usage);
  const help = command === undefined ? 'faultguard --help' : `faultguard ${command} --help`;
  return described('USAGE', `${message.replace(/^error: /, '')}\nHelp: ${help}`, ExitCode.usage);
}

function described(code: string, message: string, exitCode: number): Described {
  return { code, message: escapeText(message, { keepsLines: true }), exitCode };
}
