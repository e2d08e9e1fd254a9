/** `faultguard doctor`: what this machine gives a guard, and what to do about what it does not. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';
import type { Check } from '../machine/check.ts';
import { checkDisk } from '../machine/check-disk.ts';
import { checkRuntime } from '../machine/check-runtime.ts';
import { checkSystem } from '../machine/check-system.ts';
import type { Context } from '../program.ts';
import { escapeText } from '../terminal/escape-text.ts';
import type { Output, Style } from '../terminal/output.ts';
import { addJsonOption, examples } from './common-options.ts';

interface Options {
  readonly directory: string;
  readonly json?: true;
}

export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command('doctor')
    .summary('What this machine gives a guard, and what to do')
    .description(
      'Tries what a guard needs: Node, mapped memory, locks, the packer of autosaves, room, the speed of syncs, limits, ' +
        'container, process 1, what happens when memory runs out. Makes temporary files, and removes them.',
    )
    .option('-d, --directory <directory>', 'Where autosaves are to lie.', '.');
  addJsonOption(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard doctor', 'here'],
        ['faultguard doctor --directory /var/lib/app', 'and how fast is that disk?'],
        ['docker run --rm my-app npx @faultguard/cli doctor', 'what will it have in production?'],
      ),
    )
    .action(async (options: Options) => {
      context.exitCode = await examineMachine(options, context.output);
    });
}

async function examineMachine({ directory, json }: Options, output: Output): Promise<number> {
  output.progress('measuring');
  const checks = [...(await checkRuntime()), ...checkDisk(directory), ...checkSystem(readText)];
  const hasProblem = checks.some(({ status }) => status === 'problem');
  if (json !== undefined) output.json({ works: !hasProblem, checks });
  else for (const line of describe(checks, output)) output.line(line);
  return hasProblem ? ExitCode.notQuite : ExitCode.success;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const MARKS: Readonly<Record<Check['status'], readonly [mark: string, style: Style]>> = {
  good: ['✓', 'green'],
  warning: ['!', 'yellow'],
  problem: ['✗', 'red'],
};

function* describe(checks: readonly Check[], output: Output): Generator<string> {
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const { id, status, found, advice } of checks) {
    const [mark, style] = MARKS[status];
    yield `${output.style(style, mark)} ${id.padEnd(width)}  ${escapeText(found)}`;
    if (advice !== null) yield `  ${' '.repeat(width)}  ${output.style('dim', '→')} ${advice}`;
  }
  const count = checks.filter(({ status }) => status !== 'good').length;
  yield '';
  if (checks.some(({ status }) => status === 'problem'))
    yield 'Guards do not work here as they are meant to: see what is marked ✗.';
  else yield count === 0 ? 'Everything a guard needs is here.' : 'Guards work here; see what is marked !.';
}
