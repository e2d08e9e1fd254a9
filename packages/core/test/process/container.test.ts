/** As process 1 of a container: signals and exit codes pass through, and what others leave behind is reaped. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type RunningScript, startScript, waitFor } from '@faultguard/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const APP = appPath('leaves-orphans.mjs');
/** What makes a container of a command: a pid namespace of its own, with a /proc of its own. */
const CONTAINER = ['--pid', '--fork', '--kill-child', '--mount-proc'];

const tried = spawnSync('unshare', [...CONTAINER, 'true'], { encoding: 'utf8' });
beforeEach(({ skip }) => {
  if (tried.status !== 0) {
    skip(`needs root and util-linux: unshare says ${tried.error?.message ?? tried.stderr.trim()}`);
  }
});

/** `unshare` ends as its child does. */
function startContainer(args: readonly string[], execArgv: readonly string[] = []): RunningScript {
  return startScript(APP, {
    command: 'unshare',
    execArgv: [...CONTAINER, process.execPath, ...execArgv],
    args,
  });
}

interface Child {
  readonly pid: number;
  readonly isZombie: boolean;
}

function childrenOf(parent: number): Child[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const stat = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/stat`, 'latin1') : '';
      const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(parentPid) === parent ? [{ pid: Number(entry), isZombie: state === 'Z' }] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Seen from outside: the process that is number 1 inside. */
function processOne(container: RunningScript): Promise<number> {
  return waitFor('process 1', () => childrenOf(container.process.pid as number)[0]?.pid);
}

describe('the guardian as process 1', () => {
  test('reaps orphans, passes SIGTERM on, and ends with the exit code of the app', async () => {
    const container = startContainer(['handles', '42']);
    await container.waitForOutput('waits');
    const guardian = await processOne(container);
    expect(container.output.stdout).toMatch(/^(orphan \d+\n){3}waits\n$/);
    const left = await waitFor('the app to be the only child', () => {
      const children = childrenOf(guardian);
      return children.length === 1 && children;
    });
    expect(left[0]?.isZombie).toBe(false);
    process.kill(guardian, 'SIGTERM');
    const { stdout, exitCode } = await container.ended;
    expect(stdout).toMatch(/waits\nrescued 7 8 9\noutcome 42 null\n$/);
    expect(exitCode).toBe(42);
  });

  test.each([
    [['exit', '5'], 5, '5 null'],
    [['signal', 'SIGSEGV'], 139, 'null SIGSEGV'],
    [['signal', 'SIGTERM'], 143, 'null SIGTERM'],
    [['signal', 'SIGKILL'], 137, 'null SIGKILL'],
  ] as const)(
    'is told how the app and its own children ended: %s ends the container with %i',
    async (args, code, outcome) => {
      const { stdout, stderr, exitCode } = await startContainer(args).ended;
      expect(stderr).toBe('');
      expect(stdout).toMatch(new RegExp(`^(orphan \\d+\\n){3}rescued 7 8 9\\noutcome ${outcome}\\n$`));
      expect(exitCode).toBe(code);
    },
  );

  test('leaves zombies where there is no koffi, and nothing else changes', async () => {
    const container = startContainer(['handles', '42'], ['--no-addons']);
    await container.waitForOutput('waits');
    const guardian = await processOne(container);
    await waitFor('three zombies', () => childrenOf(guardian).filter((child) => child.isZombie).length === 3);
    process.kill(guardian, 'SIGTERM');
    expect((await container.ended).exitCode).toBe(42);
  });
});

test.each([
  ['64m, which is what Docker gives it', '/dev/shm'],
  ['32m', tmpdir()],
])('with a /dev/shm of %s, the journal lies in %s', async (size, place) => {
  const [bytes] = size.split(',') as [string];
  const container = startScript(`mount -t tmpfs -o size=${bytes} tmpfs /dev/shm; exec "$0" "$@"`, {
    command: 'unshare',
    execArgv: [...CONTAINER, 'sh', '-c'],
    args: [process.execPath, appPath('shows-journal.mjs'), 'mapped', 'where'],
  });
  const { stdout } = await container.ended;
  expect(stdout).toBe(`mapped: true in ${place}\nrescued 1000\n`);
});
