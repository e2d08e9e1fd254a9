/** Worker threads have no guard of their own yet: they are told so, and loading the library in them changes nothing. */
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const REFUSED = { code: 'ERR_FAULTGUARD_NOT_MAIN_THREAD', map: true };

test('a worker that loads the library is no app and no guardian, whenever it begins', async () => {
  const { stdout, stderr } = await runScript(appPath('has-workers.mjs'));
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { who: 'guardian, early', ...REFUSED },
    { who: 'guardian, early, with a copy', ...REFUSED },
    // It shares the environment in which the main thread has yet to find that it is the app.
    { who: 'app, early', ...REFUSED },
    { who: 'app, early, with a copy', ...REFUSED },
    { who: 'app, later', ...REFUSED },
    { who: 'app', map: false, marked: false },
    { who: 'guardian, in the rescue', ...REFUSED },
    { who: 'rescue', n: 1 },
    { who: 'outcome', exitCode: 3 },
  ]);
});
