/** After the death of an app the terminal is as it was before, if it was the app that had changed it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory, readPid, runScript, waitFor } from '@faultguard/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { TerminalMode } from '../../src/terminal/terminal-modes.ts';
import { hasTmux, openTerminal, type Terminal } from '@faultguard/test-kit/tmux-terminal';

const APP = appPath('full-screen.mjs');

/** A line for a shell. */
function commandLine(...args: readonly string[]): string {
  return ['node', '--max-old-space-size=64', APP, ...args].map((word) => `'${word}'`).join(' ');
}

describe.skipIf(!hasTmux)('in a terminal', () => {
  let terminal: Terminal;
  let pidFile: string;

  beforeEach(async () => {
    terminal = await openTerminal({ PATH: `${join(process.execPath, '..')}:${process.env['PATH']}` });
    pidFile = join(terminal.directory, 'pid');
    terminal.sendLine(`PID_FILE=${pidFile}; export PID_FILE; clear`);
    await waitFor('an empty screen', () => terminal.screen().trim() === '$');
  });

  afterEach(() => terminal.close());

  /** Modes and settings when all is over. What the rescue prints can be read; the shell shows what is typed, and has
   * colours and pastes as they were. */
  async function useAfterwards(): Promise<{ modes: Record<string, string>; settings: string }> {
    await terminal.waitForText('the end');
    await terminal.waitForShell();
    expect(terminal.screen()).toMatch(/^rescued$/m);
    expect(terminal.screen()).toMatch(/^the end$/m);
    const found = { modes: terminal.modes(), settings: terminal.settings() };
    terminal.sendLine('echo "o"k');
    await terminal.waitForText('\nok\n');
    expect(terminal.screen()).toContain('$ echo "o"k');
    expect(terminal.screen(true)).toContain('\nok\n');
    terminal.sendLine('cat -v');
    await terminal.waitForText('cat -v');
    terminal.paste('pasted');
    await terminal.waitForText('\npasted');
    expect(terminal.screen()).not.toContain('200~');
    return found;
  }

  const FULL_SCREEN = {
    alternate_on: '1',
    cursor_flag: '0',
    mouse_any_flag: '1',
    keypad_flag: '1',
    wrap_flag: '0',
    scroll_region_lower: '9',
  };

  test.each(['SIGKILL', 'SIGSEGV'] as const)('all is put back before a rescue prints: %s', async (signal) => {
    const modes = terminal.modes();
    const settings = terminal.settings();
    terminal.sendLine(commandLine('everything', 'wait'));
    const pid = await readPid(pidFile);
    expect(terminal.modes()).toMatchObject(FULL_SCREEN);
    expect(terminal.settings()).toContain('-icanon');
    process.kill(pid, signal);
    expect(await useAfterwards()).toEqual({ modes, settings });
  });

  test.each(['exception', 'out-of-memory', 'exit'])(
    'all is put back before a rescue prints: %s',
    async (end) => {
      const modes = terminal.modes();
      const settings = terminal.settings();
      terminal.sendLine(commandLine('everything', end));
      expect(await useAfterwards()).toEqual({ modes, settings });
    },
  );

  test('without the guard it stays as the app has left it', async () => {
    terminal.sendLine(commandLine('everything', 'wait', 'unguarded'));
    process.kill(await readPid(pidFile), 'SIGKILL');
    await terminal.waitForText('Killed');
    expect(terminal.modes()).toMatchObject({ alternate_on: '1', cursor_flag: '0', mouse_any_flag: '1' });
    expect(terminal.settings()).toContain('-icanon');
  });

  test('what was typed before the death is there for the shell', async () => {
    terminal.sendLine(commandLine('cursor', 'wait'));
    const pid = await readPid(pidFile);
    terminal.sendLine('echo "typed"ahead');
    process.kill(pid, 'SIGKILL');
    await terminal.waitForText('typedahead\n$');
    expect(terminal.modes()).toMatchObject({ cursor_flag: '1' });
  });

  test('after a clean exit it is left as the app leaves it', async () => {
    terminal.sendLine(commandLine('cursor', 'clean'));
    await terminal.waitForText('the end');
    expect(terminal.modes()).toMatchObject({ cursor_flag: '0' });
  });

  test('from the background it is left alone, and the guardian is not stopped', async () => {
    terminal.sendLine(`${commandLine('cursor', 'wait')} &`);
    process.kill(await readPid(pidFile), 'SIGKILL');
    await terminal.waitForText('the end');
    expect(terminal.modes()).toMatchObject({ cursor_flag: '0' });
  });

  test('settings are put back when only the input is the terminal, and no output is added', async () => {
    const settings = terminal.settings();
    const output = join(terminal.directory, 'output');
    terminal.sendLine(`${commandLine('everything', 'wait')} >${output} 2>&1`);
    const pid = await readPid(pidFile);
    expect(terminal.settings()).toContain('-icanon');
    process.kill(pid, 'SIGKILL');
    await terminal.waitForShell();
    expect(terminal.settings()).toBe(settings);
    expect(readFileSync(output, 'utf8')).toMatch(/full screenrescued\nthe end\n(Killed\n)?$/);
  });

  test('it is recognized as /dev/tty too', async () => {
    terminal.sendLine(`${commandLine('cursor', 'wait')} >/dev/tty 2>/dev/null`);
    const pid = await readPid(pidFile);
    expect(terminal.modes()).toMatchObject({ cursor_flag: '0' });
    process.kill(pid, 'SIGKILL');
    await terminal.waitForText('the end');
    expect(terminal.modes()).toMatchObject({ cursor_flag: '1' });
  });

  test('one that is stopped does not keep a rescue waiting for ever', async () => {
    terminal.sendLine(commandLine('cursor', 'wait'));
    const pid = await readPid(pidFile);
    terminal.sendKey('C-s');
    // Behind its answer, tmux has passed the key on.
    expect(terminal.modes()).toMatchObject({ cursor_flag: '0' });
    process.kill(pid, 'SIGKILL');
    await waitFor('the rescue', () => existsSync(`${pidFile}.rescued`));
    expect(terminal.screen()).not.toContain('rescued');
    terminal.sendKey('C-q');
    await terminal.waitForText('the end');
  });
});

