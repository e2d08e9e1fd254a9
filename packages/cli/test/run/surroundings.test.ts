/** Where `faultguard run` may find itself: beside another copy of the library, above itself, below a channel, as process 1. */
import { fork, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startScript } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { mainPath, plainEnv, temporaryDirectory } from '../fixtures/run-cli.ts';
import { appPath, commandOf, saidIn, startRun } from '../fixtures/run/start-run.ts';

const core = fileURLToPath(new URL('../../../core/', import.meta.url));

/** A directory with a copy of the library, as an installed one. */
function installCopy(): string {
  const directory = temporaryDirectory();
  const copy = join(directory, 'node_modules/@faultguard/core');
  mkdirSync(copy, { recursive: true });
  cpSync(join(core, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(core, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(core, 'node_modules/koffi'), join(directory, 'node_modules/koffi'));
  return directory;
}

test('the guardian comes out of the copy that the app uses, and knows its classes', async () => {
  const directory = installCopy();
  writeFileSync(
    join(directory, 'user.mjs'),
    `import { registerClass } from '@faultguard/core';
     export class User { name = 'Ada'; greet() { return 'I am ' + this.name; } }
     registerClass(User);`,
  );
  writeFileSync(
    join(directory, 'rescue.mjs'),
    `import './user.mjs';
     export const rescue = ({ user }, crash) => console.log(user.greet(), crash.signal, process.pid);`,
  );
  writeFileSync(
    join(directory, 'app.mjs'),
    `import { attach } from '@faultguard/core';
     import { User } from './user.mjs';
     const { state, recovered } = await attach({
       initial: () => ({ user: new User() }),
       rescue: new URL('rescue.mjs', import.meta.url),
     });
     if (recovered) process.exit();
     state.user.name = 'Grace';
     process.kill(process.pid, 'SIGKILL');`,
  );
  const flags = ['--restart', '1', '--backoff', '10ms'];
  const running = startRun(flags, [process.execPath, join(directory, 'app.mjs')]);
  const { exitCode, stdout } = await running.ended;
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: `I am Grace SIGKILL ${running.process.pid}\n`,
  });
});

test('a program takes no notice of a run whose words it does not know, or that has not started it', async () => {
  for (const marker of [`run:2:${process.pid}`, 'run:1:1', 'run:', 'run:1:x']) {
    const { stdout } = await startScript(appPath, {
      args: [JSON.stringify({ by: 'attach' })],
      env: { FAULTGUARD_SESSION: marker, FAULTGUARD_RUN: '{"autosave":{"path":"/no/such/directory/x"}}' },
    }).ended;
    expect(saidIn(stdout)[0]).toMatchObject({ count: 0, marked: [], markedChild: [] });
  }
});

test('one below the other: the one that is the parent guards', async () => {
  const plan = { by: 'attach', rescue: 'module', end: 'SIGKILL' } as const;
  const running = startRun([], [process.execPath, mainPath, 'run', '--', ...commandOf(plan)]);
  const { signal, stdout } = await running.ended;
  const [app, rescue] = saidIn(stdout);
  expect(signal).toBe('SIGKILL');
  expect(rescue).toMatchObject({ rescuedBy: 'module', guardian: app?.parent });
  expect(app?.parent).not.toBe(running.process.pid);
});

test.each(['attach', 'nobody'] as const)('a channel to the parent is passed through: %s', async (by) => {
  const code = `
    ${by === 'attach' ? "await (await import('@faultguard/core')).attach();" : ''}
    process.on('message', (message) => {
      process.send({ got: message });
      process.disconnect();
    });
    process.send('ready');`;
  const args = ['run', '--', process.execPath, '--input-type=module', '-e', code];
  const cwd = fileURLToPath(new URL('../fixtures/run', import.meta.url));
  const child = fork(mainPath, args, { cwd, env: { ...process.env, ...plainEnv }, execArgv: [] });
  const messages: unknown[] = [];
  child.on('message', (message) => {
    messages.push(message);
    if (message === 'ready') child.send({ large: 'x'.repeat(100_000) });
  });
  const exitCode = await new Promise((resolve) => child.once('exit', resolve));
  expect(exitCode).toBe(0);
  expect(messages).toEqual(['ready', { got: { large: 'x'.repeat(100_000) } }]);
});

describe('as process 1', () => {
  const container = ['--pid', '--fork', '--kill-child', '--mount-proc'];
  const isRoot = spawnSync('unshare', [...container, 'true']).status === 0;

  test.skipIf(!isRoot)('it reaps, passes on, and shows a signal as a shell does', async () => {
    const script = `for i in 1 2 3; do (sleep 0.1 &); done; trap 'sleep 0.3; echo zombies $(ps -eo stat | grep -c "^Z"); kill -KILL $$' TERM; echo ready; while :; do sleep 0.05; done`;
    const running = startScript(mainPath, {
      command: 'unshare',
      execArgv: [...container, process.execPath],
      args: ['run', '--', 'sh', '-c', script],
    });
    await running.waitForOutput('ready');
    // util-linux passes nothing on; its child is process 1.
    process.kill(await running.appPid(), 'SIGTERM');
    const { exitCode, stdout } = await running.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 137, stdout: 'ready\nzombies 0\n' });
  });
});
