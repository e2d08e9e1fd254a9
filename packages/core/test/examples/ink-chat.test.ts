import { openScriptTerminal } from '@faultguard/test-kit/script-terminal';
import { hasTmux } from '@faultguard/test-kit/tmux-terminal';
import { expect, test } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const EXAMPLE = new URL('../../examples/ink-chat.mjs', import.meta.url).pathname;

const withoutPid = (screen: string): string => screen.replace(/process \d+/, '');

test.skipIf(!hasTmux)(
  'ink-chat.mjs: killed in the midst of a word, it comes back to the same screen',
  async () => {
    const terminal = await openScriptTerminal(EXAMPLE, makeDirectoryForTest());
    await terminal.screenWhen('an empty line', (screen) => screen.endsWith('> █'));
    await terminal.raw();
    await terminal.type('hello');
    await terminal.screenWhen('the first line', (screen) => screen.endsWith('> hello█'));
    await terminal.press('Enter');
    await terminal.screenWhen('the echo', (screen) => screen.includes('echo: HELLO'));
    await terminal.type('how ar');
    const before = await terminal.screenWhen('the second line', (screen) => screen.endsWith('> how ar█'));

    const pid = /process (\d+)/.exec(before)?.[1] as string;
    process.kill(Number(pid), 'SIGKILL');
    await terminal.screenWhen('the same screen, of another process', (screen) => {
      return !screen.includes(pid) && withoutPid(screen) === withoutPid(before);
    });
    await terminal.raw();

    await terminal.type('e you?');
    await terminal.screenWhen('the rest of the word', (screen) => screen.endsWith('> how are you?█'));
    await terminal.press('Enter');
    await terminal.screenWhen('the second echo', (screen) => screen.includes('echo: HOW ARE YOU?'));
    await terminal.press('C-c');
    expect(await terminal.exitCode()).toBe(0);
  },
);