describe('not a byte is written', () => {
  let directory: ReturnType<typeof makeTemporaryDirectory>;
  beforeEach(() => void (directory = makeTemporaryDirectory()));
  afterEach(() => directory.remove());

  /** All that an app writes to a terminal of its own, byte by byte. */
  function record(...args: readonly string[]): string {
    const { stdout } = spawnSync('script', ['-qfec', commandLine(...args), '/dev/null'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, NODE_OPTIONS: '', PID_FILE: join(directory.path, 'pid') },
    });
    return stdout;
  }

  test('to a terminal that the app has not changed', () => {
    expect(record('nothing', 'exit')).toBe('rescued\r\nthe end\r\n');
    expect(record('text', 'exit')).toBe(`${record('text', 'exit', 'unguarded')}rescued\r\nthe end\r\n`);
  });

  test('but what undoes its changes, where there are some', () => {
    expect(record('cursor', 'exit')).toBe('\u001B[?25l\u001B[?25hrescued\r\nthe end\r\n');
    expect(record('cursor', 'clean')).toBe('\u001B[?25lthe end\r\n');
  });

  test('to what is no terminal', async () => {
    const { stdout, stderr } = await runScript(APP, {
      args: ['everything', 'exit'],
      env: { PID_FILE: join(directory.path, 'pid') },
    });
    expect(stdout.startsWith('\u001B[?1049h')).toBe(true);
    expect(stdout.endsWith('\u001B=rescued\nthe end\n')).toBe(true);
    expect(stderr).toBe('\u001B[4h\u001B[?7l\u001B[1;31;44mfull screen');
  });
});

/** What an app does with its streams is what it is without the guard, byte for byte and call for call. */
test('streams of a terminal behave as they do without the guard', () => {
  const directory = makeTemporaryDirectory();
  try {
    const run = (guard: string): { output: string; calls: unknown } => {
      const calls = join(directory.path, guard);
      const command = `'${process.execPath}' '${appPath('uses-streams.mjs')}' ${guard} '${calls}'`;
      const { stdout: output } = spawnSync('script', ['-qfec', command, '/dev/null'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
        timeout: 20_000,
      });
      return { output, calls: JSON.parse(readFileSync(calls, 'utf8')) as unknown };
    };
    expect(run('guarded')).toEqual(run('unguarded'));
  } finally {
    directory.remove();
  }
});

test('a mode is noted before the output that sets it, and struck out behind the one that unsets it', () => {
  const directory = makeTemporaryDirectory();
  try {
    const log = join(directory.path, 'log');
    const script = new URL('../fixtures/notes-terminal.ts', import.meta.url).pathname;
    spawnSync('script', ['-qfec', `'${process.execPath}' '${script}' '${log}'`, '/dev/null'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 20_000,
    });
    const [hidden, synchronized] = [TerminalMode.cursorHidden, TerminalMode.synchronizedUpdate];
    expect(JSON.parse(readFileSync(log, 'utf8'))).toEqual([
      'noted 0',
      'wrote plain',
      `noted ${hidden}`,
      'wrote hide',
      'wrote the first half of show',
      'wrote the second half',
      'noted 0',
      `noted ${synchronized}`,
      'wrote frame',
      'noted 0',
      `noted ${hidden}`,
      'wrote corked',
      'noted 0',
    ]);
  } finally {
    directory.remove();
  }
});
