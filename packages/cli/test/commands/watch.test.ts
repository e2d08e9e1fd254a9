/** `faultguard watch` where there is no terminal: lines, or JSON; and what is not there. */
import { join } from 'node:path';
import { startScript } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCounting } from '../fixtures/counting.ts';
import {
  mainPath,
  plainEnv,
  runCli,
  runInTerminal,
  runShell,
  startSaving,
  temporaryDirectory,
} from '../fixtures/run-cli.ts';

const looksOf = (stdout: string): any[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('watch', () => {
  test('With --json it is a line a look, with rates from the second on; restarts and the last crash are told.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const app = startCounting({ path, everyMs: 5, dies: [20] });
    await app.waitForOutput('n 21\n');
    const guardian = app.process.pid as number;
    const { exitCode, stdout, stderr } = await runCli([
      'watch',
      String(guardian),
      '--json',
      '--count',
      '4',
      '--interval',
      '200',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const looks = looksOf(stdout);
    expect(looks).toHaveLength(4);
    expect(looks.map(({ guards }) => guards.length)).toEqual([1, 1, 1, 1]);
    const [first, ...others] = looks.map(({ guards }) => guards[0]);
    expect(first).toMatchObject({
      autosave: path,
      guardian: { pid: guardian },
      restarts: 1,
      lastCrash: { kind: 'signal', signal: 'SIGKILL' },
      appendedBytesPerSecond: null,
      mirroredBytesPerSecond: null,
      savedBytesPerSecond: null,
      isDegraded: false,
      isAutosaveDegraded: false,
    });
    for (const guard of others) {
      expect(guard.appendedBytesPerSecond).toBeGreaterThan(0);
      expect(guard.mirroredBytesPerSecond).toBeGreaterThan(0);
      expect(guard.savedBytesPerSecond).toEqual(expect.any(Number));
      expect(guard.unmirroredBytes).toBe(guard.appendedBytes - guard.mirroredBytes);
      expect(guard.unsavedForMs).toBeGreaterThanOrEqual(0);
    }
    const { stdout: listed } = await runCli(['list']);
    expect(listed).toMatch(/^ {2}crashed {3}SIGKILL, .*, process \d+; started again 1 time$/m);
    const times = looks.map(({ at }) => new Date(at).getTime());
    expect(times[3]! - times[0]!).toBeGreaterThanOrEqual(600);
  });

  test('A line for each guard and look; it ends with the guard that was asked for.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = await startSaving({ path });
    const pid = await running.appPid();
    const watching = startScript(mainPath, {
      args: ['watch', String(pid), '--interval', '100'],
      env: plainEnv,
    });
    onTestFinished(async () => {
      watching.process.kill('SIGKILL');
      await watching.ended;
    });
    const text = await watching.waitForOutput('appended 0 B/s');
    expect(text).toMatch(
      new RegExp(
        `^\\d{4}-\\d\\d-\\d\\d [\\d:]+ {2}app ${pid} .*unmirrored 0 B {2}unsaved 0 B {2}up .*saves\\.mjs`,
        'm',
      ),
    );
    process.kill(pid, 'SIGKILL');
    const { exitCode, stdout, stderr } = await watching.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toContain('\u001b');
  });

  test('With --count it prints on a terminal too, and ends.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = await startSaving({ path });
    const pid = String(await running.appPid());
    const { exitCode, stdout } = await runInTerminal(['watch', pid, '--count', '2', '--interval', '100ms']);
    expect(exitCode).toBe(0);
    expect(stdout.match(/^\d{4}-\d\d-\d\d .*app \d+ .*\r?$/gm)).toHaveLength(2);
  });

  test('A process that nobody guards, and what is no process, are refused.', async () => {
    const { exitCode, stdout, stderr } = await runCli(['watch', String(process.pid)]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Process ${process.pid} is neither the app nor the guardian of a guard`);
    const json = await runCli(['watch', String(process.pid), '--json']);
    expect(JSON.parse(json.stderr).error.code).toBe('NOT_GUARDED');
    for (const args of [['x'], ['-1'], ['0'], ['1', '--sort', 'beauty'], ['--interval', '1']]) {
      expect((await runCli(['watch', ...args])).exitCode).toBe(64);
    }
  });

  test('Whoever reads it may stop, and Ctrl-C ends it as a signal does.', async () => {
    const { exitCode, stderr } = await runShell('faultguard watch --interval 100 | head -n 1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const watching = startScript(mainPath, { args: ['watch', '--json', '--interval', '100'], env: plainEnv });
    await watching.waitForOutput('\n');
    watching.process.kill('SIGINT');
    expect((await watching.ended).signal).toBe('SIGINT');
  });

  test('Control characters of commands and paths do not get through.', async () => {
    const path = join(temporaryDirectory(), 'a \u001b[31m\u009b b.xz');
    const running = await startSaving({ path });
    const pid = String(await running.appPid());
    for (const more of [[], ['--json']]) {
      const { exitCode, stdout } = await runCli(['watch', pid, '--count', '1', ...more]);
      expect(exitCode).toBe(0);
      // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});
