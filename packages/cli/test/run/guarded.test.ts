/** Programs that call attach() or start() under `faultguard run`: one guardian, which knows what only a parent knows. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProcesses, type RunningScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../fixtures/run-cli.ts';
import {
  type AppPlan,
  rescuePath,
  runApp,
  runEvaluated,
  runOf,
  type Said,
  saidIn,
  startApp,
  startRun,
} from '../fixtures/run/start-run.ts';

const countsPath = fileURLToPath(new URL('../fixtures/run/counts.mjs', import.meta.url));

/** Says what the library never says, and waits for the end of the pipe. */
const FORGED = `
  const fs = require('node:fs');
  fs.writeSync(3, JSON.stringify({ attach: {}, library: 'data:text/javascript,' }) + '\\nnot JSON\\n{"outcome":5}\\n[]\\n');
  try { while (fs.readSync(3, Buffer.alloc(9)) > 0); } catch {}
  process.exitCode = 6;
`;

const DEATHS: readonly (readonly [end: string, kind: string, signal: string | null, code: number | null])[] =
  [
    ['SIGKILL', 'signal', 'SIGKILL', null],
    ['native memory fault', 'signal', 'SIGSEGV', null],
    ['abort', 'signal', 'SIGABRT', null],
    ['process.exit(1)', 'exit', null, 1],
    ['uncaught exception', 'exception', null, 1],
    ['unhandled rejection', 'exception', null, 1],
    ['heap out-of-memory', 'out-of-memory', 'SIGABRT', null],
  ];

const HANG_SAID =
  /^faultguard: The event loop of the app has stood still for \d+ ms, and the app is ended\.$/m;

function nextGuardian(running: RunningScript): Promise<Said> {
  return waitFor('a new guardian with the state', () =>
    saidIn(running.output.stdout).find(({ restored }) => restored !== undefined),
  );
}

