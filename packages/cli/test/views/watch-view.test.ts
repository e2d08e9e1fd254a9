/** `faultguard watch` in a real terminal: real guards, what keys do, whatever its size is, and that it is left as it was. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { startSaving, temporaryDirectory } from '../fixtures/run-cli.ts';
import { hasTmux, openViewTerminal, type ViewTerminal } from '../fixtures/view-terminal.ts';

function hasHeads(screen: string, expected: Readonly<Record<string, boolean>>): boolean {
  const [, heads = ''] = screen.split('\n');
  return Object.entries(expected).every(([name, isThere]) => heads.includes(name) === isThere);
}

const selectedOf = (screen: string): string => /^› *(\S+)/m.exec(screen)?.[1] ?? '';

/** Others may be guarded here too, and come and go. */
async function selectGuard(terminal: ViewTerminal, pid: number): Promise<void> {
  for (;;) {
    const lines = terminal.screen().split('\n');
    const cursor = lines.findIndex((line) => line.startsWith('›'));
    const wanted = lines.findIndex((line) => new RegExp(`^[› ] *${pid} `).test(line));
    if (cursor === wanted) return;
    const before = selectedOf(lines.join('\n'));
    terminal.press(wanted > cursor ? 'j' : 'k');
    await terminal.screenWhen('another selected guard', (screen) => selectedOf(screen) !== before);
  }
}

describe.skipIf(!hasTmux)('watch on a terminal', () => {
  test('Guards stand in a table that keys sort; enter shows one in full; q leaves the terminal as it was.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = await startSaving({ path });
    const pid = await running.appPid();
    const terminal = await openViewTerminal();
    terminal.resize(110, 40);
    const [settings, modes] = [terminal.settings(), terminal.modes()];
    await terminal.view('watch --interval 100 --sort pid', ' by pid');
    const row = new RegExp(`${pid} saves\\.mjs.* +\\d+ B/s +0 B .* MB`);
    const screen = await terminal.screenWhen('the guard, with its rate', (text) => row.test(text));
    expect(screen).toMatch(/pid↓ app +appended +unsaved +up +restarts +unmirrored +guardian/);
    terminal.press('s');
    await terminal.waitForText(' by app');
    terminal.press('S', 'S');
    await terminal.waitForText(' by last-crash');
    terminal.press('s', 'r');
    await terminal.screenWhen('the order', (text) => text.includes(', reversed') && text.includes('pid↑'));
    terminal.press('?');
    const keys = await terminal.screenWhen('the keys', (text) => text.startsWith('Keys\n'));
    expect(keys).toMatch(/^ s S +sort by the next column, by the one before$/m);
    terminal.press('s');
    // Back, and nothing else.
    await terminal.screenWhen('the order as it was', (text) => /by pid, reversed/.test(text));
    await selectGuard(terminal, pid);
    terminal.press('Enter');
    const one = await terminal.screenWhen('it in full', (text) =>
      text.includes(`app        process ${pid}, up`),
    );
    expect(one).toContain(`guardian   process ${running.process.pid}, up`);
    expect(one).toMatch(/saved +\d+ B\/s +0 B not synced yet/);
    expect(one).toContain(`autosave   ${path}, `);
    expect(one).toContain('last crash none');
    terminal.press('Escape');
    await terminal.waitForText(' by pid');
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
    expect([terminal.settings(), terminal.modes()]).toEqual([settings, modes]);
  });

  test('Of one guard there is no table; when it has gone, that is said, and Ctrl-C ends it.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = await startSaving({ path });
    const pid = await running.appPid();
    const terminal = await openViewTerminal();
    const [settings, modes] = [terminal.settings(), terminal.modes()];
    await terminal.view(`watch --interval 100 ${running.process.pid}`, `app        process ${pid}, up`);
    terminal.press('?');
    await terminal.screenWhen('the keys', (text) => text.startsWith('Keys\n q, Ctrl-C quit\n'));
    terminal.press('Escape');
    await terminal.waitForText(`app        process ${pid}, up`);
    process.kill(pid, 'SIGKILL');
    await running.ended;
    await terminal.waitForText('It is not there any more');
    terminal.press('C-c');
    expect(await terminal.exitCode()).toBe(130);
    expect([terminal.settings(), terminal.modes()]).toEqual([settings, modes]);
  });

  test('On a narrow terminal, and after each change of its size, it has as many columns as there is room for.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    await startSaving({ path });
    const terminal = await openViewTerminal();
    await terminal.view('watch --interval 100 --sort pid', ' by pid');
    for (const [columns, rows] of [
      [40, 12],
      [12, 6],
      [200, 40],
      [80, 24],
    ] as const) {
      terminal.resize(columns, rows);
      const screen = await terminal.screenWhen(
        `a table at ${columns} × ${rows}`,
        (text) =>
          text.split('\n').length === rows - 1 &&
          // Others may be guarded here too, and stand where there is room.
          /^›  *\d+/m.test(text) &&
          hasHeads(text, { app: columns > 12, 'last crash': columns === 200 }),
      );
      expect(screen.split('\n').at(-1)).toMatch(/^↑↓ move/);
    }
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('Control characters of commands and paths do not reach the terminal, in the table nor in full.', async () => {
    const path = join(temporaryDirectory(), 'a \u001b]0;owned\u0007 \u009b31m b.xz');
    const running = await startSaving({ path });
    const terminal = await openViewTerminal();
    const title = terminal.title();
    const recorded = join(terminal.directory, 'recorded');
    terminal.resize(200, 30);
    terminal.recordTo(recorded);
    await terminal.view(`watch --interval 100 ${running.process.pid}`, 'owned');
    terminal.press('q');
    await terminal.waitForShell();
    await terminal.view('watch --interval 100 --sort pid', ' by pid');
    terminal.press('q');
    expect(await terminal.exitCode()).toBe(0);
    const bytes = await waitFor('all that was written', () => {
      const text = readFileSync(recorded, 'utf8');
      return text.includes('exit code 0') && text;
    });
    // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
    expect(bytes).not.toMatch(/\u001b\]|\u009b|\u0007/);
    expect(terminal.title()).toBe(title);
  });
});
