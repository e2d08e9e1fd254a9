/** `faultguard run`: a command under supervision, as if nothing were there. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type RunEnd, type RunSettings, runCommand } from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';
import { findProgram, type FoundProgram } from '../machine/find-program.ts';
import type { Context } from '../program.ts';
import { readConfig } from '../settings/config-file.ts';
import {
  parseModuleOrNone,
  parsePathOrNone,
  parseRestart,
  parseMs,
  parseMsOrNone,
} from '../settings/parse-values.ts';
import { combineSettings, type RunOptions } from '../settings/run-settings.ts';
import { escapeAsJson } from '../terminal/escape-text.ts';
import { addJsonOption, examples } from './common-options.ts';

interface Options extends RunOptions {
  readonly config?: string;
  readonly json?: true;
}

export function addRun(program: Command, context: Context): void {
  const command = program
    .command('run')
    .summary('Run a program under guard, and any other under supervision')
    .usage('[options] -- <command...>')
    .description(
      'Runs a command as if nothing were there: its input, output, terminal, signals and exit code are its own. A program of Node ' +
        'that calls start() or attach() is guarded as these options say, which win over those in its code. Any other program ' +
        'is started again when it has crashed, ended when it hangs, and its terminal is put back.',
    )
    .argument('<command...>', 'the program and its arguments')
    .passThroughOptions();
  for (const option of OPTIONS) command.addOption(option);
  addJsonOption(command);
  command
    .addHelpText('after', HELP_AFTER)
    .action(async ([name, ...args]: [string, ...string[]], options: Options) => {
      if (name === '') throw usageFailure('The command is empty. Nothing has been started.');
      const settings = combineSettings(options, await readConfig(options.config));
      const found = findProgram(name);
      const guardFlags = findGuardFlags(command);
      refuseWhatCannotBe(name, found, guardFlags, settings);
      const end = await supervise(name, args, found, settings);
      if (!end.isGuarded && guardFlags.length > 0) {
        context.output.note(
          `faultguard: ${name} has called neither start() nor attach(), so ${guardFlags.join(' and ')} had no effect.`,
        );
      }
      // Standard output is the program's.
      if (options.json !== undefined) context.output.note(escapeAsJson(JSON.stringify({ run: end })));
      context.exitCode = Number(process.exitCode ?? ExitCode.success);
      // What a rescue module has left open keeps nobody waiting.
      process.exit();
    });
}

const OPTIONS: readonly Option[] = [
  option(
    'AUTOSAVE',
    '--autosave <file>',
    'Keep the state in this file as well; none: do not.',
    parsePathOrNone,
  ),
  option('INTERVAL', '--interval <duration>', 'Save what has changed that often.', parseMs),
  option('EXISTING', '--existing <what>', 'What to do with an autosave that is there.').choices([
    'error',
    'resume',
    'discard',
  ]),
  option(
    'KEEP',
    '--keep <when>',
    'Keep the autosave after a clean end as well, or after a crash alone.',
  ).choices(['always', 'crash']),
  option('RESCUE', '--rescue <module>', 'Call the rescue of this module; none: of none.', parseModuleOrNone),
  option(
    'RESTART',
    '--restart <max[/within]>',
    'Start it again when it has crashed: 5/60s; none: do not.',
    parseRestart,
  ),
  option(
    'BACKOFF',
    '--backoff <duration>',
    'Wait that long between two starts, twice as long each time.',
    parseMs,
  ),
  option(
    'HANG_TIMEOUT',
    '--hang-timeout <duration>',
    'End it when it hangs that long: its event loop, under guard, else when it writes nothing; none: never.',
    parseMsOrNone,
  ),
  option(
    'DOSSIERS',
    '--dossiers <directory>',
    'Write a dossier of each crash there; none: do not.',
    parsePathOrNone,
  ),
  option(
    'CONFIG',
    '-c, --config <file>',
    'Read options from this file, not from faultguard.config.json or .js here.',
    (text) => text,
  ),
];

/** With its variable, which says nothing when it is empty. */
function option(name: string, flags: string, what: string, parse?: (text: string) => unknown): Option {
  const made = new Option(flags, what);
  const variable = `FAULTGUARD_${name}`;
  if (process.env[variable] !== '') made.env(variable);
  return parse === undefined ? made : made.argParser((text: string) => parse(refuseEmpty(text)));
}

/** As of a variable of a shell that is not set, in quotes. */
function refuseEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

const HELP_AFTER = `
Options win over variables, these over the configuration, and that over what the program's code says.
A duration is 500ms, 10s, 5m, 1h; a number alone is milliseconds.
${examples(
  ['faultguard run -- node app.js', 'an app that calls attach() has a guardian that sees how it ends'],
  [
    'faultguard run --autosave work.xz --existing resume --restart 5/1m -- node app.js',
    'killed, it goes on with its state; killed with its guardian, by the next run',
  ],
  [
    'faultguard run --autosave work.xz --existing resume --keep always -- node server.js',
    'goes on with its state after a clean end too, which otherwise removes the autosave',
  ],
  [
    'faultguard run --rescue ./rescue.js -- node app.js',
    'with a rescue of your own, whatever is in the code',
  ],
  [
    'faultguard run --restart 10/1h --hang-timeout 5m --dossiers /var/log -- python3 collect.py',
    'any other program: started again, ended when it hangs, with a record of each crash',
  ],
)}`;

/** Of whoever calls start() or attach() alone. */
const GUARD_OPTIONS = ['autosave', 'interval', 'existing', 'keep', 'rescue'] as const;

/** Those that stand on the command line: what a variable or a configuration says may be meant for other programs. */
function findGuardFlags(command: Command): string[] {
  return GUARD_OPTIONS.filter((name) => command.getOptionValueSource(name) === 'cli').map(
    (name) => `--${name}`,
  );
}

function refuseWhatCannotBe(
  name: string,
  { path, isNode }: FoundProgram,
  guardFlags: readonly string[],
  { hangTimeoutMs }: RunSettings,
): void {
  if (path !== undefined && !isNode && guardFlags.length > 0) {
    throw usageFailure(
      `${name} is no program of Node, and ${guardFlags.join(' and ')} are for one that calls start() or attach(). Nothing has ` +
        'been started. Name Node itself: faultguard run -- node app.js.',
    );
  }
  if (hangTimeoutMs != null && !isNode && process.platform !== 'linux') {
    throw usageFailure(
      '--hang-timeout sees what a program that is not guarded does on Linux alone. Nothing has been started.',
    );
  }
}

async function supervise(
  name: string,
  args: readonly string[],
  { path, isNode }: FoundProgram,
  settings: RunSettings,
): Promise<RunEnd> {
  try {
    return await runCommand({ command: name, args, isNode, settings });
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall?.startsWith('spawn') !== true) throw error;
    if (code === 'ENOENT' && path === undefined) {
      throw new Failure(
        'COMMAND_NOT_FOUND',
        `There is no command ${name}. Nothing has been started.`,
        ExitCode.notFound,
      );
    }
    const reason = code === 'ENOENT' ? 'the interpreter in its first line is not there' : message;
    throw new Failure(
      'COMMAND_NOT_EXECUTABLE',
      `${path ?? name} cannot be executed: ${reason}. Nothing has been started.`,
      ExitCode.notExecutable,
    );
  }
}