describe('attach() under run', () => {
  test.each(DEATHS)(
    '%s: the rescue is told how it ended, and so is the shell',
    async (end, kind, signal, code) => {
      const { said, ...result } = await runApp([], { by: 'attach', rescue: 'module', end });
      expect({ signal: result.signal, code: result.exitCode }).toEqual({ signal, code });
      const [app, rescue] = said as [Said, Said];
      expect(rescue).toMatchObject({ rescuedBy: 'module', count: 1, greets: 'counted to 1', kind, signal });
      // No process beside the two.
      expect(rescue.guardian).toBe(app.parent);
    },
  );

  test('a clean exit leaves nothing behind and says nothing', async () => {
    const directory = temporaryDirectory();
    const options = { journal: { directory } };
    const { said, exitCode, stderr } = await runApp([], { by: 'attach', rescue: 'module', options });
    expect({ exitCode, stderr, count: said.length }).toEqual({ exitCode: 0, stderr: '', count: 1 });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('what makes it the guarded one is in neither its environment nor that of its children', async () => {
    for (const by of ['attach', 'start'] as const) {
      const { said } = await runApp([], { by });
      expect(said[0]).toMatchObject({ marked: [], markedChild: [] });
    }
  });

  test('with --restart it goes on with its state, which attach() alone cannot do', async () => {
    const plan: AppPlan = { by: 'attach', rescue: 'module', end: 'SIGKILL', crashes: 3 };
    const { said, exitCode, stderr } = await runApp(['--restart', '5/60s', '--backoff', '10ms'], plan);
    expect(exitCode).toBe(0);
    const apps = said.filter(({ app }) => app !== undefined);
    expect(apps.map(({ count, recovered }) => [count, recovered])).toEqual([
      [0, undefined],
      [1, 'signal'],
      [2, 'signal'],
      [3, 'signal'],
    ]);
    expect(said.filter(({ rescuedBy }) => rescuedBy !== undefined).map(({ count }) => count)).toEqual([
      1, 2, 3,
    ]);
    expect(new Set(apps.map(({ parent }) => parent)).size).toBe(1);
    expect(stderr.match(/^faultguard: The app was ended by SIGKILL, and is started again/gm)).toHaveLength(3);
  });

  test('when the restarts are used up it ends as the app has, and the state is in a file if nobody has rescued it', async () => {
    const cwd = temporaryDirectory();
    const flags = ['--restart', '1/60s', '--backoff', '10ms'];
    const { signal, stderr } = await runApp(flags, { by: 'attach', end: 'SIGKILL' }, { cwd });
    expect(signal).toBe('SIGKILL');
    expect(stderr).toContain(
      'it has been started again once within 60000 ms, as option "restart" (--restart of faultguard run) says.',
    );
    expect(readdirSync(cwd).filter((name) => name.startsWith('faultguard-rescue'))).toHaveLength(1);
  });

  test('--rescue wins over the code, and none takes it away', async () => {
    const flagged = await runApp(['--rescue', rescuePath], { by: 'attach', end: 'SIGKILL' });
    expect(flagged.said[1]).toMatchObject({ rescuedBy: 'module', count: 1 });
    const cwd = temporaryDirectory();
    const none = await runApp(
      ['--rescue', 'none'],
      { by: 'attach', rescue: 'module', end: 'SIGKILL' },
      { cwd },
    );
    expect(none.said).toHaveLength(1);
    expect(readdirSync(cwd)).toHaveLength(1);
  });

  test('--autosave keeps what both have lost, and --existing resume goes on with it', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = startApp(['--autosave', path, '--interval', '50ms'], { by: 'attach', end: 'waits' });
    const app = Number(saidIn(await running.waitForOutput('}\n'))[0]?.app);
    process.kill(running.process.pid as number, 'SIGKILL');
    process.kill(app, 'SIGKILL');
    await running.ended.catch(() => {});
    expect(existsSync(path)).toBe(true);
    const refused = await runApp(['--autosave', path], { by: 'attach' });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('ERR_FAULTGUARD_AUTOSAVE_EXISTS');
    expect(refused.stderr).toContain(
      `option "autosave.existing" (--existing of faultguard run) to 'resume' or 'discard'`,
    );
    const resumed = await runApp(['--autosave', path, '--existing', 'resume'], { by: 'attach' });
    expect(resumed.said[0]).toMatchObject({ count: 1, recovered: 'vanished' });
    expect(existsSync(path)).toBe(false);
  });

  test('an event loop that hangs is ended and told as one', async () => {
    const flags = ['--hang-timeout', '500ms', '--rescue', rescuePath];
    const { said, signal, stderr } = await runApp(flags, { by: 'attach', end: 'hang' });
    expect(signal).toBe('SIGTERM');
    expect(stderr).toMatch(HANG_SAID);
    expect(said[1]).toMatchObject({ rescuedBy: 'module', kind: 'hang', count: 1 });
  });

  test('options that mean nothing together are refused in the app, which says so', async () => {
    const { exitCode, stderr } = await runApp(['--autosave', 'work.xz'], {
      by: 'attach',
      options: { journal: { directory: '/tmp' } },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'Option "journal.directory" cannot be given together with "autosave" (--autosave of faultguard run)',
    );
  });

  test('what a rescue leaves open keeps nobody waiting', async () => {
    const rescue = join(temporaryDirectory(), 'rescue.mjs');
    writeFileSync(rescue, 'export const rescue = () => void setInterval(() => {}, 1000);');
    const { signal } = await runApp(['--rescue', rescue], { by: 'attach', end: 'SIGKILL' });
    expect(signal).toBe('SIGKILL');
  });

  test('a refusal leaves a program that goes on without', async () => {
    const code = `
      import { attach } from '@faultguard/core';
      await attach({ journal: { directory: '/no/such/directory' } }).catch(({ code }) => console.log(code));
      const guard = await attach();
      console.log(guard.stats().guardianPid !== process.ppid);
      await guard.close();
      process.kill(process.pid, 'SIGKILL');
    `;
    const { signal, stdout } = await runEvaluated(code);
    expect({ signal, stdout }).toEqual({
      signal: 'SIGKILL',
      stdout: 'ERR_FAULTGUARD_SESSION_UNUSABLE\ntrue\n',
    });
  });

  test('an app whose library cannot be loaded gets a guardian of its own', async () => {
    const running = startRun([], [process.execPath, '-e', FORGED], { timeoutMs: 20_000 });
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/node cannot be guarded from here: its library is no file, but data:/);
  });

  test('killed, run leaves an app that goes on with a guardian of its own', async () => {
    const running = startApp([], { by: 'attach', rescue: 'module', end: 'waits' });
    const [{ app, parent } = {}] = saidIn(await running.waitForOutput('}\n'));
    process.kill(parent as number, 'SIGKILL');
    const { restored } = await nextGuardian(running);
    process.kill(app as number, 'SIGSEGV');
    await running.ended;
    const rescue = saidIn(running.output.stdout).at(-1);
    expect(rescue).toMatchObject({ rescuedBy: 'module', guardian: restored, count: 1, kind: 'vanished' });
  });

  test('an app that has closed its guard ends like any other program, and can attach again', async () => {
    const directory = temporaryDirectory();
    const code = `
      import { attach } from '@faultguard/core';
      const first = await attach({ journal: { directory: ${JSON.stringify(directory)} } });
      first.state.n = 1;
      await first.close();
      const { readdirSync } = await import('node:fs');
      console.log(JSON.stringify({ left: readdirSync(${JSON.stringify(directory)}), guardian: first.stats().guardianPid === process.ppid }));
      const second = await attach({ journal: { directory: ${JSON.stringify(directory)} } });
      console.log(JSON.stringify({ again: second.stats().guardianPid !== process.ppid }));
      await second.close();
      process.exitCode = 7;
    `;
    const { exitCode, stdout, stderr } = await runEvaluated(code);
    expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: '' });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([{ left: [], guardian: true }, { again: true }]);
  });
});

