/** `faultguard run` is not there, as far as a command and whoever has started it can see. */
import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { runCli, runShell, temporaryDirectory } from '../fixtures/run-cli.ts';
import { startRun } from '../fixtures/run/start-run.ts';

const hasPython = spawnSync('python3', ['-c', '']).status === 0;

describe('the end of a command', () => {
  test.each([0, 1, 7, 126, 255])('its exit code: %i', async (code) => {
    const { exitCode, stdout, stderr } = await startRun([], ['sh', '-c', `exit ${code}`]).ended;
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: code, stdout: '', stderr: '' });
  });

  test.each(['KILL', 'SEGV', 'ABRT', 'TERM', 'HUP', 'INT', 'USR1', 'ALRM'])(
    'by its signal: SIG%s',
    async (name) => {
      const { exitCode, signal, stderr } = await startRun([], ['sh', '-c', `kill -${name} $$`]).ended;
      expect({ exitCode, signal, stderr }).toEqual({ exitCode: null, signal: `SIG${name}`, stderr: '' });
    },
  );

  test('a shell sees 139 of a segmentation fault', async () => {
    const { stdout } = await runShell(`faultguard run -- sh -c 'kill -SEGV $$' 2>/dev/null; echo $?`);
    expect(stdout).toBe('139\n');
  });

  test.skipIf(!hasPython)('a real segmentation fault, of Python', async () => {
    const { signal } = await startRun([], ['python3', '-c', 'import ctypes; ctypes.string_at(8)']).ended;
    expect(signal).toBe('SIGSEGV');
  });

  test('127 when there is no such command, 126 when it cannot be executed', async () => {
    const directory = temporaryDirectory();
    const plain = join(directory, 'plain');
    writeFileSync(plain, 'text');
    const orphan = join(directory, 'orphan');
    writeFileSync(orphan, '#!/no/such/interpreter\n', { mode: 0o755 });
    for (const [command, code, says] of [
      ['no-such-command', 127, 'There is no command no-such-command. Nothing has been started.'],
      [join(directory, 'nothing'), 127, 'There is no command'],
      [plain, 126, `${plain} cannot be executed: `],
      [directory, 126, 'cannot be executed'],
      [orphan, 126, 'the interpreter in its first line is not there'],
    ] as const) {
      const { exitCode, stdout, stderr } = await startRun([], [command]).ended;
      expect({ command, exitCode, stdout }).toEqual({ command, exitCode: code, stdout: '' });
      expect(stderr).toMatch(/^faultguard: /);
      expect(stderr).toContain(says);
    }
  });

  test('with --json such an error is JSON, and words of the command are not ours', async () => {
    const { stderr } = await startRun(['--json'], ['no-such-command']).ended;
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'COMMAND_NOT_FOUND' } });
    const plain = await startRun([], ['no-such-command', '--json']).ended;
    expect(plain.stderr).toMatch(/^faultguard: There is no command/);
  });
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s is passed on once',
    async (signal) => {
      const name = signal.slice(3);
      const script = `trap 'echo got; n=$((n + 1))' ${name}; n=0; echo ready; while [ $n -lt 1 ]; do sleep 0.05; done; sleep 0.3; echo $n; exit 5`;
      const running = startRun([], ['sh', '-c', script], { detached: true });
      await running.waitForOutput('ready');
      running.process.kill(signal);
      const { exitCode, stdout } = await running.ended;
      expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: 'ready\ngot\n1\n' });
    },
  );

  test('a command that is asked to end is not started again', async () => {
    const running = startRun(['--restart', '5'], ['sh', '-c', 'echo ready; exec sleep 60']);
    await running.waitForOutput('ready');
    running.process.kill('SIGTERM');
    const { signal, stdout, stderr } = await running.ended;
    expect({ signal, stdout, stderr }).toEqual({ signal: 'SIGTERM', stdout: 'ready\n', stderr: '' });
  });

  test('nor is one that is killed while it waits for its next start', async () => {
    const running = startRun(['--restart', '5', '--backoff', '30s'], ['sh', '-c', 'echo ran; exit 3']);
    await running.waitForOutput('ran');
    // Said before the wait.
    await waitFor('the restart to be announced', () =>
      /^faultguard: sh has ended with exit code 3, and is started again in (30|2\d(\.\d)?) s\.$/m.test(
        running.output.stderr,
      ),
    );
    const beganMs = performance.now();
    running.process.kill('SIGTERM');
    const { exitCode, stdout } = await running.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'ran\n' });
    expect(performance.now() - beganMs).toBeLessThan(10_000);
  });
});

