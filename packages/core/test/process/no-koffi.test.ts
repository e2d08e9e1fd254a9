/** Where nothing can be mapped the records are written instead, with the same promise. */
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const SCRIPT = appPath('shows-journal.mjs');

test('the journal is mapped where that is possible', async () => {
  const { stdout } = await runScript(SCRIPT);
  expect(stdout).toBe('mapped: true\nrescued 1000\n');
});

test('without native add-ons it is written', async () => {
  const { stdout, stderr } = await runScript(SCRIPT, { execArgv: ['--no-addons'] });
  expect(stderr).toBe('');
  expect(stdout).toBe('mapped: false\nrescued 1000\n');
});

test('a mapped one that is asked for and not possible is refused at the start', async () => {
  const { stdout, stderr, exitCode } = await runScript(SCRIPT, {
    execArgv: ['--no-addons'],
    args: ['mapped'],
  });
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('ERR_FAULTGUARD_SESSION_UNUSABLE');
});