describe('start() under run', () => {
  test.each(DEATHS)(
    '%s: the function of its code is called, in the one guardian',
    async (end, kind, signal, code) => {
      const { said, ...result } = await runApp([], { by: 'start', rescue: 'function', end });
      expect({ signal: result.signal, code: result.exitCode }).toEqual({ signal, code });
      const [app, rescue, behind] = said as [Said, Said, Said];
      expect(rescue).toMatchObject({ rescuedBy: 'function', count: 1, greets: 'counted to 1', kind, signal });
      expect(rescue.guardian).toBe(app.parent);
      expect(behind).toEqual({ behind: 0, rescued: true });
    },
  );

  test('there are three processes: run, the guardian, the app', async () => {
    const running = startApp([], { by: 'start', rescue: 'function', end: 'waits' });
    const [{ app, parent } = {}] = saidIn(await running.waitForOutput('}\n'));
    const pids = findProcesses(`TEST_RUN=${runOf(app as number)}`).map(({ pid }) => pid);
    expect(new Set(pids)).toEqual(new Set([running.process.pid, parent, app]));
    process.kill(app as number, 'SIGTERM');
    expect((await running.ended).signal).toBe('SIGTERM');
  });

  test('--restart and --rescue win over its code', async () => {
    const flags = ['--restart', '5', '--backoff', '10ms', '--rescue', rescuePath];
    const { said, exitCode, stderr } = await runApp(flags, {
      by: 'start',
      rescue: 'function',
      end: 'SIGKILL',
      crashes: 2,
    });
    expect(exitCode).toBe(0);
    expect(stderr.match(/^faultguard: The app was ended by SIGKILL, and is started again/gm)).toHaveLength(2);
    expect(said.map(({ count, rescuedBy, behind }) => [count, rescuedBy ?? behind])).toEqual([
      [0, undefined],
      [1, 'module'],
      [1, undefined],
      [2, 'module'],
      [2, undefined],
      [undefined, 2],
    ]);
  });

  test('a script that gets no app is started again like any other program', async () => {
    const flags = ['--restart', '2', '--backoff', '10ms'];
    const options = { journal: { directory: '/no/such/directory' } };
    const { exitCode, stderr } = await runApp(flags, { by: 'start', options });
    expect(exitCode).toBe(1);
    expect(stderr.match(/FaultguardError: The directory/g)).toHaveLength(3);
  });

  test('none wins over its code too', async () => {
    const options = { restart: { max: 3, backoffMs: 10 }, hangTimeoutMs: 100 };
    const { said, signal } = await runApp(['--restart', 'none'], { by: 'start', end: 'SIGKILL', options });
    expect(signal).toBe('SIGKILL');
    expect(said.filter(({ app }) => app !== undefined)).toHaveLength(1);
  });

  test('an event loop that hangs is met by the watchdog of its guardian', async () => {
    const { said, signal, stderr } = await runApp(['--hang-timeout', '500ms'], {
      by: 'start',
      rescue: 'function',
      end: 'hang',
    });
    expect(signal).toBe('SIGTERM');
    expect(stderr).toMatch(HANG_SAID);
    expect(said[1]).toMatchObject({ rescuedBy: 'function', kind: 'hang' });
  });

  test('when its guardian is killed, run goes on with the app and the new one, and ends as the app does', async () => {
    const running = startApp(['--restart', '3', '--json'], { by: 'start', rescue: 'function', end: 'waits' });
    const [{ app, parent } = {}] = saidIn(await running.waitForOutput('}\n'));
    process.kill(parent as number, 'SIGKILL');
    const { restored } = await nextGuardian(running);
    expect(running.process.exitCode).toBeNull();
    // Passed on to the app, which is no child.
    running.process.kill('SIGTERM');
    const { signal, stderr } = await running.ended;
    expect(signal).toBe('SIGTERM');
    const rescue = saidIn(running.output.stdout).find(({ rescuedBy }) => rescuedBy !== undefined);
    expect(rescue).toMatchObject({ rescuedBy: 'function', guardian: restored, count: 1 });
    expect(JSON.parse(stderr.trim().split('\n').at(-1) as string)).toMatchObject({
      run: { signal: 'SIGTERM', rescued: true, restarts: 0, crash: { kind: 'vanished', pid: app } },
    });
  });

  test('when all are killed, the next run goes on from the autosave', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = startApp(['--autosave', path], { by: 'start', rescue: 'function', end: 'waits' });
    const [{ app, parent } = {}] = saidIn(await running.waitForOutput('}\n'));
    for (const pid of [running.process.pid, parent, app]) process.kill(pid as number, 'SIGKILL');
    await running.ended.catch(() => {});
    const resumed = await runApp(['--autosave', path, '--existing', 'resume'], {
      by: 'start',
      rescue: 'function',
    });
    expect(resumed.said[0]).toMatchObject({ count: 1, recovered: 'vanished' });
    expect(existsSync(path)).toBe(false);
  });
});

