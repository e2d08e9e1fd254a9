/** The app's process is started as the script was: whatever kind of script it is, and whoever started it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { makeTemporaryDirectory, runScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

function linesOf(stdout: string): Record<string, any> {
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [role, json] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      return [role, JSON.parse(json)];
    }),
  );
}

describe('a script runs again as the app', () => {
  test.each(['shows-itself.mjs', 'shows-itself.js', 'shows-itself.cjs', 'shows-itself.ts'])(
    '%s',
    async (name) => {
      const { exitCode, stdout, stderr } = await runScript(appPath(name), {
        args: ['--flag', 'a b'],
        env: { COLOR: 'blue' },
      });
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const { app, guardian } = linesOf(stdout);
      expect(app).toEqual(guardian);
      expect(app).toMatchObject({
        argv: ['--flag', 'a b'],
        color: 'blue',
        marked: [],
        send: 'undefined',
        inspected: false,
      });
    },
  );

  test('through a loader given in execArgv', async () => {
    const { exitCode, stdout } = await runScript(appPath('shows-itself.odd'), {
      execArgv: ['--import', appPath('odd-loader.mjs')],
    });
    expect(exitCode).toBe(0);
    expect(linesOf(stdout)['app']).toMatchObject({
      preloaded: true,
      execArgv: ['--import', appPath('odd-loader.mjs')],
    });
  });

  test('given with --eval', async () => {
    const source = `import { start } from '@faultguard/core';
      await start({ launch: () => console.log(JSON.stringify(process.argv.slice(1))) });`;
    const { stdout, exitCode } = await runScript('--', {
      execArgv: ['--input-type=module', '--eval', source],
      args: ['--version', 'x'],
      cwd: appPath('.'),
    });
    expect([exitCode, stdout]).toEqual([0, '["--version","x"]\n']);
  });

  test('but not from standard input, which cannot be read twice', async () => {
    const { exitCode, stderr } = await runScript('-c', {
      command: '/bin/sh',
      args: [`echo "import('@faultguard/core').then(c => c.start({ launch() {} }))" | '${process.execPath}'`],
      cwd: appPath('.'),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_FAULTGUARD_NO_SCRIPT');
    expect(stderr).toContain('standard input');
  });

  test('by launch and rescue modules', async () => {
    const { stdout } = await runScript(appPath('by-modules.mjs'));
    expect(stdout).toBe('launched with one 2 attempt 1; rescued with one 2 from SIGABRT\nrescued true\n');
  });
});

test('directory and environment are those at the start, whatever the script has changed since', async () => {
  const directory = makeTemporaryDirectory();
  mkdirSync(join(directory.path, 'below'));
  const { stdout, exitCode } = await runScript(appPath('changes-directory.mjs'), {
    cwd: directory.path,
    env: { COLOR: 'red' },
  });
  expect([exitCode, stdout]).toEqual([0, `${join(directory.path, 'below')} red!\n`]);
  directory.remove();
});

test('a guarded app can start guarded scripts', async () => {
  const { stdout } = await runScript(appPath('nested.mjs'), { args: ['2'] });
  expect(stdout.trim().split('\n')).toEqual([
    'app 2',
    'app 1',
    'app 0',
    'child of 1 ended with 0',
    'child of 2 ended with 0',
  ]);
});

test('a terminal stays a terminal', async () => {
  const { stdout } = await runScript('-qec', {
    command: 'script',
    args: [`'${process.execPath}' '${appPath('shows-itself.mjs')}'`, '/dev/null'],
  });
  // `script` gives its child a pseudo-terminal only for what is one; its own input is not.
  expect(linesOf(stdout.replaceAll('\r', ''))['app'].isTTY.slice(1)).toEqual([true, true]);
});

test('--inspect debugs the app, not the guardian', async () => {
  const { stdout, stderr } = await runScript(appPath('shows-itself.mjs'), {
    execArgv: ['--inspect=127.0.0.1:0'],
  });
  const { app, guardian } = linesOf(stdout);
  expect(app.inspected).toBe(true);
  expect(guardian.inspected).toBe(false);
  // Both were asked to; only the app's is open when there is something to debug.
  expect(stderr).toContain('Debugger listening');
});

test("--inspect with a fixed port is the app's", async () => {
  const port = String(20_000 + (process.pid % 10_000));
  const { stdout, stderr } = await runScript(appPath('shows-itself.mjs'), {
    execArgv: [`--inspect=127.0.0.1:${port}`],
  });
  expect(linesOf(stdout)['app'].inspected).toBe(true);
  expect(stderr).not.toContain('address already in use');
});

describe('with an IPC channel', () => {
  test.each(['json', 'advanced'] as const)('messages pass both ways (%s)', async (serialization) => {
    const child = fork(appPath('talks.mjs'), { serialization, silent: true, execArgv: [] });
    let stdout = '';
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
    const messages: unknown[] = [];
    child.on('message', (message) => messages.push(message));
    await waitFor('the app to be ready', () => messages.length > 0);
    const sent = serialization === 'json' ? { a: [1] } : new Map([[1, 2]]);
    child.send(sent);
    await waitFor('the echo', () => messages.length > 1);
    child.send('end');
    const [code] = (await once(child, 'exit')) as [number];
    expect(messages).toEqual(['ready', { echo: sent, serialized: serialization === 'advanced' }]);
    expect(stdout).toBe('disconnected\n');
    expect(code).toBe(0);
  });

  test('what the app sends before it dies arrives', async () => {
    const child = fork(appPath('talks.mjs'), ['die'], { silent: true, execArgv: [] });
    const messages: unknown[] = [];
    child.on('message', (message) => messages.push(message));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(messages.length).toBe(101);
  });

  test('who else listens to the channel does not keep the guardian when the app has exited', async () => {
    const listener = new URL('../fixtures/listens-to-messages.cjs', import.meta.url).pathname;
    const child = fork(appPath('talks.mjs'), ['die'], { silent: true, execArgv: ['--require', listener] });
    // Read to their ends, or they would keep it.
    child.stderr?.resume();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
  });

  test('when the parent disconnects, the app is told', async () => {
    const child = fork(appPath('talks.mjs'), { silent: true, execArgv: [] });
    let stdout = '';
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
    await once(child, 'message');
    child.disconnect();
    await once(child, 'exit');
    await waitFor('the end of its output', () => stdout.endsWith('\n'));
    expect(stdout).toBe('disconnected\n');
  });
});

test('the guard runs on the Node that it is tested for', () => {
  const expected = process.env['FAULTGUARD_TEST_NODE'] ?? '24';
  expect(process.versions.node.split('.')[0]).toBe(expected.split('.')[0]);
});
