/** What is left where app and guardian have been killed together. */
import { readdirSync } from 'node:fs';
import { startScript, waitFor } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const cwd = new URL('../..', import.meta.url).pathname;

test('the next attach removes what an earlier one has left', async () => {
  const directory = makeDirectoryForTest();
  const text = `
    import { attach } from '@faultguard/core';
    const guard = await attach({ journal: { directory: ${JSON.stringify(directory)} } });
    guard.state.list = [1, 2, 3];
    setInterval(() => {}, 1000);
    console.log(guard.stats().guardianPid);`;
  const run = async () => {
    const script = startScript(text, { execArgv: ['--input-type=module', '-e'], cwd });
    return { script, guardian: Number(await script.waitForOutput('\n')) };
  };
  const first = await run();
  const [left] = readdirSync(directory) as [string];
  process.kill(first.guardian, 'SIGKILL');
  first.script.process.kill('SIGKILL');
  await first.script.ended;
  expect(readdirSync(directory)).toEqual([left]);
  const second = await run();
  await waitFor('the removal', () => !readdirSync(directory).includes(left));
  process.kill(second.guardian, 'SIGKILL');
  second.script.process.kill('SIGKILL');
  await second.script.ended;
});
