/** What the package offers for guarded values, in a real app. */
import { runScript } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

describe.each(['mapped', 'written'])('with the %s journal', (kind) => {
  const run = (way: string) => runScript(appPath('guarded-values.mjs'), { args: [way, kind] });
  const delayed =
    kind === 'written' ? /FAULTGUARD_ELEMENTS_DELAYED.*memory of ArrayBuffers cannot be mapped/ : /^$/;

  test('a crash inside a transaction leaves none of it, elements of typed arrays included', async () => {
    const { stdout, stderr, signal } = await run('transaction');
    expect(signal).toBe('SIGKILL');
    expect(stdout).toBe('ERR_FAULTGUARD_NOT_GUARDED\n');
    expect(stderr).toMatch(delayed);
  });

  test('subscribers are told once a run of code, and keep no process alive', async () => {
    const { stdout, exitCode } = await run('subscribe');
    expect([stdout, exitCode]).toEqual(['[4,5]\n', 0]);
  });

  test('what is not guarded is refused with a code', async () => {
    const { stdout } = await run('not guarded');
    expect(stdout).toBe('NotGuardedError ERR_FAULTGUARD_NOT_GUARDED true\n'.repeat(3));
  });

  test('a guarded value is shown, compared and written as JSON like a plain one', async () => {
    const { stdout } = await run('shown');
    expect(stdout).toBe('true true\ntrue [object Map]\n');
  });

  test('a rescue gets instances of registered classes and custom values', async () => {
    const { stdout } = await run('registered');
    expect(stdout).toBe('I am Ada 7\nERR_FAULTGUARD_NOT_GUARDED\n');
  });

  test('of what only the app has registered, a rescue gets all there is, and is told so', async () => {
    const { stdout, stderr } = await run('registered here');
    expect(stdout).toBe("Object CustomShell { name: 'money', content: 5 }\nERR_FAULTGUARD_NOT_GUARDED\n");
    expect(stderr).toMatch(
      /These classes are not registered in this process.*: User\. Call registerClass before/,
    );
    expect(stderr).toMatch(/"money" is not registered in this process/);
  });
});
