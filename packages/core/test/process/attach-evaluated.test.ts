/** Guardians that an app starts whose script is no file. */
import { runScript, startScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';

/** Where a text finds the package. */
const cwd = new URL('../..', import.meta.url).pathname;
const execArgv = ['--input-type=module', '-e'];

test('that of attach is not given the options that only a text may have', async () => {
  const text = `
    import { attach } from '@faultguard/core';
    const guard = await attach({ initial: () => ({ n: 0 }) });
    while (guard.stats().mirrored === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log('mirrored');
    await guard.close();`;
  const { stdout, stderr, exitCode } = await runScript(text, { execArgv, cwd });
  expect([stdout, stderr, exitCode]).toEqual(['mirrored\n', '', 0]);
});

test('that of start, when the first has died, runs the same text', async () => {
  const text = `
    import { events, start } from '@faultguard/core';
    await start({
      initial: () => ({ n: 0 }),
      launch: () => {
        events.once('guardian-restored', () => {
          console.log('restored');
          process.exit();
        });
        console.log('launched');
        setInterval(() => {}, 1000);
      },
    });`;
  const script = startScript(text, { execArgv, cwd });
  await script.waitForOutput('launched');
  script.process.kill('SIGKILL');
  expect((await script.ended).stdout).toBe('launched\nrestored\n');
});
