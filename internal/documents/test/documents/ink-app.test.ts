import { openScriptTerminal } from '@faultguard/test-kit/script-terminal';
import { hasTmux } from '@faultguard/test-kit/tmux-terminal';
import { expect } from 'vitest';
import { followDocument } from '../../src/follow-document.ts';

const pidOf = (screen: string): number => Number(/process (\d+)/.exec(screen)?.[1]);
const withoutFirstLine = (screen: string): string => screen.slice(screen.indexOf('\n') + 1);

followDocument('docs/guides/ink-app.md', [
  {
    language: 'sh',
    has: 'node notes.mjs',
    ...(hasTmux
      ? {
          async run(_, place) {
            const terminal = await openScriptTerminal('notes.mjs', place.path);
            await terminal.screenWhen('an empty line', (screen) => screen.endsWith('>'));
            await terminal.raw();
            await terminal.type('first note');
            await terminal.screenWhen('the draft', (screen) => screen.endsWith('> first note'));
            await terminal.press('Enter');
            await terminal.screenWhen('the note', (screen) => screen.includes('- first note'));
            await terminal.type('half a wo');
            const before = await terminal.screenWhen('half a word', (screen) => screen.endsWith('half a wo'));
            process.kill(pidOf(before), 'SIGKILL');
            const after = await terminal.screenWhen('the same screen, of another process', (screen) => {
              return pidOf(screen) !== pidOf(before) && withoutFirstLine(screen) === withoutFirstLine(before);
            });
            expect(after).toMatch(/^process \d+, back from SIGKILL\n/);
            await terminal.raw();
            await terminal.type('rd');
            await terminal.screenWhen('the whole word', (screen) => screen.endsWith('> half a word'));
            await terminal.press('C-c');
            expect(await terminal.exitCode()).toBe(0);
            const next = await openScriptTerminal('notes.mjs', place.path);
            await next.screenWhen('the notes', (screen) => screen.includes('- first note\n> half a word'));
            await next.raw();
            await next.press('C-c');
            expect(await next.exitCode()).toBe(0);
          },
        }
      : { notRun: 'tmux is not installed here' }),
  },
]);
