/** The life of an autosave's files, as a user sees it. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isActive, recover } from '@faultguard/core';
import { runScript, startScript, waitFor } from '@faultguard/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const APP = appPath('autosaves.mjs');

interface Job {
  autosave?: object;
  steps?: [string, unknown?][];
  rescue?: 'writes' | 'throws';
  version?: number;
  migrates?: boolean | 'nothing';
  journal?: object;
  withoutTrace?: boolean;
}

let directory: string;
let path: string;
beforeEach(() => {
  directory = makeDirectoryForTest();
  path = join(directory, 'work.xz');
});

const argsOf = ({ autosave, ...job }: Job): string[] => [
  JSON.stringify({ autosave: { path, intervalMs: 50, ...autosave }, ...job }),
];

/** What it has said, a line of JSON each. */
async function run(job: Job): Promise<any[]> {
  const { stdout, stderr } = await runScript(APP, { args: argsOf(job), cwd: directory });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return [...lines.map((line) => JSON.parse(line) as unknown), ...(stderr === '' ? [] : [{ stderr }])];
}

/** A pid namespace of its own, as a container has, needs root or its like. */
const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

const said = (lines: any[], key: string): any => lines.find((line) => key in line)?.[key];

describe('after a clean exit', () => {
  it('nothing is left', async () => {
    expect(
      said(
        await run({
          steps: [
            ['set', 1],
            ['sleep', 150],
          ],
        }),
        'outcome',
      ).exitCode,
    ).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("the state is kept with keep: 'always', in one file, and without a crash", async () => {
    await run({ autosave: { keep: 'always' }, steps: [['set', 5]] });
    expect(readdirSync(directory)).toEqual(['work.xz']);
    const { state, crash } = await recover<any>(path);
    expect(state).toMatchObject({ n: 5, list: [{ value: 5 }] });
    expect(crash).toBeUndefined();
    const lines = await run({ autosave: { keep: 'always', existing: 'resume' }, steps: [['set', 6]] });
    expect(said(lines, 'launched')).toBe(5);
    expect(said(lines, 'recovered').crash).toBeUndefined();
    expect((await recover<any>(path)).state.list).toEqual([{ value: 5 }, { value: 6 }]);
  });
});

describe('after a crash', () => {
  it.each([undefined, 'writes', 'throws'] as const)('one file is left (rescue: %s)', async (rescue) => {
    const lines = await run({ steps: [['set', 7], ['kill']], ...(rescue && { rescue }) });
    expect(said(lines, 'rescued')).toBe(rescue && 7);
    const left = readdirSync(directory).filter((name) => !name.startsWith('faultguard-rescue-'));
    expect(left).toEqual(['work.xz']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { state, crash, source, droppedBytes } = await recover<any>(path);
    // What the rescue has done to its copy is the rescue's.
    expect(state.n).toBe(7);
    expect(state.trace[1]).toBe(7);
    expect(state.map.get(7)).toBe(state.list[0]);
    expect(crash).toMatchObject({ kind: 'signal', signal: 'SIGKILL' });
    expect(source).toMatchObject({ checkpoint: path, journal: undefined, dropped: [] });
    expect(droppedBytes).toBe(0);
  });

  it('nothing of an open transaction is saved', async () => {
    await run({
      steps: [
        ['set', 7],
        ['in transaction', 8],
      ],
    });
    const { state } = await recover<any>(path);
    expect([state.n, state.trace[1]]).toEqual([7, 7]);
  });

  it('recover calls a rescue with state, crash and arguments, and throws what it throws', async () => {
    await run({
      steps: [
        ['set', 7],
        ['exit', 4],
      ],
    });
    const calls: unknown[] = [];
    await recover(path, (state, crash, context) => calls.push([state['n'], crash?.exitCode, context.args]), {
      args: ['a'],
    });
    expect(calls).toEqual([[7, 4, ['a']]]);
    await expect(
      recover(path, () => {
        throw new Error('no rescue');
      }),
    ).rejects.toThrow('no rescue');
    expect(existsSync(path)).toBe(true);
  });

  it('the next start is refused and touches nothing, unless it is told to resume or to discard', async () => {
    await run({ steps: [['set', 7], ['kill']] });
    const before = readFileSync(path);
    const refused = await run({});
    expect(said(refused, 'code')).toBe('ERR_FAULTGUARD_AUTOSAVE_EXISTS');
    expect(readFileSync(path)).toEqual(before);
    const resumed = await run({ autosave: { existing: 'resume' }, steps: [['set', 8], ['kill']] });
    expect(said(resumed, 'launched')).toBe(7);
    expect(said(resumed, 'recovered')).toMatchObject({
      crash: { kind: 'signal' },
      source: { checkpoint: path },
    });
    expect((await recover<any>(path)).state.list).toEqual([{ value: 7 }, { value: 8 }]);
    expect(said(await run({ autosave: { existing: 'discard' }, steps: [['kill']] }), 'launched')).toBe(0);
    expect((await recover<any>(path)).state.n).toBe(0);
  });

  it('what is left of an autosave that has been deleted is no autosave', async () => {
    const script = startScript(APP, {
      args: argsOf({ steps: [['set', 3], ['durable'], ['wait']] }),
      detached: true,
    });
    await script.waitForOutput('durable');
    process.kill(-script.process.pid!, 'SIGKILL');
    await script.ended;
    rmSync(path);
    await expect(recover(path)).rejects.toMatchObject({ code: 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND' });
    expect(said(await run({ steps: [['set', 1]] }), 'launched')).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('while it is in use', () => {
  it('is active, cannot be recovered or taken by another, also when its processes are stopped', async () => {
    const script = startScript(APP, {
      args: argsOf({ steps: [['set', 3], ['durable'], ['wait']] }),
      detached: true,
    });
    await script.waitForOutput('durable');
    const pid = await script.appPid();
    const check = async (): Promise<void> => {
      expect(isActive(path)).toBe(true);
      await expect(recover(path)).rejects.toMatchObject({ code: 'ERR_FAULTGUARD_AUTOSAVE_ACTIVE' });
      for (const existing of ['error', 'resume', 'discard']) {
        expect(said(await run({ autosave: { existing } }), 'code')).toBe('ERR_FAULTGUARD_AUTOSAVE_ACTIVE');
      }
    };
    await check();
    process.kill(-script.process.pid!, 'SIGSTOP');
    await check();
    process.kill(-script.process.pid!, 'SIGCONT');
    // The app alone, whose guardian is dead.
    process.kill(script.process.pid!, 'SIGKILL');
    await waitFor('the end of the guardian', () => script.process.signalCode !== null);
    await check();
    process.kill(pid, 'SIGKILL');
    await script.ended;
    expect(isActive(path)).toBe(false);
    expect((await recover<any>(path)).state.n).toBe(3);
  });

  it.skipIf(!canUnshare)(
    'is active when seen from outside of its container, where its guardian is pid 1',
    async () => {
      const { process: outer, ...script } = startScript(APP, {
        command: 'unshare',
        execArgv: ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath],
        args: argsOf({ steps: [['set', 3], ['durable'], ['wait']] }),
      });
      await script.waitForOutput('durable');
      expect(isActive(path)).toBe(true);
      outer.kill('SIGKILL');
      await script.ended;
      expect(isActive(path)).toBe(false);
      expect((await recover<any>(path)).state.n).toBe(3);
    },
  );

  it('goes on without its guardian, and has what came after its death', async () => {
    const lines = await run({
      steps: [['set', 3], ['kill guardian'], ['set', 4], ['not durable'], ['stats'], ['kill']],
    });
    expect(said(lines, 'warning')).toBe('FAULTGUARD_GUARDIAN_DIED');
    expect(said(lines, 'rejected')).toBe('ERR_FAULTGUARD_NOT_SAVED');
    expect(said(lines, 'stats').degraded).toBe('autosave');
    expect((await recover<any>(path)).state.list).toEqual([{ value: 3 }, { value: 4 }]);
  });

  it('says what is appended, mirrored and saved; durable saves at once', async () => {
    const lines = await run({
      autosave: { intervalMs: 60_000 },
      steps: [['set', 3], ['stats'], ['durable'], ['stats'], ['set', 4], ['durable']],
    });
    const [before, after] = lines.filter((line) => 'stats' in line).map(({ stats }) => stats);
    expect(before.saved).toBeLessThan(before.appended);
    expect(after).toEqual({ ...before, mirrored: after.appended, saved: after.appended });
    expect(lines.filter(({ durable }) => durable === true).length).toBe(2);
  });
});

describe('a busy app', () => {
  it('that fills its journal many times over is saved all the same', async () => {
    const lines = await run({
      journal: { sizeBytesMax: 8 * 1024 * 1024 },
      steps: [
        ['count', 2_000_000],
        ['durable'],
        ['stats'],
        ['set', 4],
        ['durable'],
        ['kill guardian'],
        ['lost', 1],
        ['kill'],
      ],
    });
    expect(said(lines, 'stats')).toMatchObject({ degraded: false });
    expect(lines.filter(({ durable }) => durable === true).length).toBe(2);
    expect(lines.filter(({ warning }) => warning !== undefined).length).toBe(1);
    const { state, source } = await recover<any>(path);
    expect([state.n, source.dropped]).toEqual([4, []]);
  });
});

describe('files that are changed by others', () => {
  it('an edited autosave is gone on with, and what comes after it is not lost', async () => {
    await run({ steps: [['set', 7], ['kill']] });
    const document = JSON.parse(execFileSync('xz', ['-dc', path]).toString());
    document.json.n = 8;
    writeFileSync(path, execFileSync('xz', ['-c'], { input: JSON.stringify(document, null, 1) }));
    const steps: [string, unknown?][] = [['say', 1], ['set', 9], ['kill guardian'], ['kill']];
    const lines = await run({ autosave: { existing: 'resume', intervalMs: 60_000 }, steps });
    expect(said(lines, 'launched')).toBe(8);
    expect((await recover<any>(path)).state.n).toBe(9);
  });

  it('a journal that is removed before the app dies leaves the guardian with more than the files have: they stay', async () => {
    const lines = await run({
      autosave: { intervalMs: 60_000 },
      steps: [
        ['set', 1],
        ['durable'],
        ['sleep', 200],
        ['remove', `${path}.journal-1`],
        ['set', 2],
        ['exit', 1],
      ],
      rescue: 'writes',
    });
    expect(said(lines, 'rescued')).toBe(2);
    expect(said(lines, 'stderr')).toContain('the files do not have the last state');
    const { state, source } = await recover<any>(path);
    expect(state.n).toBeLessThan(2);
    expect(source.dropped.join()).toContain('is not there');
  });

  it.each([0, 1])('an app that ends while its journal is synced ends as it wants to (%i)', async (code) => {
    for (let round = 0; round < 10; round++) {
      const { stderr, exitCode } = await runScript(APP, {
        args: argsOf({
          autosave: { intervalMs: 10, existing: 'discard' },
          steps: [
            ['set', 1],
            ['sleep', 90 + round * 3],
            ['exit', code],
          ],
        }),
      });
      expect([stderr, exitCode]).toEqual(['', code]);
    }
  });
});

describe('versions of the state', () => {
  it('an older one is migrated, before launch and before anything is journaled', async () => {
    await run({ version: 1, steps: [['set', 7], ['kill']] });
    expect((await recover(path)).version).toBe(1);
    const lines = await run({
      version: 3,
      migrates: true,
      autosave: { existing: 'resume' },
      steps: [['kill']],
    });
    expect(lines[0]).toMatchObject({ launched: 7, migratedFrom: 1 });
    const { state, version } = await recover<any>(path);
    expect([state.migratedFrom, version]).toEqual([1, 3]);
  });

  it.each([
    ['a newer one', 2, true],
    ['an older one that nobody migrates', 4, false],
  ])('%s is refused and not touched', async (_, version, migrates) => {
    await run({ version: 3, steps: [['set', 7], ['kill']] });
    const before = readFileSync(path);
    const lines = await run({ version, migrates, autosave: { existing: 'resume' } });
    expect(said(lines, 'code')).toBe('ERR_FAULTGUARD_AUTOSAVE_VERSION');
    expect(readdirSync(directory)).toEqual(['work.xz']);
    expect(readFileSync(path)).toEqual(before);
  });
});

describe('what is no state', () => {
  it('is refused from migrate, and the autosave stays', async () => {
    await run({ version: 1, steps: [['set', 7], ['kill']] });
    const before = readFileSync(path);
    const { stdout, stderr } = await runScript(APP, {
      args: argsOf({ version: 2, migrates: 'nothing', autosave: { existing: 'resume' } }),
    });
    expect(stdout).not.toContain('launched');
    expect(stderr).toContain('ERR_FAULTGUARD_INVALID_OPTION');
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory)).toEqual(['work.xz']);
  });

  it('a file that is no autosave is not discarded', async () => {
    writeFileSync(path, '{"precious":1}');
    for (const existing of ['error', 'discard']) {
      expect(said(await run({ autosave: { existing } }), 'code')).toBe('ERR_FAULTGUARD_AUTOSAVE_UNUSABLE');
    }
    expect(readFileSync(path, 'utf8')).toBe('{"precious":1}');
    expect(readdirSync(directory)).toEqual(['work.xz']);
  });
});

describe('what stands in its place', () => {
  it.each<[string, () => void]>([
    ['a directory', () => mkdirSync(path)],
    [
      'a link to a file',
      () => {
        writeFileSync(join(directory, 'precious'), 'precious');
        symlinkSync(join(directory, 'precious'), path);
      },
    ],
  ])('%s is refused and not touched', async (_, make) => {
    make();
    const before = readdirSync(directory).map((name) => statSync(join(directory, name)).mtimeMs);
    for (const existing of ['error', 'resume', 'discard']) {
      expect(said(await run({ autosave: { existing } }), 'code')).toBe('ERR_FAULTGUARD_AUTOSAVE_UNUSABLE');
    }
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mtimeMs)).toEqual(before);
    await expect(recover(path)).rejects.toMatchObject({ code: 'ERR_FAULTGUARD_AUTOSAVE_CORRUPT' });
  });

  it('a directory that does not exist is named', async () => {
    const lines = await run({ autosave: { path: join(directory, 'none', 'work.xz') } });
    expect(said(lines, 'code')).toBe('ERR_FAULTGUARD_AUTOSAVE_UNUSABLE');
    expect(said(lines, 'message')).toContain(join(directory, 'none'));
  });

  it('garbage cannot be resumed, and stays', async () => {
    writeFileSync(path, 'garbage');
    const { stderr } = await runScript(APP, { args: argsOf({ autosave: { existing: 'resume' } }) });
    expect(stderr).toContain('ERR_FAULTGUARD_AUTOSAVE_CORRUPT');
    expect(readFileSync(path, 'utf8')).toBe('garbage');
    expect(readdirSync(directory)).toEqual(['work.xz']);
  });
});

describe('a directory that vanishes while the app works', () => {
  it.each<[string, () => string]>([
    ['with everything in it', () => join(directory, 'there')],
    ['that of the journal', () => join(directory, 'there', 'work.xz.journal-1')],
  ])('(%s) is made anew, and everything is saved there', async (_, removed) => {
    mkdirSync(join(directory, 'there'));
    const inside = join(directory, 'there', 'work.xz');
    const lines = await run({
      autosave: { path: inside },
      withoutTrace: true,
      steps: [
        ...([['set', 1], ['durable'], ['remove', removed()], ['set', 2], ['sleep', 300], ['heal']] as [
          string,
          unknown,
        ][]),
        ...([
          ['set', 3],
          ['fill', 20_000],
          ['durable'],
          ['set', 4],
          ['kill guardian'],
          ['lost', 1],
          ['set', 5],
          ['kill'],
        ] as [string, unknown][]),
      ],
    });
    expect(lines.filter((line) => 'warning' in line).map(({ warning }) => warning)).toEqual([
      'FAULTGUARD_AUTOSAVE_DEGRADED',
      'FAULTGUARD_GUARDIAN_DIED',
    ]);
    expect(said(lines, 'healed')).toBe(true);
    const { state } = await recover<any>(inside);
    expect([state.n, state.list.length]).toEqual([5, 20_005]);
  });

  it('costs an app that dies without its guardian nothing', async () => {
    const lines = await run({
      steps: [
        ['set', 1],
        ['sleep', 100],
        ['remove', `${path}.journal-1`],
        ['set', 2],
        ['fill', 20_000],
        ['set', 3],
        ['kill'],
      ],
      rescue: 'writes',
    });
    expect(said(lines, 'rescued')).toBe(3);
  });
});
