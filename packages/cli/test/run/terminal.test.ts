/** `faultguard run` in a terminal: it is the program's, and what that has left of it is put back. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPid, waitFor } from '@faultguard/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasTmux, openTerminal, type Terminal } from '@faultguard/test-kit/tmux-terminal';
import { mainPath } from '../fixtures/run-cli.ts';

const pathOf = (url: string): string => fileURLToPath(new URL(url, import.meta.url));
/** It has a guard of `start`, or none. */
const FULL_SCREEN = pathOf('../../../core/test/fixtures/apps/full-screen.mjs');
const FULL_SCREEN_ATTACHED = pathOf('../fixtures/run/full-screen.mjs');

describe.skipIf(!hasTmux)('in a terminal', () => {
  let terminal: Terminal;
  let pidFile: string;

  beforeEach(async () => {
    terminal = await openTerminal({ PATH: `${join(process.execPath, '..')}:${process.env['PATH']}` });
    pidFile = join(terminal.directory, 'pid');
    const program = join(terminal.directory, 'faultguard');
    writeFileSync(program, `#!/bin/sh\nexec node '${mainPath}' "$@"\n`, { mode: 0o755 });
    terminal.sendLine(`PATH=${terminal.directory}:$PATH PID_FILE=${pidFile}; export PATH PID_FILE; clear`);
    await waitFor('an empty screen', () => terminal.screen().trim() === '$');
  });

  afterEach(() => terminal.close());

  /** A script in a file, so that its text is not to be seen. */
  function script(text: string): string {
    const path = join(terminal.directory, 'script');
    writeFileSync(path, `${text}\n`);
    return `faultguard run -- sh ${path}`;
  }

  test.each([
    ['no guard', [FULL_SCREEN, 'everything', 'wait', 'unguarded']],
    ['the guard of start()', [FULL_SCREEN, 'everything', 'wait']],
    ['the guard of attach()', [FULL_SCREEN_ATTACHED]],
  ])('what a killed full-screen program has left is put back: with %s', async (_, words) => {
    const before = { modes: terminal.modes(), settings: terminal.settings() };
    terminal.sendLine(`faultguard run -- node ${words.join(' ')}`);
    const pid = await readPid(pidFile);
    expect(terminal.modes()).toMatchObject({ alternate_on: '1', cursor_flag: '0', mouse_any_flag: '1' });
    expect(terminal.settings()).toContain('-icanon');
    process.kill(pid, 'SIGKILL');
    await terminal.waitForText('Killed');
    await terminal.waitForShell();
    expect({ modes: terminal.modes(), settings: terminal.settings() }).toEqual(before);
    terminal.sendLine('echo "o"k $?');
    await terminal.waitForText('\nok 137\n');
  });

  test.each(['exception', 'exit'])('and of one that ends by itself, badly: %s', async (end) => {
    const before = { modes: terminal.modes(), settings: terminal.settings() };
    terminal.sendLine(`faultguard run -- node ${FULL_SCREEN} everything ${end} unguarded; echo "en"ded $?`);
    await terminal.waitForText('ended 1');
    await terminal.waitForShell();
    expect({ modes: terminal.modes(), settings: terminal.settings() }).toEqual(before);
  });

  test('one that has left the settings alone is recognized by its death', async () => {
    const before = terminal.modes();
    terminal.sendLine(script(String.raw`printf '\033[?1049h\033[?25lfull screen'; kill -KILL $$`));
    await terminal.waitForText('Killed');
    await terminal.waitForShell();
    expect(terminal.modes()).toEqual(before);
  });

  test('a program that is killed and has changed nothing leaves the screen as it is', async () => {
    // Somebody has used the alternate screen before, far above.
    const text = String.raw`printf '\033[?1049h\033[?1049l'; seq 5; kill -KILL $$`;
    terminal.sendLine(script(text));
    await terminal.waitForText('Killed');
    await terminal.waitForShell();
    expect(terminal.screen().trimEnd()).toMatch(/\n1\n2\n3\n4\n5\nKilled\n\$$/);
  });

  test('after a clean exit its modes are what the program has left; its settings Node puts back when it exits', async () => {
    terminal.sendLine(script(String.raw`stty -echo; printf '\033[?25l'`));
    await waitFor('the cursor to be hidden', () => terminal.modes()['cursor_flag'] === '0');
    await terminal.waitForShell();
    expect(terminal.settings()).toContain(' echo ');
  });

  test('Ctrl-C is the program’s', async () => {
    terminal.sendLine(
      script(`trap 'echo "interr"upted; exit 42' INT; echo "rea"dy; while :; do sleep 0.05; done`),
    );
    await terminal.waitForText('ready');
    terminal.sendKey('C-c');
    await terminal.waitForText('interrupted');
    await terminal.waitForShell();
    expect(terminal.screen().match(/interrupted/g)).toHaveLength(1);
    terminal.sendLine('echo "code" $?');
    await terminal.waitForText('code 42');
  });

  test('a program that Ctrl-C ends is not started again, and the shell sees 130', async () => {
    terminal.sendLine('faultguard run --restart 5 -- sleep 600; echo "code" $?');
    await waitFor('sleep', () => terminal.settings().includes('icanon') && hasChild('sleep 600'));
    terminal.sendKey('C-c');
    // A shell that sees that gives the whole line up.
    await terminal.waitForShell();
    terminal.sendLine('echo "code" $?');
    await terminal.waitForText('code 130');
    expect(terminal.screen()).not.toContain('started again');
  });

  test.each([
    ['another program', () => script('echo "rea"dy; read line; echo "got $line"')],
    ['one with a guard', () => `faultguard run -- node ${pathOf('../fixtures/run/reads-a-line.mjs')}`],
  ])('Ctrl-Z stops it and run, and fg goes on: %s', async (_, command) => {
    terminal.sendLine(command());
    await terminal.waitForText('ready');
    terminal.sendKey('C-z');
    await terminal.waitForText('Stopped');
    terminal.sendLine('echo "in" between');
    await terminal.waitForText('\nin between\n');
    terminal.sendLine('fg');
    terminal.sendLine('hello');
    await terminal.waitForText('got hello');
    await terminal.waitForShell();
    expect(terminal.screen().match(/^ready$/gm)).toHaveLength(1);
  });

  test('Ctrl-Z stops it between two starts too', async () => {
    terminal.sendLine('faultguard run --restart 1 --backoff 2s -- sh -c "echo ra"n"; exit 3"');
    await terminal.waitForText('ran');
    terminal.sendKey('C-z');
    await terminal.waitForText('Stopped');
    terminal.sendLine('fg');
    await terminal.waitForText('is not started again');
    await terminal.waitForShell();
    expect(terminal.screen().match(/^ran$/gm)).toHaveLength(2);
  });

  test('a program that stops itself gives the terminal back to the shell', async () => {
    terminal.sendLine(script('echo "rea"dy; kill -STOP $$; echo "went" on'));
    await terminal.waitForText('Stopped');
    terminal.sendLine('echo "in" between');
    await terminal.waitForText('\nin between\n');
    terminal.sendLine('fg');
    await terminal.waitForText('went on');
    await terminal.waitForShell();
    expect(terminal.screen().match(/^ready$/gm)).toHaveLength(1);
  });

  test('it is a terminal for the program, and its size is told', async () => {
    const path = join(terminal.directory, 'size.mjs');
    writeFileSync(
      path,
      `const say = () => console.log('is' + process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY, process.stdout.columns);
      say();
      process.stdout.on('resize', () => { say(); process.exit(); });
      setInterval(() => {}, 1000);`,
    );
    terminal.sendLine(`faultguard run -- node ${path}`);
    await terminal.waitForText('istrue true true 80');
    execFileSync('tmux', ['-S', join(terminal.directory, 'tmux'), 'resize-window', '-x', '100', '-y', '30']);
    await terminal.waitForText('istrue true true 100');
    await terminal.waitForShell();
    expect(terminal.screen().match(/istrue/g)).toHaveLength(2);
  });

  test('a watchdog by output sees what a terminal is told', async () => {
    terminal.sendLine(
      `faultguard run --hang-timeout 1s -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo "go"ing; sleep 0.3; done; sleep 600'`,
    );
    await terminal.waitForText('has written nothing for');
    expect(terminal.screen().match(/^going$/gm)).toHaveLength(9);
    await terminal.waitForShell();
  });
});

function hasChild(command: string): boolean {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(command);
}
