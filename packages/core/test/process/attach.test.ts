/** A process that is guarded by one beside it: what is told of its end, what is left, and what it does not notice. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isActive, recover } from '@faultguard/core';
import { startScript } from '@faultguard/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';
import { runLives, startLives } from '../fixtures/lives.ts';
import { endsAreTold } from '../fixtures/untold-ends.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = makeDirectoryForTest();
  path = join(directory, 'work.xz');
});

const attached = (lives: [string, unknown?][], options: object = {}) =>
  ({ mode: 'attach', options: { journal: { directory }, ...options }, lives: [lives] }) as const;

/** With an autosave in the place of a journal in memory. */
const withAutosave = (more: object = {}) => ({
  journal: undefined,
  autosave: { path, intervalMs: 50, ...more },
});

/** By which signal is known where the kernel says it to one that is not the parent. */
const endBy = (signal: string): object => ({
  kind: 'vanished',
  exitCode: null,
  ...(endsAreTold && { signal }),
});

describe('its end, as told by its guardian', () => {
  it.each([
    ['SIGKILL', endBy('SIGKILL')],
    ['native memory fault', endBy('SIGSEGV')],
    ['abort', endBy('SIGABRT')],
    ['process.exit(1)', { kind: 'exit', exitCode: 1, signal: null }],
    [
      'uncaught exception',
      { kind: 'exception', exitCode: 1, error: { message: 'the experiment has failed' } },
    ],
    ['unhandled rejection', { kind: 'exception', exitCode: 1, error: { name: 'RangeError' } }],
    ['heap out-of-memory', { ...endBy('SIGABRT'), kind: 'out-of-memory' }],
  ])('%s', async (death, crash) => {
    const lives = await runLives(attached([['count', 5], ['mirrored'], ['die', death]]), {
      execArgv: ['--max-old-space-size=64'],
    });
    expect(lives.said('crash')).toMatchObject(crash);
    expect([lives.said('rescued'), lives.said('list'), lives.said('trace')]).toEqual([5, 5, 5]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('a hang', async () => {
    const lives = await runLives(attached([['count', 5], ['sleep', 50], ['hang']], { hangTimeoutMs: 200 }));
    expect(lives.said('kind')).toBe('hang');
    expect(lives.said('crash').hang.stack).toContain('at hang (file:');
    expect((await lives.ended).signal).toBe('SIGTERM');
  });
});

it.each(['the first assignment', 'no assignment'])(
  'is rescued when it dies at %s, before its guardian has begun',
  async (when) => {
    const isFirst = when === 'the first assignment';
    const lives = await runLives(
      attached([...(isFirst ? [['set', 1] as [string, number]] : []), ['die', 'SIGKILL']]),
    );
    expect(lives.said('rescued')).toBe(isFirst ? 1 : 0);
    expect(readdirSync(directory)).toEqual([]);
  },
);

describe('ends as it would without a guard', () => {
  it.each([
    ['nothing left to do', [['set', 1]], 0],
    [
      'exit code 7',
      [
        ['set', 1],
        ['exit', 7],
      ],
      7,
    ],
    [
      'exit code 0',
      [
        ['set', 1],
        ['exit', 0],
      ],
      0,
    ],
  ] as [string, [string, unknown?][], number][])('%s', async (_, steps, code) => {
    const lives = await runLives(attached(steps));
    expect((await lives.ended).exitCode).toBe(code);
    expect(lives.said('kind')).toBe(code === 0 ? undefined : 'exit');
    expect(lives.output.stderr).toBe('');
    expect(readdirSync(directory)).toEqual([]);
  });
});

it.each([
  ['an exit listener that changes the code', 'late', 5, 'exit'],
  ['process.exit() in an exit listener', 'exits late', 6, 'exit'],
  ['an exception in an exit listener', 'throws late', 1, 'exception'],
  ['a promise that never settles', 'pending', 13, 'exit'],
  ['typed arrays, and nothing left to do', 'buffers', 0, undefined],
  ['typed arrays, closed before', 'closed', 0, undefined],
])('the exit code is its own: %s', async (_, way, code, kind) => {
  const script = startScript(appPath('attached-ends.mjs'), { cwd: directory, args: [way] });
  const { exitCode, stdout, stderr } = await script.ended;
  expect(exitCode).toBe(code);
  expect(stdout).toBe(kind === undefined ? '' : `${JSON.stringify({ n: 9, kind })}\n`);
  expect(stderr.replace(/^Warning: Detected unsettled top-level await[^]*|^file:[^]*too late[^]*/, '')).toBe(
    '',
  );
  expect(readdirSync(directory)).toEqual([]);
});

it('in a module that Node loads first it has one guardian, and what that loads first has none', async () => {
  const preload = new URL('../fixtures/apps/attached-preload.mjs', import.meta.url).href;
  const script = startScript(appPath('says-pid.mjs'), { cwd: directory, execArgv: ['--import', preload] });
  const { stdout, signal } = await script.ended;
  expect(signal).toBe('SIGKILL');
  expect(stdout).toContain('{"n":1,"kind":"vanished"}');
  expect(readdirSync(directory)).toEqual(['one guardian']);
});

it('a rescue module that leaves something open, or never loads, keeps nobody', async () => {
  const script = startScript(appPath('attached-open.mjs'), { cwd: directory });
  const { stdout } = await script.ended;
  expect(stdout).toBe('closed\nrescued 2\n');
});

it('large arguments arrive as they are', async () => {
  const script = startScript(appPath('attached-args.mjs'), { cwd: directory });
  expect((await script.ended).stdout).toBe('the same: true\n');
});

it('close() ends the guardian, leaves the state, and cleans up', async () => {
  const lives = await runLives(
    attached([['set', 1], ['close'], ['set', 2], ['close'], ['stats'], ['die', 'process.exit(1)']]),
  );
  expect(lives.said('rescued')).toBeUndefined();
  expect(lives.output.stderr).toBe('');
  expect((await lives.ended).exitCode).toBe(1);
  expect(readdirSync(directory)).toEqual([]);
});

it('can be attached again after close(), with another state', async () => {
  const script = startScript(appPath('attaches-twice.mjs'), {
    cwd: directory,
    execArgv: ['--max-old-space-size=64'],
  });
  const { stdout } = await script.ended;
  expect(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line).n),
  ).toEqual([2]);
  expect(stdout).toContain('"kind":"out-of-memory"');
  expect(readdirSync(directory)).toEqual([]);
});

it('a guard that is closed again, when there is another one, leaves that alone', async () => {
  const script = startScript(appPath('closes-twice.mjs'), { cwd: directory });
  const { stdout } = await script.ended;
  expect(stdout).toBe('ERR_FAULTGUARD_ALREADY_STARTED\nattached again\n');
  expect(readdirSync(directory)).toEqual([]);
});

it.each(['closed', 'refused'])('leaves nothing in the process when it is %s', async (how) => {
  const script = startScript(appPath('attaches-often.mjs'), { cwd: directory, args: ['5', how] });
  const { stdout, stderr } = await script.ended;
  expect([stdout, stderr]).toEqual(['[]\n[0,0]\n', '']);
  expect(readdirSync(directory)).toEqual([]);
});

describe('with an autosave', () => {
  it('is resumed by the next process', async () => {
    await runLives(
      attached(
        [
          ['count', 5],
          ['die', 'SIGKILL'],
        ],
        withAutosave(),
      ),
    );
    const lives = await runLives(
      attached(
        [
          ['set', 6],
          ['exit', 0],
        ],
        withAutosave({ existing: 'resume', keep: 'always' }),
      ),
    );
    expect(lives.said('launched')).toBe(5);
    expect(lives.said('recovered').crash.kind).toBe('vanished');
    expect((await recover<any>(path)).state.n).toBe(6);
    expect(readdirSync(directory)).toEqual(['work.xz']);
  });

  it('makes a state of today of an older one, by a function that stays in the app', async () => {
    await runLives(
      attached(
        [
          ['set', 5],
          ['die', 'SIGKILL'],
        ],
        withAutosave(),
      ),
    );
    const script = startScript(appPath('attached-ends.mjs'), { cwd: directory, args: ['migrates', path] });
    const { stdout, exitCode } = await script.ended;
    expect([stdout, exitCode]).toEqual(['{"n":5,"migratedFrom":0}\n', 0]);
  });

  it('refuses one that is there, and one that is in use', async () => {
    const first = startLives(attached([['set', 1], ['say', { ready: true }], ['wait']], withAutosave()));
    await first.waitForOutput('ready');
    const second = await runLives(attached([['set', 2]], withAutosave()));
    expect(second.said('code')).toBe('ERR_FAULTGUARD_AUTOSAVE_ACTIVE');
    process.kill(first.said('pid'), 'SIGKILL');
    await first.ended;
    const third = await runLives(attached([['set', 3]], withAutosave()));
    expect(third.said('code')).toBe('ERR_FAULTGUARD_AUTOSAVE_EXISTS');
    expect((await recover<any>(path)).state.n).toBe(1);
  });

  it('is free again after close()', async () => {
    const lives = startLives(
      attached(
        [['set', 1], ['close'], ['say', { closed: true }], ['wait']],
        withAutosave({ keep: 'always' }),
      ),
    );
    await lives.waitForOutput('closed');
    expect(isActive(path)).toBe(false);
    expect((await recover<any>(path)).state.n).toBe(1);
    process.kill(lives.said('pid'), 'SIGKILL');
    await lives.ended;
  });
});

it('without a rescue module and an autosave the state is in a file', async () => {
  const lives = await runLives(
    {
      ...attached([
        ['set', 5],
        ['die', 'SIGKILL'],
      ]),
      registers: false,
    },
    { cwd: directory },
  );
  const [file] = readdirSync(directory);
  expect(lives.output.stderr).toContain(`The state has been written to ${join(directory, file as string)}`);
  expect(JSON.parse(readFileSync(join(directory, file as string), 'utf8')).json.n).toBe(5);
});

it('a signal to the group of the app does not reach its guardian', async () => {
  const lives = startLives(attached([['set', 5], ['stats'], ['wait']]), { detached: true });
  await lives.waitForOutput('"stats"');
  process.kill(-(lives.process.pid as number), 'SIGKILL');
  await lives.ended;
  expect(lives.said('rescued')).toBe(5);
});

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('its guardian outlives %s', async (signal) => {
  const lives = startLives(
    attached([
      ['set', 5],
      ['stats'],
      ['mirrored'],
      ['kill guardian', signal],
      ['sleep', 50],
      ['stats'],
      ['die', 'SIGKILL'],
    ]),
  );
  await lives.ended;
  expect(lives.said('stats').guardiansLost).toBe(0);
  expect(lives.said('rescued')).toBe(5);
});

it('refuses what it cannot do, with nothing left', async () => {
  const script = startScript(appPath('attach-misuse.mjs'), { cwd: directory });
  const { stdout, stderr, exitCode } = await script.ended;
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    'rescue: ERR_FAULTGUARD_INVALID_OPTION',
    'args: ERR_FAULTGUARD_INVALID_OPTION',
    'large args: ERR_FAULTGUARD_INVALID_OPTION',
    'unknown: ERR_FAULTGUARD_INVALID_OPTION',
    'initial: ERR_FAULTGUARD_UNGUARDABLE_VALUE',
    'place: ERR_FAULTGUARD_SESSION_UNUSABLE',
    'worker: ERR_FAULTGUARD_NOT_MAIN_THREAD',
    'twice: ERR_FAULTGUARD_ALREADY_STARTED',
  ]);
  expect(exitCode).toBe(0);
});
