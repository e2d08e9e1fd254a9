/** What all commands have in common. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../src/program.ts';
import { ProcessOutput } from '../src/terminal/output.ts';
import { runCli, runShell } from './fixtures/run-cli.ts';

const program = createProgram({ output: new ProcessOutput(), exitCode: 0, command: undefined });
const commands = program.commands.map((command) => command.name());

describe('the program', () => {
  test('--version is that of the package.', async () => {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    const { exitCode, stdout } = await runCli(['--version']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${version}\n` });
  });

  test('--help names each command and each exit code.', async () => {
    const { exitCode, stdout, stderr } = await runCli(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).toContain('Exit codes:');
  });

  test.each(commands)('The help of %s has examples.', async (name) => {
    const { exitCode, stdout } = await runCli([name, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\n {2}\\$ .*faultguard ${name}`));
  });

  test('Without a command it shows its help, as an error.', async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toMatch(/^Usage: faultguard/);
  });

  test.each([
    [['verfy'], "unknown command 'verfy'", 'faultguard'],
    [['--nothing'], "unknown option '--nothing'", 'faultguard'],
    [['verify', 'x', '--repare'], "unknown option '--repare'", 'faultguard verify'],
    [['verify'], "missing required argument 'autosave'", 'faultguard verify'],
    [
      ['verify', 'x', '--text-bytes-max', 'many'],
      'It has to be a whole number from 1 to 536870888.',
      'faultguard verify',
    ],
    [['watch', '--interval', 'often'], 'It has to be a duration from 100ms to 1h: 500ms', 'faultguard watch'],
    [['watch', '--interval', '99'], 'It has to be a duration from 100ms to 1h: 500ms', 'faultguard watch'],
    [['run', '--backoff', '1d', '--', 'true'], 'It has to be a duration: 500ms, 10s', 'faultguard run'],
  ])(
    '%j is refused in one sentence, with exit code 64 and the help to look into.',
    async (args, says, help) => {
      const { exitCode, stdout, stderr } = await runCli(args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
      expect(stderr).toMatch(/^faultguard: /);
      expect(stderr).toContain(says);
      expect(stderr).toMatch(new RegExp(`\nHelp: ${help} --help\n$`));
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
  );

  test('With --json an error is JSON too, on standard error.', async () => {
    const { exitCode, stdout, stderr } = await runCli(['verify', '--json']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'USAGE', message: expect.stringContaining('missing') },
    });
  });

  test('Its help ends quietly in a pipe that is closed.', async () => {
    const { exitCode, stdout, stderr } = await runShell('faultguard --help | head -n 1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: faultguard/);
  });
});