describe('killed at random moments', () => {
  test.each(['attach', 'start'] as const)('%s: nothing that had been done is lost', async (by) => {
    const flags = ['--restart', '20', '--backoff', '1ms'];
    const running = startRun(flags, [process.execPath, countsPath, by]);
    const { output } = running;
    for (let life = 1; life <= 8; life++) {
      const pid = await waitFor(`life ${life}`, () => {
        const begun = [...output.stdout.matchAll(/^begins (\d+) \d+\n\d+$/gm)];
        return begun.length === life && Number(begun.at(-1)?.[1]);
      });
      await sleep(Math.random() * 60);
      process.kill(pid, life === 8 ? 'SIGTERM' : life % 2 === 0 ? 'SIGSEGV' : 'SIGKILL');
    }
    expect((await running.ended).signal).toBe('SIGTERM');
    let last = 0;
    // What had been counted since the last number was done as well.
    const lost = output.stdout
      .trim()
      .split('\n')
      .filter((line) => {
        const begun = /^begins \d+ (\d+)$/.exec(line)?.[1];
        const more = Number(begun) - last;
        if (begun === undefined) last = Number(line);
        return begun !== undefined && !(more >= 0 && more <= 500);
      });
    expect(lost).toEqual([]);
    expect(output.stdout.match(/begins/g)).toHaveLength(8);
  });
});
