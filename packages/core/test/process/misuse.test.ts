/** What `start` refuses, and how it says so. */
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

test.each([
  ['twice', /^launched\nFaultguardError ERR_FAULTGUARD_ALREADY_STARTED/],
  ['in a worker', /^FaultguardError ERR_FAULTGUARD_NOT_MAIN_THREAD\n$/],
  ['no launch', /^InvalidOptionError ERR_FAULTGUARD_INVALID_OPTION launch: .*not undefined/],
  ['unknown option', /^InvalidOptionError ERR_FAULTGUARD_INVALID_OPTION autosafe: .*Known are: launch/],
  ['no rescue module', /ERR_MODULE_NOT_FOUND/],
  ['no rescue export', /^InvalidOptionError ERR_FAULTGUARD_INVALID_OPTION rescue: .*no function/],
  ['no directory', /^FaultguardError ERR_FAULTGUARD_SESSION_UNUSABLE .*\/nowhere.*Nothing has been started/],
])('%s', async (way, expected) => {
  const { stdout, exitCode } = await runScript(appPath('misuse.mjs'), { args: [way] });
  expect(stdout).toMatch(expected);
  expect(exitCode).toBe(0);
});

test.each([
  'bad initial',
  // What follows start(), or its catch, is for the guardian: the app never gets there.
  'bad initial, caught',
])('a first state that cannot be guarded ends the app with the path in the message (%s)', async (way) => {
  const { stdout, stderr, exitCode } = await runScript(appPath('misuse.mjs'), { args: [way] });
  expect(stdout).toBe('');
  expect(stderr).toContain('state.user.onClick: a function cannot be guarded.');
  expect(exitCode).toBe(1);
});

test('a first state that is no object ends the app', async () => {
  const { stdout, stderr, exitCode } = await runScript(appPath('misuse.mjs'), {
    args: ['initial is no object'],
  });
  expect(stdout).toBe('');
  expect(stderr).toContain('Option "initial" has to return an object, the state, and returned 5.');
  expect(exitCode).toBe(1);
});

test('frozen prototypes make no difference between app and guardian', async () => {
  const { stdout } = await runScript(appPath('frozen-prototypes.mjs'));
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    "TypeError 'set' on proxy: trap returned falsish for property 'toString'",
    '{"toString":"still own","n":1,"list":[{"hasOwnProperty":3}],"bag":{"valueOf":1,"constructor":2}}',
  ]);
});
