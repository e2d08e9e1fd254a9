/** `faultguard inspect` in a real terminal: what keys do, whatever its size is, and that it is left as it was. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import { keepAutosave, makeAutosave, temporaryDirectory } from '../fixtures/run-cli.ts';
import { hasTmux, openViewTerminal } from '../fixtures/view-terminal.ts';

const kept = keepAutosave({ generations: 2, rows: 3000 });

const selectedLine = (screen: string): string => /^›.*$/m.exec(screen)?.[0].trimEnd() ?? '';

describe.skipIf(!hasTmux)('inspect on a terminal', () => {
  test('The tree is opened, closed and searched; q leaves the terminal and the autosave as they were.', async () => {
    const terminal = await openViewTerminal();
    const before = filesOf(kept.directory);
    const [settings, modes] = [terminal.settings(), terminal.modes()];
    await terminal.view(`inspect '${kept.path}'`, '▾ state: Object {17}');
    expect(terminal.modes()['alternate_on']).toBe('1');
    const first = terminal.screen();
    expect(first).toContain(`${kept.path}: nobody uses it`);
    expect(first).toMatch(/▸ series: Array\(50\) ▁+.*█$/m);
    expect(first).toContain('self: Object {17} → state');
    expect(first).toMatch(/^↑↓ move {2}→← open {2}q quit/m);

    terminal.press('Down', 'Down', 'Right');
    await terminal.screenWhen('an open list', (screen) => screen.includes('▸ [0]: Person {1}'));
    terminal.press('Right', 'Right', 'Down');
    const opened = await terminal.screenWhen('a selected name', (screen) =>
      selectedLine(screen).includes('name: "Ada"'),
    );
    expect(opened).toContain('state.users[0].name');
    // To its parent, which is closed then, and to its parent again.
    terminal.press('Left', 'Left', 'Left', 'Left');
    await terminal.screenWhen(
      'a closed list',
      (screen) => !screen.includes('[0]: Person') && selectedLine(screen).includes('▸ users'),
    );

    terminal.press('/');
    await terminal.waitForText('/▏');
    terminal.press('r', 'o', 'w', 'Space', '2', '9', '9', '8');
    await terminal.waitForText('/row 2998▏');
    terminal.press('Enter');
    const found = await terminal.screenWhen('what was searched for', (screen) =>
      selectedLine(screen).includes('name: "row 2998"'),
    );
    expect(found).toContain('state.rows[2998].name');
    terminal.press('/', 'z', 'z', 'z', 'Enter');
    await terminal.waitForText('nothing has "zzz"');

    terminal.press('i');
    await terminal.waitForText('previous  work.xz.previous');
    expect(terminal.screen()).toContain('ended     vanished together with its guardian');
    expect(terminal.screen()).toMatch(/journal {3}work\.xz\.journal-1, 1 segment, .*, guardian \d+/);
    terminal.press('?');
    const keys = await terminal.screenWhen('the keys', (screen) => screen.startsWith('Keys\n'));
    expect(keys).toMatch(/^ \* +open all below$/m);
    terminal.press('?');
    await terminal.waitForText('previous  work.xz.previous');
    terminal.press('i', 'q');
    expect(await terminal.exitCode()).toBe(0);
    expect([terminal.settings(), terminal.modes()]).toEqual([settings, modes]);
    expect(filesOf(kept.directory)).toEqual(before);
  });

  test('A large list stands in groups; a list of numbers is plotted where there is room.', async () => {
    const terminal = await openViewTerminal();
    await terminal.view(`inspect '${kept.path}' --path rows`, '▾ state.rows: Array(3,000)');
    expect(terminal.screen()).toContain('▸ 0 … 99');
    terminal.press('G');
    await terminal.screenWhen('the last group', (screen) => selectedLine(screen).includes('2,900 … 2,999'));
    terminal.press('Enter', 'Down');
    await terminal.screenWhen('its first', (screen) => selectedLine(screen).includes('[2900]: Object {3}'));
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
    terminal.resize(80, 30);
    await terminal.view(`inspect '${kept.path}' --path series`, '▾ state.series: Array(50)');
    const plotted = await terminal.screenWhen('a plot', (screen) => screen.includes('50 numbers: 0 to 2401'));
    expect(plotted).toMatch(/2401.*[┤┼]/);
    terminal.press('Down');
    await terminal.screenWhen('no plot of a number', (screen) => !screen.includes('50 numbers'));
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('On a narrow terminal, and after each change of its size, the selected row is to be seen, and no line is broken.', async () => {
    const terminal = await openViewTerminal();
    await terminal.view(`inspect '${kept.path}'`, '▾ state: Object {17}');
    terminal.press('*', 'G');
    const last = await terminal.screenWhen('the last row', (screen) =>
      selectedLine(screen).includes('at: "the end"'),
    );
    expect(last.split('\n')).toHaveLength(23);
    for (const [columns, rows] of [
      [30, 10],
      [12, 5],
      [40, 5],
      [200, 50],
      [80, 24],
    ] as const) {
      terminal.resize(columns, rows);
      // What the terminal itself makes of the old screen comes first.
      await terminal.screenWhen(`title, selected row and keys at ${columns} × ${rows}`, (text) => {
        const lines = text.split('\n');
        return (
          lines.length === rows - 1 &&
          lines[0]?.startsWith(kept.path.slice(0, 10)) === true &&
          selectedLine(text) !== '' &&
          lines.at(-1)?.startsWith('↑↓ move') === true
        );
      });
    }
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
  });

  test.each([
    ['Ctrl-C', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it with exit code %i, and the terminal is as it was.', async (how, exitCode) => {
    const terminal = await openViewTerminal();
    const [settings, modes] = [terminal.settings(), terminal.modes()];
    await terminal.view(`inspect '${kept.path}'`, '▾ state: Object {17}');
    if (how === 'Ctrl-C') terminal.press('C-c');
    else {
      const viewer = terminal.processes().find(({ command }) => command.includes(`inspect ${kept.path}`));
      process.kill(viewer?.pid as number, how);
    }
    expect(await terminal.exitCode()).toBe(exitCode);
    expect([terminal.settings(), terminal.modes()]).toEqual([settings, modes]);
  });

  test('Escape sequences in names, values and what is searched for do not reach the terminal.', async () => {
    const hostile = join(temporaryDirectory(), 'hostile.xz');
    const escape = '\u001b]0;owned\u0007\u009b31m\u202e';
    await makeAutosave({
      path: hostile,
      initial: { [escape]: { [escape]: escape }, n: 0 },
      sets: ['text', escape],
    });
    const terminal = await openViewTerminal();
    const title = terminal.title();
    const recorded = join(terminal.directory, 'recorded');
    terminal.recordTo(recorded);
    await terminal.view(`inspect '${hostile}'`, '▾ state: Object');
    terminal.press('*', 'G', 'Up', 'i', 'i', '/', 'o', 'w', 'n', 'e', 'd', 'Enter');
    await terminal.screenWhen('a row', (screen) => selectedLine(screen).includes('owned'));
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
    const bytes = await waitFor('all that was written', () => {
      const text = readFileSync(recorded, 'utf8');
      return text.includes('exit code 0') && text;
    });
    expect(bytes).toContain('owned');
    // Of the sequences that Ink writes itself none is one of these.
    // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
    expect(bytes).not.toMatch(/\u001b\]|\u009b|\u0007|\u202e/);
    expect(terminal.title()).toBe(title);
  });

  test.each([
    ['--plain', ''],
    ['', '| cat'],
    ['', '</dev/null'],
  ])('With "%s" and "%s" it is printed as ever.', async (option, redirection) => {
    const terminal = await openViewTerminal();
    terminal.sendLine(`clear; faultguard inspect '${kept.path}' --path users ${option} ${redirection}`);
    await terminal.waitForText('└─ [1]: Object {2}');
    await terminal.waitForShell();
    expect(terminal.modes()['alternate_on']).toBe('0');
  });

  test('A terminal that can do nothing gets lines; NO_COLOR gets no colours, and the selected row is still to be told.', async () => {
    const dumb = await openViewTerminal({ TERM: 'dumb' });
    dumb.sendLine(`clear; TERM=dumb faultguard inspect '${kept.path}' --path users`);
    await dumb.waitForText('└─ [1]: Object {2}');
    const terminal = await openViewTerminal();
    terminal.sendLine('export NO_COLOR=1');
    await terminal.view(`inspect '${kept.path}'`, '▾ state: Object {17}');
    expect(selectedLine(terminal.screen())).toContain('▾ state');
    // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
    expect(terminal.screen(true)).not.toMatch(/\u001b\[[\d;]*m/);
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('An autosave that cannot be read is an error as ever, and no view.', async () => {
    const terminal = await openViewTerminal();
    terminal.sendLine(`clear; faultguard inspect '${join(kept.directory, 'none.xz')}'`);
    await terminal.waitForText('There is no autosave');
    expect(await terminal.exitCode()).toBe(2);
  });
});
