/** The chat of Ink in a real terminal: killed in the midst of a word, it comes back to the same screen. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory, waitFor } from '@faultguard/test-kit';
import { openScriptTerminal } from '@faultguard/test-kit/script-terminal';
import { hasTmux, openTerminal } from '@faultguard/test-kit/tmux-terminal';
import { expect, onTestFinished, test } from 'vitest';

const EXAMPLE = new URL('../../examples/ink-chat.mjs', import.meta.url).pathname;

/** The first line says which process it is. */
const withoutFirstLine = (screen: string): string => screen.slice(screen.indexOf('\n') + 1);
const pidOf = (screen: string): string => /process (\d+)/.exec(screen)?.[1] as string;

function makeDirectory(): string {
  const directory = makeTemporaryDirectory();
  onTestFinished(() => directory.remove());
  return directory.path;
}

test.skipIf(!hasTmux)(
  'ink-chat.mjs: history, line, cursor, selection and scroll position survive kill -9 and a full heap',
  async () => {
    const terminal = await openScriptTerminal(EXAMPLE, makeDirectory(), {
      NODE_OPTIONS: '--max-old-space-size=96',
    });
    const cursorAt = (line: string) => (screen: string) => screen.trimEnd().endsWith(line);
    await terminal.screenWhen('an empty line', (screen) => screen.endsWith('>'));
    await terminal.raw();
    for (let n = 1; n <= 8; n++) {
      await terminal.type(`message ${n}`);
      await terminal.screenWhen('the line', cursorAt(`> message ${n}`));
      await terminal.press('Enter');
      await terminal.screenWhen('the echo', (screen) => screen.includes(`echo: MESSAGE ${n}`));
    }
    await terminal.type('half a wo');
    await terminal.press('Left');
    await terminal.press('Left');
    await terminal.press('PageUp');
    for (let n = 0; n < 9; n++) await terminal.press('Up');
    const before = await terminal.screenWhen(
      'line, selection and scroll position',
      (screen) =>
        screen.includes('> half a wo') &&
        screen.includes('more below') &&
        screen.includes('> echo: MESSAGE 4'),
    );

    process.kill(Number(pidOf(before)), 'SIGKILL');
    const second = await terminal.screenWhen('the same screen, of another process', (screen) => {
      return pidOf(screen) !== pidOf(before) && withoutFirstLine(screen) === withoutFirstLine(before);
    });
    expect(second).toMatch(/^process \d+, welcome back from SIGKILL\n/);
    await terminal.raw();
    // The cursor is where it was.
    await terminal.type('X');
    const edited = await terminal.screenWhen('the letter', (screen) => screen.includes('> half a Xwo'));

    await terminal.press('C-o');
    const third = await terminal.screenWhen('the same screen, of a third process', (screen) => {
      return pidOf(screen) !== pidOf(second) && withoutFirstLine(screen) === withoutFirstLine(edited);
    });
    expect(third).toMatch(/^process \d+, welcome back from (SIGABRT|SIGTRAP|out-of-memory)\n/);
    await terminal.raw();
    await terminal.press('Enter');
    await terminal.screenWhen('the selected message in the line', (screen) =>
      screen.includes('> half a XMESSAGE 4wo'),
    );
    await terminal.press('C-c');
    expect(await terminal.exitCode()).toBe(0);
  },
);

test.skipIf(!hasTmux)(
  'ink-chat.mjs --once: the terminal is as it was when it has been killed, and the next start has the same screen',
  async () => {
    // In a continuous integration Ink would show nothing until its end.
    const shell = await openTerminal({ CI: 'false' });
    onTestFinished(() => shell.close());
    const cwd = join(shell.directory, 'chat');
    mkdirSync(cwd);
    shell.sendLine(`cd ${cwd}; clear`);
    await waitFor('an empty screen', () => shell.screen().trim() === '$');
    const start = `${process.execPath} ${EXAMPLE} --once`;
    const [settings, modes] = [shell.settings(), shell.modes()];
    shell.sendLine(`clear; ${start}`);
    await waitFor('raw mode', () => shell.settings().includes('-icanon'));
    await shell.waitForText('process ');
    for (const letter of 'hel') shell.sendKey(letter);
    await shell.waitForText('> hel');
    const before = shell.screen().trimEnd();
    expect(shell.modes()).not.toEqual(modes);

    process.kill(Number(pidOf(before)), 'SIGKILL');
    await shell.waitForShell();
    expect([shell.settings(), shell.modes()]).toEqual([settings, modes]);
    shell.sendLine('echo works$((1 + 1))');
    await shell.waitForText('works2');

    shell.sendLine(`clear; ${start}`);
    await waitFor('the same screen', () => {
      const screen = shell.screen().trimEnd();
      return pidOf(screen) !== pidOf(before) && withoutFirstLine(screen) === withoutFirstLine(before);
    });
    await waitFor('raw mode', () => shell.settings().includes('-icanon'));
    shell.sendKey('C-c');
    await shell.waitForShell();
    expect(shell.settings()).toBe(settings);
  },
);
