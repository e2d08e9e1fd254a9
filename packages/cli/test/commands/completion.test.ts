/** `faultguard completion`: what bash, fish and zsh make of it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { runCli, runCliJson, runShell, temporaryDirectory } from '../fixtures/run-cli.ts';
import { hasTmux, openViewTerminal } from '../fixtures/view-terminal.ts';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

/** What is offered for the last of these words. */
async function complete(words: readonly string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const { exitCode, stdout, stderr } = await runShell(
    `eval "$(faultguard completion bash)"; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; ` +
      `_faultguard; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p faultguard`,
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.pop()).toBe('complete -F _faultguard faultguard');
  return lines;
}

describe('completion', () => {
  test('Commands, options, values and files are completed in bash.', async () => {
    expect(await complete(['faultguard', ''])).toEqual(
      expect.arrayContaining(['verify', 'recover', '--help']),
    );
    expect(await complete(['faultguard', 've'])).toEqual(['verify']);
    expect(await complete(['faultguard', 'recover', '--f'])).toEqual(['--format', '--force']);
    expect(await complete(['faultguard', 'recover', '--format', 's'])).toEqual(['superjson']);
    expect(await complete(['faultguard', 'completion', 'b'])).toEqual(['bash']);
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'work.xz'), '');
    expect(await complete(['faultguard', 'inspect', join(directory, 'w')])).toEqual([
      join(directory, 'work.xz'),
    ]);
    expect(await complete(['faultguard', 'recover', '-o', join(directory, 'w')])).toEqual([
      join(directory, 'work.xz'),
    ]);
    expect(await complete(['faultguard', 'nothing', '--'])).toEqual(['']);
  });

  test('What is offered is what the command takes: the same letter is another option in another one.', async () => {
    expect(await complete(['faultguard', 'completion', ''])).toEqual(['bash', 'zsh', 'fish']);
    expect(await complete(['faultguard', 'watch', '--sort', 're'])).toEqual(['restarts']);
    expect(await complete(['faultguard', 'watch', ''])).toEqual(['']);
    expect(await complete(['faultguard', 'inspect', '-d', ''])).toEqual(['']);
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'work.xz'), '');
    expect(await complete(['faultguard', 'doctor', '-d', join(directory, 'w')])).toEqual([
      join(directory, 'work.xz'),
    ]);
  });

  test.skipIf(!has('fish'))('In fish the same is offered, with what it is.', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'work.xz'), '');
    const script = join(directory, 'faultguard.fish');
    writeFileSync(script, (await runCli(['completion', 'fish'])).stdout);
    const complete = async (line: string): Promise<string[]> => {
      const { exitCode, stdout, stderr } = await runScript('--no-config', {
        command: 'fish',
        args: ['-c', `source ${script}; complete -C '${line}'`],
        env: { HOME: directory },
      });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      return stdout.split('\n').slice(0, -1);
    };
    expect(await complete('faultguard ve')).toEqual([expect.stringMatching(/^verify\tCheck autosaves/)]);
    expect(await complete('faultguard recover --f')).toEqual([
      expect.stringMatching(/^--force\t/),
      expect.stringMatching(/^--format\t/),
    ]);
    expect(await complete('faultguard recover --format s')).toEqual([expect.stringMatching(/^superjson\t/)]);
    expect((await complete('faultguard completion ')).toSorted()).toEqual(['bash', 'fish', 'zsh']);
    expect(await complete('faultguard watch ')).toEqual([]);
    expect(await complete(`faultguard inspect ${directory}/w`)).toEqual([`${directory}/work.xz`]);
    expect(await complete(`faultguard recover -o ${directory}/w`)).toEqual([`${directory}/work.xz`]);
  });

  test.skipIf(!has('zsh') || !hasTmux)('In zsh the tab key does it.', async () => {
    const terminal = await openViewTerminal();
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'work.xz'), '');
    terminal.sendLine(`HOME='${directory}' exec zsh -f -i`);
    terminal.sendLine("PS1='> '; autoload -Uz compinit && compinit -u; setopt no_beep; clear");
    await terminal.screenWhen('a prompt', (screen) => screen.trim() === '>');
    terminal.sendLine('eval "$(faultguard completion zsh)"; clear');
    await terminal.screenWhen('a prompt', (screen) => screen.trim() === '>');
    const complete = async (line: string, completed: string): Promise<void> => {
      terminal.press('C-u');
      terminal.paste(line);
      terminal.press('Tab');
      await terminal.screenWhen(completed, (screen) => screen.includes(completed));
    };
    await complete('faultguard ver', '> faultguard verify');
    await complete('faultguard recover --form', '> faultguard recover --format');
    await complete('faultguard recover --format sup', '--format superjson');
    await complete('faultguard completion fi', '> faultguard completion fish');
    await complete(`faultguard inspect ${directory}/wo`, `${directory}/work.xz`);
    await complete(`faultguard recover -o ${directory}/wo`, `-o ${directory}/work.xz`);
    await complete('faultguard watch --sort resta', '--sort restarts');
    await complete('faultguard in', '> faultguard inspect');
    // Two of them: what they are is told.
    terminal.press('C-u');
    terminal.paste('faultguard inspect --p');
    terminal.press('Tab', 'Tab');
    const both = await terminal.screenWhen(
      'both options',
      (screen) => /--path.*Only what stands there/.test(screen) && screen.includes('--plain'),
    );
    expect(both).toContain('Print it');
  });

  test('Its JSON has the same script.', async () => {
    const { json } = await runCliJson(['completion', 'bash']);
    expect(json).toEqual({ shell: 'bash', script: (await runCli(['completion', 'bash'])).stdout.trimEnd() });
  });

  test('A shell that nobody knows is refused.', async () => {
    const { exitCode, stdout, stderr } = await runCli(['completion', 'tcsh']);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toContain('Allowed choices are bash');
  });
});
