/** docs/reference/cli.md has what the program has: commands, options with their defaults, exit codes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/exit-code.ts';
import { createProgram } from '../../src/program.ts';
import { ProcessOutput } from '../../src/terminal/output.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const document = read('../../docs/reference/cli.md');
const { commands } = createProgram({
  output: new ProcessOutput(),
  exitCode: 0,
  command: undefined,
});

/** The section of a command. */
function sectionOf(name: string): string {
  return new RegExp(`^## \`faultguard ${name}\\b.*?(?=^## |$(?![^]))`, 'ms').exec(document)?.[0] ?? '';
}

describe('docs/reference/cli.md', () => {
  test('has a section for each command, in the order of the help, with its arguments.', () => {
    const headings = [...document.matchAll(/^## `faultguard (.*)`$/gm)].map(([, heading]) => heading);
    const synopses = commands.map((command) =>
      command
        .usage()
        .replace(/^\[options\] ?/, '')
        .replace(/^/, `${command.name()} `)
        .trimEnd(),
    );
    expect(headings).toEqual(synopses);
  });

  test.each(commands.map((command) => [command.name(), command] as const))(
    'The options of %s are those of the program.',
    (name, command) => {
      const rows = [...sectionOf(name).matchAll(/^\| `-.*/gm)].map(([row]) => {
        const [, flags = '', byDefault = ''] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
        return { flags, byDefault: byDefault.replaceAll(/(?<=\d),(?=\d)/g, '') };
      });
      const options = command.options
        .filter(({ long }) => long !== '--json')
        .map(({ flags, defaultValue, defaultValueDescription }) => ({
          flags,
          byDefault: defaultValueDescription ?? String(defaultValue ?? ''),
        }));
      expect(rows).toEqual(options);
    },
  );

  test('Every command has --json, and its shape is told.', () => {
    for (const command of commands) {
      expect(command.options.map(({ long }) => long)).toContain('--json');
      expect(sectionOf(command.name())).toMatch(/```ts\n\{/);
    }
  });

  test('The exit codes are those of the source.', () => {
    const table = document.split('## Exit codes')[1]?.split('\n## ')[0] ?? '';
    const codes = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(ExitCode));
  });

  test('The README of the package names each command.', () => {
    const readme = read('README.md');
    const named = [...readme.matchAll(/^\| `faultguard (\w+)/gm)].map(([, name]) => name);
    expect(named).toEqual(commands.map((command) => command.name()));
  });
});
