/** What comes and goes leaves nothing behind, in the app and in the guardian. */
import { makeTemporaryDirectory, runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const ROUNDS = Number(process.env['FAULTGUARD_TEST_ROUNDS'] ?? 100_000);

/** More by hand: FAULTGUARD_TEST_ROUNDS=1000000 npx vitest run packages/core/test/process/memory.test.ts */
test(`${ROUNDS} rounds of setting and deleting leave both sides where they were`, async () => {
  const directory = makeTemporaryDirectory();
  const { stdout, stderr } = await runScript(appPath('sets-and-deletes.mjs'), {
    args: [String(ROUNDS), directory.path],
    execArgv: ['--expose-gc'],
    timeoutMs: 300_000,
  });
  directory.remove();
  expect(stderr).toBe('');
  const [app, guardian] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, any>);
  expect(app!['after'] - app!['before']).toBeLessThan(4_000_000);
  // An empty guardian has some 6 MB.
  expect(guardian!['guardian']).toBeLessThan(14_000_000);
  expect(guardian!['keys']).toEqual(['map', 'set', 'list', 'cycle']);
});
