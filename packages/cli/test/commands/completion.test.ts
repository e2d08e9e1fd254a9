/** `faultguard completion`: what bash makes of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli, runCliJson, runShell, temporaryDirectory } from '../fixtures/run-cli.ts';

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
