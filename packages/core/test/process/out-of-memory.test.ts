/** When the machine or the container is out of memory, the kernel takes the app and not the guardian. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningScript, startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { adjustOomScore, OOM_SCORE_DISTANCE } from '../../src/platform/oom-score.ts';
import { appPath } from '../fixtures/app-path.ts';

const APP = appPath('fills-memory.mjs');

const read = (pid: number, name: string): number => Number(readFileSync(`/proc/${pid}/${name}`, 'utf8'));

/** Runs the app by a shell that first does what `before` says. `exec`: the guardian has the pid of the shell. */
function startAfter(before: string, args: readonly string[]): RunningScript {
  return startScript(APP, {
    command: 'sh',
    execArgv: ['-c', `${before}; exec "$0" "$@"`, process.execPath],
    args,
  });
}

/** How both are adjusted while they run, by how much the app's score is greater, and the guardian's when it is over. */
async function adjustmentsOf(
  script: RunningScript,
): Promise<{ guardian: number; app: number; lead: number; after: number }> {
  await script.waitForOutput('ready');
  const guardian = script.process.pid as number;
  const app = await script.appPid();
  const found = await waitFor('the app to be adjusted', () => {
    const [ofGuardian, ofApp] = [read(guardian, 'oom_score_adj'), read(app, 'oom_score_adj')];
    return ofApp - ofGuardian >= OOM_SCORE_DISTANCE && { guardian: ofGuardian, app: ofApp };
  });
  const lead = read(app, 'oom_score') - read(guardian, 'oom_score');
  process.kill(app, 'SIGKILL');
  const { stdout } = await script.ended;
  return { ...found, lead, after: Number(/adjusted (-?\d+)/.exec(stdout)?.[1]) };
}

describe('the app comes first', () => {
  test('with a guardian of twice its memory', async () => {
    const before = read(process.pid, 'oom_score_adj');
    const { guardian, app, lead, after } = await adjustmentsOf(startAfter('true', ['200', '100']));
    expect(app).toBe(guardian + OOM_SCORE_DISTANCE);
    // With the capability the guardian's is lowered, without it the app's is raised.
    expect([guardian, app]).toContain(before);
    expect(after).toBe(before);
    // The kernel shows two thirds of the thousandths.
    expect(lead).toBeGreaterThan(OOM_SCORE_DISTANCE / 2);
  });

  test('for a user who may not lower a score', async ({ skip }) => {
    const user = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    // The guardian has to be able to run this Node once more as that user.
    const twice = `require('node:child_process').execFileSync(process.execPath, ['--check', ${JSON.stringify(APP)}])`;
    const tried = spawnSync('setpriv', [...user, process.execPath, '--eval', twice], { encoding: 'utf8' });
    if (tried.status !== 0) {
      skip(`needs root, setpriv, and files that everybody may use: ${tried.error?.message ?? tried.stderr}`);
    }
    const before = read(process.pid, 'oom_score_adj');
    const script = startScript(APP, {
      command: 'setpriv',
      execArgv: [...user, process.execPath],
      // Not the directory of a run, which is for the user who has made it.
      cwd: '/',
      args: ['20', '10'],
    });
    expect(await adjustmentsOf(script)).toMatchObject({ guardian: before, app: before + OOM_SCORE_DISTANCE });
  });

  test('at no cost to the app, where the guardian may lower its own', async () => {
    // Whoever was raised may go back to where it was, without a capability.
    const raised = read(process.pid, 'oom_score_adj') + 400;
    const script = startAfter(`echo ${raised} > /proc/self/oom_score_adj`, ['20', '10']);
    expect(await adjustmentsOf(script)).toMatchObject({
      guardian: raised - OOM_SCORE_DISTANCE,
      app: raised,
      after: raised,
    });
  });
});

test('an app that is started again has the place of the first one', () => {
  const before = read(process.pid, 'oom_score_adj');
  const score = adjustOomScore();
  onTestFinished(() => score.restore());
  const lead = (): number => {
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    score.takeFirst(child.pid as number);
    return read(child.pid as number, 'oom_score_adj') - read(process.pid, 'oom_score_adj');
  };
  expect([lead(), lead()]).toEqual([OOM_SCORE_DISTANCE, OOM_SCORE_DISTANCE]);
  score.restore();
  expect(read(process.pid, 'oom_score_adj')).toBe(before);
});

test('a container that is out of memory loses the app, and the smaller app is rescued', async ({ skip }) => {
  const group = makeMemoryGroup(420);
  if (typeof group === 'string') {
    skip(group);
    return;
  }
  const script = startAfter(`echo $$ > '${join(group.path, 'cgroup.procs')}'`, ['200', '20', 'until death']);
  const { stdout } = await script.ended;
  expect(stdout).toContain('ready\nrescued true from SIGKILL\noutcome SIGKILL, held 1');
});

/** A control group with a limit of memory, or the reason why there is none. */
function makeMemoryGroup(limitMiB: number): { path: string } | string {
  const [root, file] = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes')
    ? ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes']
    : ['/sys/fs/cgroup', 'memory.max'];
  const path = join(root, `faultguard-test-${process.pid}`);
  try {
    mkdirSync(path);
  } catch (error) {
    return `no control group can be made here: ${(error as Error).message}`;
  }
  onTestFinished(() => rmdirSync(path));
  try {
    writeFileSync(join(path, file), String(limitMiB * 2 ** 20));
    if (existsSync(join(path, 'memory.swap.max'))) writeFileSync(join(path, 'memory.swap.max'), '0');
  } catch (error) {
    return `the memory of a control group cannot be limited here: ${(error as Error).message}`;
  }
  return { path };
}
