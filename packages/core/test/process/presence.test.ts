/** The guard is not felt: no processor time while nothing happens, nothing left behind, no life of its own. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTemporaryDirectory, startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const COUNTS = appPath('counts.mjs');

/** Times that any thread of the process has gone to sleep: an idle process makes none. */
function countWakeUps(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  }, 0);
}

test('an idle app costs neither process a wake-up, and the guardian hears of the next mutation', async () => {
  const script = startScript(COUNTS);
  await script.waitForOutput('guardian');
  const app = await script.appPid();
  const guardian = script.process.pid as number;
  for (let n = 1000; n <= 2000; n += 1000) {
    process.kill(app, 'SIGUSR2');
    await script.waitForOutput(`n ${n}`);
    await sleep(300);
    const before = [countWakeUps(guardian), countWakeUps(app)];
    await sleep(2000);
    const after = [countWakeUps(guardian), countWakeUps(app)];
    // The runtime's own helper threads may stir once.
    expect(after[0]! - before[0]!, 'of the guardian').toBeLessThanOrEqual(2);
    expect(after[1]! - before[1]!, 'of the app').toBeLessThanOrEqual(2);
  }
  process.kill(app, 'SIGKILL');
  expect((await script.ended).stdout).toContain('rescued 2000\n');
});

test('the files of a session are private to the user, and gone after a clean end', async () => {
  const before = new Set(sessionDirectories());
  const script = startScript(COUNTS);
  await script.waitForOutput('guardian');
  const directory = sessionDirectories().find((path) => {
    return !before.has(path) && path.includes(`-${script.process.pid}-`);
  }) as string;
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const files = readdirSync(directory);
  expect(files).toContain('control');
  const modes = files.map((file) => statSync(join(directory, file)).mode & 0o777);
  expect(new Set(modes)).toEqual(new Set([0o600]));
  const app = await script.appPid();
  for (let n = 1000; n <= 3000; n += 1000) {
    process.kill(app, 'SIGUSR2');
    await script.waitForOutput(`n ${n}`);
  }
  const { exitCode } = await script.ended;
  expect(exitCode).toBe(0);
  expect(sessionDirectories()).not.toContain(directory);
});

describe('when the guardian is killed', () => {
  test('the app goes on, says so once, ends as it would have, and cleans up', async () => {
    const script = startScript(COUNTS);
    await script.waitForOutput('guardian');
    const app = await script.appPid();
    process.kill(app, 'SIGUSR2');
    await script.waitForOutput('n 1000');
    const directory = sessionDirectories().find((path) => path.includes(`-${script.process.pid}-`)) as string;
    script.process.kill('SIGKILL');
    await waitFor('the warning', () => script.output.stderr.includes('the guardian has died'));
    for (let n = 2000; n <= 3000; n += 1000) {
      process.kill(app, 'SIGUSR2');
      await script.waitForOutput(`n ${n}`);
    }
    await script.ended;
    expect(script.output.stderr.match(/\[FAULTGUARD_\w+/g)).toEqual(['[FAULTGUARD_GUARDIAN_DIED']);
    expect(sessionDirectories()).not.toContain(directory);
  });

  test('together with the app, the next start removes what they left', async () => {
    const directory = makeTemporaryDirectory();
    const script = startScript(appPath('waits.mjs'), { env: { DIRECTORY: directory.path } });
    await script.waitForOutput('ready');
    const app = await script.appPid();
    script.process.kill('SIGKILL');
    process.kill(app, 'SIGKILL');
    await script.ended;
    expect(readdirSync(directory.path).length).toBe(1);
    const next = startScript(appPath('waits.mjs'), { env: { DIRECTORY: directory.path } });
    await next.waitForOutput('ready');
    await waitFor('the old files to go', () => readdirSync(directory.path).length === 1);
    process.kill(await next.appPid(), 'SIGTERM');
    await next.ended;
    expect(readdirSync(directory.path)).toEqual([]);
    directory.remove();
  });
});

/** Where sessions lie on this machine when no directory is given. */
function sessionDirectories(): string[] {
  return ['/dev/shm', '/tmp'].flatMap((base) =>
    readdirSync(base)
      .filter((name) => name.startsWith('faultguard-'))
      .map((name) => join(base, name)),
  );
}
