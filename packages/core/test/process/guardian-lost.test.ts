/**
 * Who dies × when × in which order: what is left of the state. Each row is of real processes that are killed from
 * outside, and says what is to be found.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isActive, recover } from '@faultguard/core';
import { findProcesses, waitFor } from '@faultguard/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';
import { endsAreTold } from '../fixtures/untold-ends.ts';
import { type Lives, type LivesJob, runLives, startLives, type Step } from '../fixtures/lives.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = makeDirectoryForTest();
  path = join(directory, 'work.xz');
});

const modes = ['start', 'attach'] as const;
const kinds = ['mapped', 'written'] as const;

/** An app that has counted to 5, and waits. */
async function startCounting(
  mode: (typeof modes)[number],
  kind: (typeof kinds)[number],
  hasAutosave: boolean,
): Promise<Lives & { app: number; guardian: number }> {
  const lives = startLives({
    mode,
    options: {
      journal: { kind, ...(!hasAutosave && { directory }) },
      ...(hasAutosave && { autosave: { path, intervalMs: 50 } }),
    },
    lives: [[['count', 5], ['mirrored'], ['stats'], ['wait']]],
  });
  await lives.waitForOutput('"stats"');
  return { ...lives, app: lives.said('pid'), guardian: lives.said('stats').guardianPid };
}

/** But for the one that comes with the written journal and typed arrays. */
function warningsOf(lives: Lives): string[] {
  return lives
    .lines()
    .map(({ warning }) => warning as string)
    .filter((warning) => warning !== undefined && warning !== 'FAULTGUARD_ELEMENTS_DELAYED');
}

/** A guardian that is killed, and followed by another. */
const round = (n: number): Step[] => [['set', n], ['kill guardian'], ['degraded', 'journal'], ['restored']];

/** The guardian is stopped, and more is appended than a journal of 2 MiB holds. */
const fillJournal: readonly Step[] = [['set', 1], ['stats'], ['kill guardian', 'SIGSTOP'], ['count', 60_000]];

const kill = (pid: number): void => void process.kill(pid, 'SIGKILL');

