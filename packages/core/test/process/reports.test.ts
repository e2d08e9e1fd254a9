/** Node's diagnostic reports: the guard's own is private and goes away, the app's are where they would be. */
import { readdirSync } from 'node:fs';
import { makeTemporaryDirectory, runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const SCRIPT = appPath('reports.mjs');
const SMALL_HEAP = '--max-old-space-size=40';

test('out-of-memory is told by a report without the environment, and leaves no file', async () => {
  const directory = makeTemporaryDirectory();
  const { stdout, signal } = await runScript(SCRIPT, { execArgv: [SMALL_HEAP], cwd: directory.path });
  const [wrote, told] = stdout.trim().split('\n') as [string, string];
  expect(told).toBe('out-of-memory false OOMError');
  expect(signal).toBe('SIGABRT');
  // The one file is the report that the app has written itself.
  expect(readdirSync(directory.path)).toEqual([wrote.replace('app wrote ', '')]);
  directory.remove();
});

test('where the user asks for reports, out-of-memory is told by theirs', async () => {
  const directory = makeTemporaryDirectory();
  const { stdout } = await runScript(SCRIPT, {
    execArgv: [SMALL_HEAP, '--report-on-fatalerror', `--report-directory=${directory.path}`],
    cwd: directory.path,
  });
  expect(stdout).toContain('out-of-memory false OOMError');
  expect(readdirSync(directory.path).length).toBe(2);
  directory.remove();
});

test('a rescue function that ends the process leaves no file of the session', async () => {
  const before = new Set(readdirSync('/dev/shm'));
  const directory = makeTemporaryDirectory();
  const { exitCode } = await runScript(SCRIPT, {
    execArgv: [SMALL_HEAP],
    args: ['exit'],
    cwd: directory.path,
  });
  directory.remove();
  expect(exitCode).toBe(9);
  const left = readdirSync('/dev/shm').filter((name) => !before.has(name) && name.startsWith('faultguard-'));
  expect(left).toEqual([]);
});
