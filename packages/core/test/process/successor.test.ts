/** An app that is started again as soon as it has ended, by somebody who does not know of its guardian. */
import { join } from 'node:path';
import { isActive } from '@faultguard/core';
import { startScript } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const APP = appPath('counts-lives.mjs');
const WITHOUT_KOFFI = ['--require', new URL('../fixtures/without-koffi.cjs', import.meta.url).pathname];

describe.each([
  ['by the locks', []],
  ['without locks', WITHOUT_KOFFI],
])('%s', (_, execArgv) => {
  test.each(['attach', 'start'])('the next %s waits until the rescue is over', async (mode) => {
    const path = join(makeDirectoryForTest(), 'work.xz');
    // Longer than it takes to start two processes, and than the lock is tried for.
    const first = startScript(APP, { args: [mode, path, '1500'], execArgv });
    await first.waitForOutput('life 1');
    process.kill(mode === 'start' ? await first.appPid() : first.process.pid!, 'SIGKILL');
    await first.waitForOutput('rescuing 1');
    const second = startScript(APP, { args: [mode, path, '0'], execArgv });
    await second.waitForOutput('life 2');
    expect(first.output.stdout).toContain('rescued 1');
    process.kill(mode === 'start' ? await second.appPid() : second.process.pid!, 'SIGKILL');
    await Promise.all([first.ended, second.ended]);
    expect(second.output.stdout).toContain('rescued 2');
  });

  test('a guardian that has taken the place of another is waited for too', async () => {
    const path = join(makeDirectoryForTest(), 'work.xz');
    const first = startScript(APP, { args: ['attach', path, '1500'], execArgv });
    await first.waitForOutput('life 1');
    // Of attach() the guardian is the child.
    process.kill(await first.appPid(), 'SIGKILL');
    await first.waitForOutput('restored');
    first.process.kill('SIGKILL');
    await first.waitForOutput('rescuing 1');
    expect(isActive(path)).toBe(true);
    const second = startScript(APP, { args: ['attach', path, '0'], execArgv });
    await second.waitForOutput('life 2');
    expect(first.output.stdout).toContain('rescued 1');
    second.process.kill('SIGKILL');
    await Promise.all([first.ended, second.ended]);
  });

  test('one whose app lives is refused at once', async () => {
    const path = join(makeDirectoryForTest(), 'work.xz');
    const first = startScript(APP, { args: ['attach', path, '0'], execArgv });
    await first.waitForOutput('life 1');
    const second = await startScript(APP, { args: ['attach', path, '0'], execArgv }).ended;
    expect([second.stdout, second.exitCode]).toEqual(['ERR_FAULTGUARD_AUTOSAVE_ACTIVE\n', 3]);
    first.process.kill('SIGKILL');
    expect((await first.ended).stdout).toContain('rescued 1');
  });
});
