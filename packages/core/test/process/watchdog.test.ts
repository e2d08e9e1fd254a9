/** What is a hang, and what is none. */
import { readFileSync } from 'node:fs';
import { waitFor } from '@faultguard/test-kit';
import { describe, expect, it } from 'vitest';
import { type Lives, runLives, startLives } from '../fixtures/lives.ts';

const watched = (hangTimeoutMs: number, lives: [string, unknown?][]) =>
  ({ mode: 'start', options: { hangTimeoutMs }, lives: [lives] }) as const;

/** `T`: stopped; `S`: waits. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] as string;
}

async function stopFor(pid: number, timeMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await waitFor('the process to be stopped', () => stateOf(pid) === 'T');
  const untilMs = performance.now() + timeMs;
  await waitFor('that time to be over', () => performance.now() >= untilMs);
  process.kill(pid, 'SIGCONT');
}

async function endOf(lives: Lives): Promise<{ hangs: number; exitCode: number | null }> {
  const { exitCode } = await lives.ended;
  return { hangs: lives.lines().filter(({ event }) => event === 'hang').length, exitCode };
}

const NO_HANG = { hangs: 0, exitCode: 0 };

describe('a hang', () => {
  it('is an endless loop: told with its time and place, ended, rescued', async () => {
    const lives = await runLives(watched(200, [['count', 5], ['sleep', 100], ['hang']]));
    const { forMs, stack } = lives.said('crash').hang;
    expect(forMs).toBeGreaterThanOrEqual(200);
    // The loop itself calls into Node.
    expect(stack).toMatch(/^ {4}at hang \(file:.*lives\.mjs:\d+:\d+\)$/m);
    expect([lives.said('rescued'), lives.said('kind')]).toEqual([5, 'hang']);
    const { startedAt, lastHeartbeatAt, crashedAt } = lives.said('crash');
    expect(startedAt < lastHeartbeatAt && lastHeartbeatAt < crashedAt).toBe(true);
    expect((await lives.ended).signal).toBe('SIGTERM');
  });

  it('is a wait for what never comes, of which there is no stack', async () => {
    const lives = await runLives(watched(200, [['count', 5], ['sleep', 50], ['sleep for ever']]));
    expect([lives.said('rescued'), lives.said('kind')]).toEqual([5, 'hang']);
  });

  it('of an app that handles SIGTERM is ended by SIGKILL', async () => {
    const lives = await runLives(
      watched(100, [['count', 5], ['ignore', 'SIGTERM'], ['sleep', 50], ['hang']]),
    );
    expect([lives.said('rescued'), lives.said('kind')]).toEqual([5, 'hang']);
    expect((await lives.ended).signal).toBe('SIGKILL');
  });
});

describe('no hang', () => {
  it('is work that takes less than that', async () => {
    const lives = await runLives(
      watched(1000, [
        ['sleep', 50],
        ['hang', 500],
        ['sleep', 50],
        ['hang', 500],
        ['exit', 0],
      ]),
    );
    expect(await endOf(lives)).toEqual(NO_HANG);
  });

  it('is work of which the stack has been taken already', async () => {
    const lives = await runLives(
      watched(2000, [
        ['sleep', 50],
        ['hang', 1750],
        ['sleep', 50],
        ['exit', 0],
      ]),
    );
    expect(await endOf(lives)).toEqual(NO_HANG);
  });

  it('is an app that has been stopped, and goes on', async () => {
    const lives = startLives(
      watched(200, [
        ['say', { ready: true }],
        ['sleep', 1000],
        ['exit', 0],
      ]),
    );
    await lives.waitForOutput('ready');
    await stopFor(lives.said('pid'), 800);
    expect(await endOf(lives)).toEqual(NO_HANG);
  });

  it('is a time in which the guardian did not run either', async () => {
    const lives = startLives(
      watched(200, [
        ['say', { ready: true }],
        ['sleep', 1000],
        ['exit', 0],
      ]),
    );
    await lives.waitForOutput('ready');
    const app = lives.said('pid') as number;
    // As when a laptop is suspended: both, the app a little longer.
    process.kill(app, 'SIGSTOP');
    await stopFor(lives.process.pid as number, 800);
    process.kill(app, 'SIGCONT');
    expect(await endOf(lives)).toEqual(NO_HANG);
  });

  it('is an app with a debugger', async () => {
    const lives = await runLives(
      watched(200, [
        ['sleep', 100],
        ['hang', 800],
        ['exit', 0],
      ]),
      {
        execArgv: ['--inspect=127.0.0.1:0'],
      },
    );
    expect(await endOf(lives)).toEqual(NO_HANG);
  });

  it('comes from watching: an idle app ends when it has nothing left to do', async () => {
    const lives = await runLives(watched(60_000, [['set', 1]]));
    expect(await endOf(lives)).toEqual(NO_HANG);
  });
});
