/** `faultguard history --follow`: every mutation once and in order, whatever becomes of the app. */
import { join } from 'node:path';
import { startScript } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import { startCounting } from '../fixtures/counting.ts';
import {
  keepAutosave,
  mainPath,
  plainEnv,
  runCli,
  runShell,
  temporaryDirectory,
} from '../fixtures/run-cli.ts';

const dead = keepAutosave();

function follow(...args: readonly string[]): ReturnType<typeof startScript> {
  const running = startScript(mainPath, { args: ['history', '--follow', ...args], env: plainEnv });
  onTestFinished(async () => {
    running.process.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

const eventsOf = (stdout: string): any[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

const valuesOf = (some: any[]): number[] =>
  some.filter(({ event }) => event === 'mutation').map(({ value }) => Number(value));

describe('history --follow', () => {
  test('What the app does is told as it comes, each once, over its restarts, to its end.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const app = startCounting({ path, ends: 60, dies: [30] });
    await app.waitForOutput('n 5\n');
    const following = follow(path, '--path', 'n', '--json');
    const { exitCode, stdout } = await following.ended;
    expect(exitCode).toBe(0);
    const events = eventsOf(stdout);
    expect(events.at(-1)).toEqual({ event: 'ended', crash: null });
    const restart = events.findIndex(({ event }) => event === 'restarted');
    const [before, after] = [valuesOf(events.slice(0, restart)), valuesOf(events.slice(restart))];
    // The first of them was before anybody looked, and the last before the death may be gone with the journal.
    expect(before).toEqual(before.map((_, index) => before[0]! + index));
    expect(before.at(-1)).toBeGreaterThan(20);
    expect(after.at(-1)).toBe(60);
    expect(after.slice(-25)).toEqual(Array.from({ length: 25 }, (_, index) => 36 + index));
    for (const { path: place, record, notAfter } of events.filter(({ event }) => event === 'mutation')) {
      expect(place).toBe('state.n');
      expect(record).toBeGreaterThan(0);
      expect(new Date(notAfter).getTime()).toBeGreaterThan(0);
    }
  });

  test('By its pid, for a person: a line each, with the time; more at once than --limit are counted.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const app = startCounting({ path, everyMs: 1 });
    await app.waitForOutput('n 5\n');
    const following = follow(String(await app.appPid()), '--limit', '3');
    const text = await following.waitForOutput('mutations more');
    expect(text).toMatch(/^\d{4}-\d\d-\d\d [\d:.]+ #\d+ +set {6}state\.n: \d+$/m);
    expect(text).toMatch(/^… [\d,]+ mutations more$/m);
    following.process.kill('SIGINT');
    expect((await following.ended).signal).toBe('SIGINT');
  });

  test('Of an app that has ended it tells what there is, and ends.', async () => {
    const before = filesOf(dead.directory);
    const { exitCode, stdout, stderr } = await runCli(['history', dead.path, '--follow', '--limit', '2']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^.*#\d+ +/, ''))).toEqual([
      'set      state.n: 100',
      'set      state.added: Object',
      expect.stringMatching(/^The end: vanished/),
    ]);
    expect(filesOf(dead.directory)).toEqual(before);
  });

  test('Whoever reads it may stop.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const app = startCounting({ path, everyMs: 1 });
    await app.waitForOutput('n 5\n');
    const { exitCode, stdout, stderr } = await runShell(`faultguard history '${path}' --follow | head -n 3`);
    expect({ exitCode, stderr, lines: stdout.split('\n').length }).toEqual({
      exitCode: 0,
      stderr: '',
      lines: 4,
    });
  });

  test('A moment does not go on: --at and --follow together are refused.', async () => {
    const { exitCode, stderr } = await runCli(['history', dead.path, '--follow', '--at', '-5s']);
    expect(exitCode).toBe(64);
    expect(stderr).toContain('--at and --follow do not go together');
  });

  test('A process that nobody guards, and one without an autosave, are told of.', async () => {
    const nobody = await runCli(['history', String(process.pid)]);
    expect(nobody.exitCode).toBe(2);
    expect(nobody.stderr).toContain(`Process ${process.pid} is neither the app nor the guardian`);
    const waits = new URL('../fixtures/apps/waits.mjs', import.meta.url).pathname;
    const running = startScript(waits, { env: { TMPDIR: temporaryDirectory() } });
    onTestFinished(async () => {
      running.process.kill('SIGTERM');
      await running.ended;
    });
    await running.waitForOutput('launched');
    const without = await runCli(['history', String(await running.appPid())]);
    expect(without.exitCode).toBe(2);
    expect(without.stderr).toContain('is guarded without an autosave');
  });
});
