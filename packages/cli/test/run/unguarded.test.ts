/** Programs that nobody guards: started again, ended when they hang, with a dossier. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../fixtures/run-cli.ts';
import { runApp, startRun } from '../fixtures/run/start-run.ts';

const lastLine = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1) as string);

describe('restart', () => {
  test('a program that crashes is started again until it does not', async () => {
    const cwd = temporaryDirectory();
    const script = 'echo x >> starts; [ $(wc -l < starts) -ge 3 ] || kill -SEGV $$; echo done';
    const flags = ['--restart', '5/60s', '--backoff', '10ms', '--json'];
    const { exitCode, stdout, stderr } = await startRun(flags, ['sh', '-c', script], { cwd }).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done\n' });
    const said = /^faultguard: sh was ended by SIGSEGV, and is started again(?: in \d+ ms)?\.$/gm;
    expect(stderr.match(said)).toHaveLength(2);
    expect(lastLine(stderr)).toEqual({
      run: {
        exitCode: 0,
        signal: null,
        crash: null,
        rescued: false,
        restarts: 2,
        dossiers: [],
        isGuarded: false,
      },
    });
  });

  test('the limit holds, the waits double, and the last exit code is the one', async () => {
    const cwd = temporaryDirectory();
    const flags = ['--restart', '3/60s', '--backoff', '200ms'];
    const { exitCode, stderr } = await startRun(flags, ['sh', '-c', 'date +%s%N >> starts; exit 9'], { cwd })
      .ended;
    expect(exitCode).toBe(9);
    expect(stderr).toContain(
      'sh has crashed and is not started again: it has been started again 3 times within 60000 ms, ' +
        'as option "restart" (--restart of faultguard run) says.',
    );
    const starts = readFileSync(join(cwd, 'starts'), 'utf8')
      .trim()
      .split('\n')
      .map((ns) => Number(ns) / 1e6);
    const waits = starts.slice(1).map((ms, index) => ms - (starts[index] as number));
    expect(waits).toHaveLength(3);
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(150 * 2 ** index);
  });

  test('a clean exit is none', async () => {
    const { exitCode, stdout } = await startRun(['--restart', '5'], ['sh', '-c', 'echo ran']).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'ran\n' });
  });

  test('a program of Node without a guard is one of these', async () => {
    const { exitCode, said } = await runApp(['--restart', '2', '--backoff', '10ms'], {
      by: 'nobody',
      end: 'uncaught exception',
    });
    expect({ exitCode, starts: said.length }).toEqual({ exitCode: 1, starts: 3 });
  });
});

describe('the watchdog by output', () => {
  test('a program that does nothing any more is ended, with all that it has started', async () => {
    const flags = ['--hang-timeout', '500ms', '--json'];
    const { signal, stdout, stderr } = await startRun(flags, [
      'sh',
      '-c',
      'echo begun; sleep 600; echo never',
    ]).ended;
    expect(stderr).toMatch(/^faultguard: sh has written nothing for \d+ ms, and is ended\.$/m);
    // That no process is left behind is asserted by `ended`.
    expect({ signal, stdout }).toEqual({ signal: 'SIGTERM', stdout: 'begun\n' });
    const { run } = lastLine(stderr) as { run: { crash: { kind: string; hang: { forMs: number } } } };
    expect(run.crash.kind).toBe('hang');
    expect(run.crash.hang.forMs).toBeGreaterThanOrEqual(500);
  });

  test('one that loops for ever, and does not heed SIGTERM, is killed', async () => {
    const { signal } = await startRun(
      ['--hang-timeout', '300ms'],
      ['sh', '-c', 'trap "" TERM; while :; do :; done'],
    ).ended;
    expect(signal).toBe('SIGKILL');
  });

  test('one that writes goes on, whoever of it writes, and wherever to', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do sh -c "sleep 0.2; echo $i"; done >/dev/null; echo done';
    const { exitCode, stdout } = await startRun(['--hang-timeout', '1s'], ['sh', '-c', script]).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done\n' });
  });

  test('one that is stopped does not hang', async () => {
    const running = startRun(['--hang-timeout', '300ms'], ['sh', '-c', 'echo $$; kill -STOP $$; echo on'], {
      detached: true,
    });
    const pid = Number(await running.waitForOutput('\n'));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // Run has stopped with it, and whoever continues run continues both.
    expect(stateOf(pid)).toBe('T');
    expect(stateOf(running.process.pid as number)).toBe('T');
    running.process.kill('SIGCONT');
    const { exitCode, stdout } = await running.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${pid}\non\n` });
  });

  test('a program of Node has ten seconds for its start', async () => {
    const running = startRun(
      ['--hang-timeout', '100ms'],
      [process.execPath, '-e', 'setInterval(() => {}, 1000)'],
    );
    const beganMs = performance.now();
    expect((await running.ended).signal).toBe('SIGTERM');
    expect(performance.now() - beganMs).toBeGreaterThan(10_000);
  });

  test('none is none', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'faultguard.config.json'), JSON.stringify({ hangTimeoutMs: 100 }));
    const command = ['sh', '-c', 'sleep 1; echo done'];
    expect((await startRun([], command, { cwd }).ended).signal).toBe('SIGTERM');
    expect((await startRun(['--hang-timeout', 'none'], command, { cwd }).ended).stdout).toBe('done\n');
  });
});

describe('dossiers', () => {
  test('one of each crash, as the library writes them', async () => {
    const directory = temporaryDirectory();
    const flags = ['--dossiers', directory, '--restart', '1', '--backoff', '10ms', '--json'];
    const { stderr } = await startRun(flags, ['sh', '-c', 'kill -ABRT $$']).ended;
    const { run } = lastLine(stderr) as { run: { dossiers: string[] } };
    expect(readdirSync(directory).toSorted()).toEqual(
      run.dossiers.map((path) => path.slice(directory.length + 1)).toSorted(),
    );
    expect(run.dossiers).toHaveLength(2);
    for (const path of run.dossiers) {
      const dossier = JSON.parse(readFileSync(path, 'utf8')) as object;
      expect(dossier).toMatchObject({
        faultguardDossier: 1,
        kind: 'signal',
        signal: 'SIGABRT',
        mutations: [],
      });
    }
  });

  test.each(['attach', 'start'] as const)(
    'of one that calls %s() with what it did to its state',
    async (by) => {
      const directory = temporaryDirectory();
      await runApp(['--dossiers', directory], { by, rescue: 'module', end: 'SIGKILL' });
      const names = readdirSync(directory);
      expect(names).toHaveLength(1);
      const { kind, mutations } = JSON.parse(readFileSync(join(directory, String(names[0])), 'utf8')) as {
        kind: string;
        mutations: { path: string }[];
      };
      expect(kind).toBe('signal');
      expect(mutations.at(-1)?.path).toBe('state.counter.count');
    },
  );

  test('one that cannot be written is said, and harms nothing', async () => {
    const directory = temporaryDirectory();
    const script = `rmdir ${directory}; exit 3`;
    const { exitCode, stderr } = await startRun(['--dossiers', directory], ['sh', '-c', script]).ended;
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^faultguard: No dossier of the crash has been written: /);
  });
});

function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}