describe.each(modes)('%s', (mode) => {
  describe.each(kinds)('%s journal', (kind) => {
    it('the app is killed: rescued, and nothing is left', async () => {
      const lives = await startCounting(mode, kind, false);
      kill(lives.app);
      await lives.ended;
      expect(lives.said('rescued')).toBe(5);
      expect(lives.said('list')).toBe(5);
      // With the written journal, what is written to elements is there to a tenth of a second.
      expect(kind === 'mapped' ? [5] : [0, 5]).toContain(lives.said('trace'));
      expect(lives.said('kind')).toBe(mode === 'start' ? 'signal' : 'vanished');
      expect(readdirSync(directory)).toEqual([]);
    });

    it('the guardian is killed: a new one has the state within 2 s, and rescues it', async () => {
      const lives = startLives({
        mode,
        options: { journal: { kind, directory } },
        lives: [
          [
            ['count', 5],
            ['kill guardian'],
            ['degraded', 'journal'],
            ['set', 6],
            ['restored'],
            ['set', 7],
            ['stats'],
            ['die', 'SIGKILL'],
          ],
        ],
      });
      await lives.ended;
      const restored = lives.lines().find(({ event }) => event === 'guardian-restored');
      expect(restored?.['tookMs']).toBeLessThan(2000);
      expect(warningsOf(lives)).toEqual(['FAULTGUARD_GUARDIAN_DIED']);
      expect(lives.said('stats')).toMatchObject({ degraded: false, guardiansLost: 1 });
      expect([lives.said('rescued'), lives.said('list'), lives.said('kind')]).toEqual([7, 7, 'vanished']);
      expect(readdirSync(directory)).toEqual([]);
    });

    it('the guardian and then the app at once, with an autosave: everything is in the files', async () => {
      const lives = await startCounting(mode, kind, true);
      kill(lives.guardian);
      kill(lives.app);
      await lives.ended;
      expect(isActive(path)).toBe(false);
      const { state, crash } = await recover<any>(path);
      expect([state.n, state.list.length, crash?.kind]).toEqual([5, 5, 'vanished']);
    });

    it('the app and then the guardian at once, with an autosave: rescued, or in the files', async () => {
      const lives = await startCounting(mode, kind, true);
      kill(lives.app);
      kill(lives.guardian);
      await lives.ended;
      expect(isActive(path)).toBe(false);
      const { state } = await recover<any>(path);
      expect([state.n, state.list.length]).toEqual([5, 5]);
    });
  });

  it('the guardian is killed, with an autosave: the new one goes on with it', async () => {
    const lives = await runLives({
      mode,
      options: { autosave: { path, intervalMs: 50 } },
      lives: [
        [
          ['count', 5],
          ['durable'],
          ['kill guardian'],
          ['degraded', 'autosave'],
          ['set', 6],
          ['restored'],
          ['set', 7],
          ['durable'],
          ['stats'],
          ['die', 'SIGKILL'],
        ],
      ],
    });
    const { appended, saved } = lives.said('stats');
    expect(saved).toBe(appended);
    expect(lives.said('rescued')).toBe(7);
    const { state, source } = await recover<any>(path);
    expect([state.n, state.list.length, source.dropped]).toEqual([7, 7, []]);
    expect(readdirSync(directory)).toEqual(['work.xz']);
  });

  describe.each([
    ['with everything in it', () => join(directory, 'there')],
    ['that of the journal', () => join(directory, 'there', 'work.xz.journal-1')],
  ])('the directory of its autosave (%s) vanishes', (_, removed) => {
    it.each(kinds)('and then the guardian dies: the app is guarded anew (%s journal)', async (kind) => {
      mkdirSync(join(directory, 'there'));
      const inside = join(directory, 'there', 'work.xz');
      const lives = await runLives({
        mode,
        withoutTrace: true,
        options: { autosave: { path: inside, intervalMs: 50 }, journal: { kind } },
        lives: [
          [
            ['set', 1],
            ['durable'],
            ['remove', removed()],
            ['kill guardian'],
            ['degraded', 'autosave'],
            ['set', 2],
            ['restored'],
            ['set', 3],
            ['durable'],
            ['stats'],
            ['set', 4],
            ['die', 'SIGKILL'],
          ],
        ],
      });
      const restored = lives.lines().find(({ event }) => event === 'guardian-restored');
      expect(restored?.['tookMs']).toBeLessThan(2000);
      expect(lives.said('stats')).toMatchObject({ guardiansLost: 1, degraded: false });
      // The first guardian may have been killed before it noticed.
      const [died, ...others] = warningsOf(lives).toSorted().toReversed();
      expect(died).toBe('FAULTGUARD_GUARDIAN_DIED');
      expect([[], ['FAULTGUARD_AUTOSAVE_DEGRADED']]).toContainEqual(others);
      expect([lives.said('rescued'), lives.said('list')]).toEqual([4, 4]);
      const { state, source } = await recover<any>(inside);
      expect([state.n, state.list.length, source.dropped]).toEqual([4, 4, []]);
    });
  });

  it('the guardian dies while its autosave cannot be written: that is over when the next one has written it', async () => {
    const lives = await runLives({
      mode,
      withoutTrace: true,
      options: { autosave: { path } },
      lives: [
        [
          ['set', 1],
          ['durable'],
          // As the guardian says it.
          ['note trouble', join(`${path}.journal-1`, 'control')],
          ['degraded', 'autosave'],
          ['kill guardian'],
          ['lost', 1],
          ['restored'],
          ['set', 2],
          ['durable'],
          ['stats'],
          ['die', 'SIGKILL'],
        ],
      ],
    });
    expect(lives.said('stats')).toMatchObject({ guardiansLost: 1, degraded: false });
    expect(lives.said('rescued')).toBe(2);
  });

  it.each([0, 1, 3, 10])(
    'the guardian, and the app %d ms later, with an autosave: nothing is lost',
    async (delayMs) => {
      const lives = await runLives({
        mode,
        options: { autosave: { path, intervalMs: 50 } },
        lives: [[['count', 100], ['kill guardian'], ['sleep', delayMs], ['set', 101], ['die', 'SIGKILL']]],
      });
      await waitFor('whoever is left to end', () => !isActive(path));
      const { state } = await recover<any>(path);
      expect([state.n, state.list.length]).toEqual([101, 101]);
      expect([undefined, 101]).toContain(lives.said('rescued'));
    },
  );

  it('the app is killed while its new guardian begins: the state is rescued, or its loss is told', async () => {
    for (const delayMs of [5, 20, 60, 100, 140, 180]) {
      const lives = await runLives({
        mode,
        options: { journal: { directory } },
        lives: [
          [
            ['count', 5],
            ['kill guardian'],
            // Killed before it has noticed, the app leaves nobody behind to tell anything.
            ['degraded', 'journal'],
            ['sleep', delayMs],
            ['set', 6],
            ['die', 'SIGKILL'],
          ],
        ],
      });
      const isTold = lives.output.stderr.includes('The state is lost');
      const wasRestored = lives.output.stdout.includes('guardian-restored');
      // 6 was assigned before the death: with a guardian that had the state it is there.
      const allowed = wasRestored ? [6] : [isTold ? undefined : 5, 6];
      expect(allowed).toContain(lives.said('rescued'));
    }
  });

  it('guardian after guardian is killed, and each time another has the state', async () => {
    const lives = await runLives({
      mode,
      options: { journal: { directory } },
      lives: [[...[1, 2, 3, 4].flatMap(round), ['set', 5], ['stats'], ['die', 'SIGKILL']]],
    });
    expect(lives.said('stats')).toMatchObject({ guardiansLost: 4, degraded: false });
    expect([lives.said('rescued'), lives.said('list')]).toEqual([5, 5]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('a clean exit after a new guardian leaves nothing behind, and calls no rescue', async () => {
    const lives = await runLives({
      mode,
      options: { journal: { directory } },
      lives: [[['set', 1], ['kill guardian'], ['degraded', 'journal'], ['restored'], ['exit', 0]]],
    });
    expect(lives.said('rescued')).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s is told by a new guardian, where the kernel tells it',
    async (signal) => {
      const lives = startLives({
        mode,
        options: { journal: { directory } },
        lives: [[['set', 1], ['kill guardian'], ['degraded', 'journal'], ['restored'], ['wait']]],
      });
      await lives.waitForOutput('"restored"');
      process.kill(lives.lines()[0]?.['pid'] as number, signal);
      await lives.ended;
      expect(lives.said('crash')).toMatchObject({ kind: 'vanished', ...(endsAreTold && { signal }) });
      expect(lives.said('rescued')).toBe(1);
    },
  );

  // The parent of an attached app may have waited for it before the new guardian can ask.
  it.runIf(mode === 'start')('a rescue of what the files have is told of the crash as ever', async () => {
    const variable = ['LIVES_OF_THIS_TEST', randomUUID()] as const;
    const pids = (): number[] => findProcesses(variable.join('=')).map(({ pid }) => pid);
    const lives = startLives(
      {
        mode,
        options: { autosave: { path, intervalMs: 50 } },
        lives: [[['count', 5], ['mirrored'], ['stats'], ['wait']]],
      },
      { env: Object.fromEntries([variable]) },
    );
    await lives.waitForOutput('"stats"');
    const before = pids();
    const app = lives.said('pid') as number;
    kill(lives.said('stats').guardianPid);
    await waitFor('a new guardian', () => pids().some((pid) => !before.includes(pid)));
    // Dead before that has been told the state.
    kill(app);
    await lives.ended;
    expect([lives.said('rescued'), lives.said('list')]).toEqual([5, 5]);
    expect(lives.said('crash')).toMatchObject({
      kind: 'vanished',
      ...(endsAreTold && { signal: 'SIGKILL' }),
      uptimeMs: expect.any(Number) as number,
    });
    expect(lives.said('saveDossier')).toBe('function');
  });

  it('a clean exit before the death of the guardian has been noticed leaves nothing behind', async () => {
    await runLives({
      mode,
      options: { journal: { directory } },
      lives: [[['set', 1], ['kill guardian'], ['hang', 100], ['exit', 0]]],
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['without an autosave', () => ({ journal: { directory, sizeBytesMax: 2 * 1024 * 1024 } })],
    [
      'with an autosave',
      () => ({ autosave: { path, intervalMs: 50 }, journal: { sizeBytesMax: 2 * 1024 * 1024 } }),
    ],
  ])('a guardian that dies while the journal is full is replaced (%s)', async (_, options) => {
    const lives = await runLives(
      {
        mode,
        options: options(),
        lives: [
          [
            ['set', 1],
            ['stats'],
            ['kill guardian', 'SIGSTOP'],
            ['count', 15_000],
            ['kill guardian'],
            ['count', 30_000],
            ['lost', 1],
            ['restored'],
            ['set', 30_001],
            ['sleep', 50],
            ['kill guardian'],
            ['lost', 2],
            ['restored'],
            ['set', 30_002],
            ['die', 'SIGKILL'],
          ],
        ],
      },
      { timeoutMs: 60_000 },
    );
    expect([lives.said('rescued'), lives.said('list')]).toEqual([30_002, 45_003]);
  });

  it('what a guardian had said before its death heals nothing', async () => {
    const lives = await runLives(
      {
        mode,
        options: { journal: { directory, sizeBytesMax: 2 * 1024 * 1024 } },
        lives: [
          [
            ...fillJournal,
            ['kill guardian', 'SIGCONT'],
            // It says that it is ready to be told the state, which is read when this run of code is over.
            ['hang', 1000],
            ['kill guardian'],
            ['hang', 200],
            ['lost', 1],
            ['restored'],
            ['set', 60_001],
            ['die', 'SIGKILL'],
          ],
        ],
      },
      { timeoutMs: 60_000 },
    );
    const events = lives.lines().flatMap(({ event }) => event ?? []);
    expect(events).toEqual(['degraded', 'guardian-lost', 'healed', 'guardian-restored']);
    expect(lives.said('rescued')).toBe(60_001);
  });

  it('a guardian that is stopped: the app goes on, degrades when the journal is full, and heals', async () => {
    const lives = startLives(
      {
        mode,
        options: { journal: { directory, sizeBytesMax: 2 * 1024 * 1024 } },
        lives: [
          [
            ...fillJournal,
            ['stats'],
            ['say', { full: true }],
            ['restored'],
            ['set', 60_001],
            ['die', 'SIGKILL'],
          ],
        ],
      },
      { timeoutMs: 60_000 },
    );
    await waitFor('the journal to be full', () => lives.output.stdout.includes('"full"'), 40_000);
    expect(lives.said('stats').degraded).toBe('journal');
    process.kill(lives.said('stats').guardianPid, 'SIGCONT');
    await lives.ended;
    expect(warningsOf(lives)).toEqual(['FAULTGUARD_DEGRADED']);
    expect(lives.lines().filter(({ event }) => event === 'healed').length).toBe(1);
    expect([lives.said('rescued'), lives.said('list')]).toEqual([60_001, 60_002]);
    expect(readdirSync(directory)).toEqual([]);
  });
});

it.skipIf(!endsAreTold)(
  'an app that somebody ends by SIGTERM is not started again by a new guardian either',
  async () => {
    const lives = startLives({
      mode: 'start',
      options: { autosave: { path, intervalMs: 50 }, restart: { backoffMs: 1 } },
      lives: [
        [['set', 1], ['kill guardian'], ['degraded', 'autosave'], ['restored'], ['wait']],
        [['exit', 0]],
      ],
    });
    await lives.waitForOutput('"restored"');
    process.kill(lives.lines()[0]?.['pid'] as number, 'SIGTERM');
    await lives.ended;
    expect(lives.lines().filter(({ launched }) => launched !== undefined).length).toBe(1);
    expect(lives.said('outcome')).toMatchObject({ crash: 'vanished', signal: 'SIGTERM', restarts: 0 });
    expect(lives.said('rescued')).toBe(1);
  },
);

it.skipIf(!endsAreTold)('a new guardian starts an app again that has died of something else', async () => {
  const lives = await runLives({
    mode: 'start',
    options: { autosave: { path, intervalMs: 50 }, restart: { backoffMs: 1 } },
    lives: [
      [['set', 1], ['kill guardian'], ['degraded', 'autosave'], ['restored'], ['set', 2], ['die', 'SIGKILL']],
      [['exit', 0]],
    ],
  });
  expect(lives.lines().flatMap(({ launched }) => launched ?? [])).toEqual([0, 2]);
  expect(lives.said('outcome')).toMatchObject({ exitCode: 0, restarts: 1 });
});

/** Between the two it has been started, and nothing has been said to it. */
describe('an app that dies while it is starting a new guardian', () => {
  it.each([
    ['and is not to be started again', {}, [1]],
    ['and is to be started again', { restart: { backoffMs: 1 } }, [1, 2]],
  ])('loses nothing of its autosave %s', async (_, more, launches) => {
    const job: LivesJob = {
      mode: 'start',
      options: { autosave: { path, intervalMs: 60_000 }, ...more },
      lives: [[['count', 5], ['say', { counted: true }], ['wait']], [['exit', 0]]],
    };
    const lives = startLives(job);
    await lives.waitForOutput('"counted"');
    const app = lives.lines()[0]?.['pid'] as number;
    for (const pid of [lives.process.pid as number, app]) process.kill(pid, 'SIGKILL');
    await lives.ended;

    const late = startLives(job, {
      env: { FAULTGUARD_SESSION: `adopt:${app}:${path}.journal-1` },
      extraStdio: ['pipe'],
    });
    late.process.stdio[3]?.destroy();
    await late.ended;
    expect([late.said('rescued'), late.said('list')]).toEqual([5, 5]);
    expect(late.lines().filter(({ launched }) => launched !== undefined).length).toBe(launches.length - 1);
    expect(late.output.stderr).toBe('');
    // After the clean exit of the next life it is gone.
    const left = await recover<{ list: unknown[] }>(path).catch(() => undefined);
    expect(left?.state.list.length).toBe(launches.length === 1 ? 5 : undefined);
  });
});
