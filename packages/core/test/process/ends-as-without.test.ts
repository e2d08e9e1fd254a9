/** Exit code, signal and output are what they would be without the guard. */
import { runScript } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const ENDS = appPath('ends.mjs');

describe('an app ends under guard as it would without', () => {
  test.each([
    'nothing left to do',
    'a timer, then nothing',
    'exit without a code',
    'exit code 3',
    'exitCode 5',
    'a promise for ever',
    'more work before exit',
    'late work before exit',
    'compression before exit',
    'a key derived before exit',
    'an immediate before exit',
    'an exit listener',
    'a server closed later',
    'an exception',
    'a rejection',
    'an exception that is handled',
    'an exception that is handled by exit 4',
    'exit 6 long after a handled exception',
    'SIGTERM',
    'a warning',
  ])('%s', async (way) => {
    const plain = await runScript(ENDS, { args: [way], env: { UNGUARDED: '1' } });
    const guarded = await runScript(ENDS, { args: [way] });
    expect(withoutFrames(guarded)).toEqual(withoutFrames(plain));
  });

  test.each(['nothing left to do', 'exit code 3', 'exitCode 5'])(
    '%s, with an exit code that the script has set before',
    async (way) => {
      const plain = await runScript(ENDS, { args: [way], env: { UNGUARDED: '1', CODE: '7' } });
      const guarded = await runScript(ENDS, { args: [way], env: { CODE: '7' } });
      expect(guarded).toEqual(plain);
    },
  );

  test('a launch module that never loads ends with the code that Node has for that', async () => {
    expect(await runScript(appPath('never-loads.mjs'))).toMatchObject({ exitCode: 13, signal: null });
  });
});

test.each([
  ['nothing left to do', 'null'],
  ['exit code 3', 'rescue exit undefined\n"exit"'],
  ['an exception', 'rescue exception out\n"exception"'],
  ['a rejection', 'rescue exception out\n"exception"'],
  ['an exception that is handled by exit 4', 'rescue exception fatal\n"exception"'],
  ['exit 6 long after a handled exception', 'rescue exit undefined\n"exit"'],
  ['SIGTERM', 'rescue signal undefined\n"signal"'],
])('after "%s" the crash is told as %j', async (way, expected) => {
  const { stdout } = await runScript(ENDS, { args: [way], env: { REPORT: '1' } });
  expect(stdout.trim()).toBe(expected);
});

/** The frames of a stack and the pid of a warning differ from run to run. */
function withoutFrames<T extends { stderr: string }>(result: T): T {
  const lines = result.stderr.split('\n').filter((line) => !/^ {4}at |^file:|^ *\^$/.test(line));
  return { ...result, stderr: lines.join('\n').replaceAll(/\(node:\d+\)/g, '(node)') };
}
