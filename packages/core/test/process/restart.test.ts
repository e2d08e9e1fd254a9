/** An app that has crashed is started again, with its state: when, how often, with which state, and what is left. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recover } from '@faultguard/core';
import { waitFor } from '@faultguard/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';
import { type Line, type Lives, runLives, startLives, type Step } from '../fixtures/lives.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = makeDirectoryForTest();
  path = join(directory, 'work.xz');
});

const KILL = ['die', 'SIGKILL'] as const;
const launches = (lives: Lives): number[] =>
  lives.lines().flatMap(({ launched }) => (launched === undefined ? [] : [launched]));

/** How long until there is a checkpoint of what has been changed before: without an autosave the interval cannot be set. */
const CHECKPOINT_MS = { 'with an autosave': 2500, 'without an autosave': 5500 };

/** In the autosave, if there is one. */
async function savedNumber(): Promise<number | undefined> {
  return existsSync(path) ? (await recover<any>(path)).state.n : undefined;
}

/** Where the autosave is the user's, and where there is none. */
const places = [
  ['with an autosave', () => ({ autosave: { path, intervalMs: 50 } }), ['work.xz']],
  ['without an autosave', () => ({ journal: { directory } }), []],
] as const;

describe.each(places)('%s', (name, place, kept) => {
  it.each(['SIGKILL', 'native memory fault', 'heap out-of-memory', 'uncaught exception', 'process.exit(1)'])(
    'goes on with the state after: %s',
    async (death) => {
      const lives = await runLives(
        {
          mode: 'start',
          options: { ...place(), restart: {} },
          lives: [
            [
              ['count', 5],
              ['die', death],
            ],
            [
              ['set', 6],
              ['exit', 0],
            ],
          ],
        },
        { execArgv: ['--max-old-space-size=64'] },
      );
      expect(launches(lives)).toEqual([0, 5]);
      const second = lives.lines().findLast(({ launched }) => launched === 5);
      expect(second).toMatchObject({ attempt: 2, list: 5, trace: 5 });
      expect(second?.['recovered'].crash.kind).toBe(
        lives.lines().find(({ rescued }) => rescued === 5)?.['kind'],
      );
      expect(lives.said('outcome')).toMatchObject({ exitCode: 0, restarts: 1, rescued: false });
      expect((await lives.ended).exitCode).toBe(0);
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it('goes on after a hang', async () => {
    const lives = await runLives({
      mode: 'start',
      options: { ...place(), restart: {}, hangTimeoutMs: 200 },
      lives: [[['count', 5], ['sleep', 50], ['hang']], [['exit', 0]]],
    });
    expect(launches(lives)).toEqual([0, 5]);
    expect(lives.said('kind')).toBe('hang');
    const { hang } = (lives.lines().find(({ rescued }) => rescued !== undefined) as Line)['crash'];
    expect(hang.forMs).toBeGreaterThanOrEqual(200);
    expect(hang.stack).toMatch(/at hang \(file:.*lives\.mjs:\d+:\d+\)/);
  });

  it('gives up after so many restarts, with the state saved, and ends as the app has', async () => {
    const lives = await runLives({
      mode: 'start',
      options: { ...place(), restart: { max: 2, backoffMs: 1 } },
      lives: [
        [['set', 1], KILL],
        [['set', 2], KILL],
        [['set', 3], KILL],
      ],
    });
    expect(launches(lives)).toEqual([0, 1, 2]);
    expect(lives.output.stderr).toContain(
      'is not started again: it has been started again 2 times within 60000 ms',
    );
    expect(lives.said('outcome')).toMatchObject({ crash: 'signal', restarts: 2, rescued: true });
    expect((await lives.ended).signal).toBe('SIGKILL');
    expect(readdirSync(directory)).toEqual(kept);
    expect(await savedNumber()).toBe(kept.length === 0 ? undefined : 3);
  });

  it('the rescue function decides: a repaired state, a fresh one, or the end', async () => {
    const lives = await runLives({
      mode: 'start',
      options: { ...place(), restart: { backoffMs: 1 } },
      answers: ['repaired', 'fresh', 'stop'],
      lives: [
        [['set', 1], KILL],
        [['set', 2], KILL],
        [['set', 3], KILL],
      ],
    });
    expect(launches(lives)).toEqual([0, 1000, 0]);
    expect(lives.lines().flatMap(({ rescued }) => rescued ?? [])).toEqual([1, 2, 3]);
    // The repaired state is all there.
    expect(lives.lines().find(({ launched }) => launched === 1000)).toMatchObject({ list: 1, trace: 1 });
    expect(lives.said('outcome')).toMatchObject({ restarts: 2, rescued: true });
  });

  it('a returned state that cannot be guarded is refused, and the app goes on with its own', async () => {
    const lives = await runLives(
      {
        mode: 'start',
        options: { ...place(), restart: { backoffMs: 1 } },
        answers: ['unguardable'],
        lives: [[['set', 1], KILL], [['exit', 0]]],
      },
      { cwd: directory },
    );
    expect(launches(lives)).toEqual([0, 1]);
    expect(lives.output.stderr).toContain(
      'The state that the rescue function has returned cannot be resumed: state.f: ',
    );
    expect(lives.said('outcome')).toMatchObject({ restarts: 1, exitCode: 0 });
  });

  /** Lives with one state, dies of the next one at once, and then `last` with an older one. */
  const dieOfState = (last: Step[]): Promise<Lives> =>
    runLives(
      {
        mode: 'start',
        options: { ...place(), restart: { backoffMs: 1, healthyMs: 1500 } },
        lives: [
          [['set', 1], ['sleep', CHECKPOINT_MS[name]], ['set', 2], ['sleep', 100], KILL],
          [['set', 3], KILL],
          last,
        ],
      },
      { cwd: directory },
    );

  it('steps back to a state that it had lived with, and keeps the poison', async () => {
    const lives = await dieOfState([
      ['set', 4],
      ['sleep', 400],
      ['exit', 0],
    ]);
    expect(launches(lives)).toEqual([0, 2, 1]);
    expect(lives.output.stderr).toContain('It is started again with an older one');
    const { poison, crash } = (lives.lines().findLast(({ recovered }) => recovered !== undefined) as Line)[
      'recovered'
    ];
    expect(crash.kind).toBe('signal');
    execFileSync(poison.endsWith('.gz') ? 'gzip' : 'xz', ['-t', poison]);
    const { state } = await recover<any>(poison);
    expect([state.n, state.list.length]).toEqual([3, 3]);
    expect(lives.said('outcome')).toMatchObject({ exitCode: 0, restarts: 2 });
  });

  it('stops with everything kept when an older state does not help', async () => {
    const lives = await dieOfState([['set', 4], KILL]);
    expect(launches(lives)).toEqual([0, 2, 1]);
    expect(lives.output.stderr).toContain('it has died at once with an older state too');
    expect(lives.said('outcome')).toMatchObject({ crash: 'signal', restarts: 2 });
    const poisons = readdirSync(directory).filter((name) => name.includes('poison'));
    expect(poisons.length).toBe(1);
    expect(await savedNumber()).toBe(kept.length === 0 ? undefined : 4);
  });

  it('an end that was asked for is no crash to come back from', async () => {
    const lives = startLives({
      mode: 'start',
      options: { ...place(), restart: {} },
      lives: [[['set', 1], ['say', { ready: true }], ['wait']]],
    });
    await lives.waitForOutput('ready');
    lives.process.kill('SIGTERM');
    const { signal } = await lives.ended;
    expect(signal).toBe('SIGTERM');
    expect(lives.said('outcome')).toMatchObject({ signal: 'SIGTERM', restarts: 0 });
  });

  it('an end that is asked for between two lives is the end', async () => {
    const lives = startLives({
      mode: 'start',
      options: { ...place(), restart: { backoffMs: 30_000 } },
      lives: [[['set', 1], KILL]],
    });
    await lives.waitForOutput('"rescued"');
    lives.process.kill('SIGTERM');
    await lives.ended;
    expect(launches(lives)).toEqual([0]);
  });

  it('an app that dies before it has a state is started again from the beginning', async () => {
    const lives = await runLives({
      mode: 'start',
      options: { ...place(), restart: { max: 1, backoffMs: 1 }, initial: undefined },
      lives: [[KILL]],
    });
    expect(launches(lives)).toEqual([0, 0]);
  });
});

it('without a rescue function the state is in a file, too, when the end is asked for between two lives', async () => {
  const lives = startLives(
    {
      mode: 'start',
      options: { journal: { directory }, restart: { backoffMs: 30_000 } },
      registers: false,
      lives: [[['set', 1], KILL]],
    },
    { cwd: directory, env: { FAULTGUARD_DEBUG: '1' } },
  );
  await waitFor('the crash', () => lives.output.stderr.includes('crash {'));
  lives.process.kill('SIGTERM');
  await lives.ended;
  const { rescueFile } = lives.said('outcome');
  expect(JSON.parse(readFileSync(rescueFile, 'utf8')).json.n).toBe(1);
});

it('without an autosave nothing native is needed: neither LZMA nor koffi', async () => {
  const lives = await runLives(
    { mode: 'start', options: { restart: {} }, lives: [[['set', 1], KILL], [['exit', 0]]] },
    { execArgv: ['--no-addons'] },
  );
  expect(launches(lives)).toEqual([0, 1]);
  expect((await lives.ended).exitCode).toBe(0);
});

it('an autosave that is there for restarts alone makes nothing durable', async () => {
  const lives = await runLives({
    mode: 'start',
    options: { journal: { directory }, restart: {} },
    lives: [[['set', 1], ['not durable'], ['stats'], ['exit', 0]]],
  });
  expect(lives.said('rejected')).toBe('ERR_FAULTGUARD_NOT_SAVED');
  expect(lives.said('stats')).toMatchObject({ saved: 0, degraded: false });
});

it('without a rescue function the state of an app that is given up is in a file', async () => {
  const lives = await runLives(
    {
      mode: 'start',
      options: { journal: { directory }, restart: { max: 1, backoffMs: 1 } },
      registers: false,
      lives: [
        [['set', 1], KILL],
        [['set', 2], KILL],
      ],
    },
    { cwd: directory },
  );
  const { rescueFile } = lives.said('outcome');
  expect(JSON.parse(readFileSync(rescueFile, 'utf8')).json.n).toBe(2);
});
