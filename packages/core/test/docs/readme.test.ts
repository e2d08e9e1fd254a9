/** The examples of the READMEs do what stands below them. */
import { readFileSync } from 'node:fs';
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';

const PACKAGE = new URL('../../', import.meta.url).pathname;

test.each(['../../README.md', 'README.md'])('the first example of %s prints what it says', async (path) => {
  const text = readFileSync(new URL(path, `file://${PACKAGE}`), 'utf8');
  const [, source, printed] = /^```js\n(.*?)^```\n\n```\n(.*?)^```/ms.exec(text) ?? [];
  const { stdout, stderr, signal } = await runScript('--', {
    execArgv: ['--input-type=module', '--eval', source as string],
    cwd: PACKAGE,
  });
  expect(stderr).toBe('');
  expect(stdout).toBe(printed);
  expect(signal).toBe('SIGKILL');
});