describe('input, output, environment', () => {
  test('input and output are its own, byte for byte, and nothing is added', async () => {
    const line = `head -c 3000000 /dev/urandom > in; faultguard run -- sh -c 'tee copy; echo to stderr >&2' < in 2> err | cmp - in && cat err && cmp copy in && echo same`;
    const { stdout, stderr } = await runShell(`cd ${temporaryDirectory()}; ${line}`);
    expect({ stdout, stderr }).toEqual({ stdout: 'to stderr\nsame\n', stderr: '' });
  });

  test.skipIf(!hasPython)(
    'a pipe stays what it is: Node makes one non-blocking as soon as it touches it',
    async () => {
      const python =
        'import fcntl, os, sys; print([fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK for fd in (0, 1, 2)], file=sys.stderr)';
      const { stderr } = await runShell(
        `echo | faultguard run -- python3 -c '${python}' 2> >(cat >&2) | cat`,
      );
      expect(stderr).toBe('[0, 0, 0]\n');
    },
  );

  test('a directory that has been removed keeps nothing from running', async () => {
    const directory = temporaryDirectory();
    const { stdout } = await runShell(
      `cd ${directory} && rmdir ${directory} && faultguard run -- sh -c 'echo ran; exit 3'; echo $?`,
    );
    expect(stdout).toBe('ran\n3\n');
  });

  test('a reader that has gone ends the command as without', async () => {
    const { stdout } = await runShell(
      'set +o pipefail; faultguard run -- yes | head -n 1; echo "${PIPESTATUS[0]}"',
    );
    // Node ignores SIGPIPE, so it cannot end by it; 141 is what a shell shows.
    expect(stdout).toBe('y\n141\n');
  });

  test('another program has neither a variable nor a descriptor more', async () => {
    const script = 'env | grep -c ^FAULTGUARD_; ls /proc/self/fd | tr "\\n" " "';
    const plain = spawnSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const { stdout } = await startRun([], ['sh', '-c', script]).ended;
    expect(stdout).toBe(plain.stdout);
  });

  test('a program of Node is told by its name, a link, or its first line', async () => {
    const directory = temporaryDirectory();
    const script = join(directory, 'script');
    writeFileSync(script, '#!/usr/bin/env node\nconsole.log(process.env.FAULTGUARD_RUN);\n');
    chmodSync(script, 0o755);
    const link = join(directory, 'nodejs');
    symlinkSync(process.execPath, link);
    for (const command of [
      [script],
      [link, '-p', 'process.env.FAULTGUARD_RUN'],
      [process.execPath, script],
    ]) {
      const { stdout } = await startRun(['--restart', '2'], command).ended;
      expect(JSON.parse(stdout)).toEqual({ restart: { max: 2 } });
    }
  });

  test('its words stay its own, also without --', async () => {
    const print = 'JSON.stringify(process.argv.slice(1))';
    for (const dashes of [[], ['--']]) {
      const { stdout } = await runCli([
        'run',
        '--restart',
        '1',
        ...dashes,
        process.execPath,
        '-p',
        print,
        '--',
        '--help',
        '--',
        '-V',
        '--json',
      ]);
      expect(JSON.parse(stdout)).toEqual(['--help', '--', '-V', '--json']);
    }
  });
});

describe('what makes no sense', () => {
  test('a guard for a program that can have none is refused', async () => {
    const { exitCode, stdout, stderr } = await startRun(['--autosave', 'work.xz'], ['sh', '-c', 'echo ran'])
      .ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain('sh is no program of Node, and --autosave');
  });

  test('a program that could have one and has none is told of in the end', async () => {
    const { exitCode, stdout, stderr } = await startRun(
      ['--autosave', 'work.xz', '--interval', '1s'],
      [process.execPath, '-e', 'console.log("ran"); process.exitCode = 4'],
    ).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: 'ran\n' });
    expect(stderr).toMatch(
      /node has called neither start\(\) nor attach\(\), so --autosave and --interval had no effect\.\n$/,
    );
  });

  test.each([
    [['--interval', 'often'], 'It has to be a duration'],
    [['--interval', '5ms'], '--interval has to be a whole number of milliseconds from 10'],
    [['--hang-timeout', '0'], '--hang-timeout has to be a whole number of milliseconds from 50'],
    [['--restart', 'always'], 'It has to be a number of restarts'],
    [['--restart', '5/soon'], 'It has to be a duration'],
    [['--restart', '0'], '--restart has to be a whole number from 1'],
    [['--restart', '5/0s'], '--restart has to be a whole number of milliseconds from 1'],
    [['--backoff', '1s'], 'needs --restart'],
    [['--restart', '5', '--backoff', '1.5'], '--backoff has to be a whole number of milliseconds from 1'],
    [['--existing', 'keep'], 'Allowed choices are error, resume, discard'],
    [['--rescue', './nowhere.mjs'], 'There is no module'],
    [['--rescue', 'file://host/x.mjs'], 'no URL of a file'],
    [['--dossiers', '/no/such/directory'], 'There is no directory /no/such/directory'],
    [['--autosave', ''], 'It is empty.'],
    [['--config', '/no/such/config.json'], 'it is not there'],
    [['--autosav', 'x'], "unknown option '--autosav'"],
    [[], "missing required argument 'command'"],
  ])('%j is refused with exit code 64, and nothing is started', async (flags, says) => {
    const command = flags.length === 0 ? [] : ['--', process.execPath, '-e', 'console.log("ran")'];
    const { exitCode, stdout, stderr } = await runCli(['run', ...flags, ...command]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain(says);
  });
});
