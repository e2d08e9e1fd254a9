/** `faultguard inspect`: what is shown, of whatever there is; and that nothing has been touched. */
import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import {
  keepAutosave,
  makeAutosave,
  runCli,
  runCliJson,
  runInTerminal,
  runShell,
  startSaving,
  temporaryDirectory,
} from '../fixtures/run-cli.ts';

const kept = keepAutosave({ generations: 2, rows: 30 });
const { path } = kept;

describe('inspect', () => {
  test('The state is shown as a tree: types, sizes, Maps, Sets, classes, aliases, cycles.', async () => {
    const before = filesOf(kept.directory);
    const { exitCode, stdout, stderr } = await runCli(['inspect', path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${path}: nobody uses it\n`);
    const tree = stdout.slice(stdout.indexOf('\nstate:') + 1);
    expect(tree.replaceAll(/[▁▂▃▄▅▆▇█]+/g, '▁')).toMatch(
      `state: Object {17}
├─ n: 100
├─ users: Array(2)
│  ├─ [0]: Person {1} …
│  └─ [1]: Object {2} …
├─ current: Person {1} → state.users[0]
├─ rows: Array(30)
│  ├─ [0]: Object {3} …
`,
    );
    for (const line of [
      '│  └─ … 10 more',
      '├─ sessions: Map(2)',
      '│  ├─ get("ada"): Object {1} …',
      '│  └─ get(7): "seven"',
      '├─ price: Money (custom)',
      '│  └─ content: 1250',
      '├─ ["home address"]: "Baker Street"',
      '├─ large: 12345678901234567890n',
      '├─ missing: undefined',
      '├─ nan: NaN',
      '├─ error: Error RangeError: too far',
      '├─ pattern: RegExp /a+/g',
      '├─ self: Object {17} → state',
      '└─ added: Object {1}',
    ]) {
      expect(tree).toContain(`\n${line}\n`);
    }
    expect(tree).toMatch(/├─ series: Array\(50\) ▁+.*█\n/);
    expect(tree).toMatch(/├─ trace: Float64Array\(100\) \(800 B\) [▁▂▃▄▅▆▇█]{24}\n/);
    expect(filesOf(kept.directory)).toEqual(before);
  });

  test('It says who wrote it, how that ended, and which files there are.', async () => {
    const { stdout } = await runCli(['inspect', path, '--depth', '0']);
    expect(stdout).toMatch(/^ {2}app {7}process \d+, started 2\d{3}-/m);
    expect(stdout).toMatch(/^ {2}ended {5}vanished together with its guardian/m);
    expect(stdout).toMatch(/^ {2}state {5}work\.xz of .*, and \d+ records? of work\.xz\.journal-1$/m);
    expect(stdout).toMatch(/^ {2}newest {4}work\.xz, [\d.]+ kB, of /m);
    expect(stdout).toMatch(/^ {2}previous {2}work\.xz\.previous, [\d.]+ kB, of /m);
    expect(stdout).toMatch(/^ {2}journal {3}work\.xz\.journal-1, \d+ segments?, .* MB, guardian \d+$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('state: Object {17} …');
  });

  test('--path shows a part, --depth more of it, --limit fewer.', async () => {
    const part = await runCli(['inspect', path, '--path', 'users.1', '--depth', '2']);
    expect(part.stdout).toContain(
      'state.users[1]: Object {2}\n├─ name: "Bob"\n└─ tags: Set(2)\n   ├─ [0]: "x"\n   └─ [1]: "y"\n',
    );
    const few = await runCli(['inspect', path, '--path', 'rows', '--depth', '1', '--limit', '2']);
    expect(few.stdout).toContain(
      'state.rows: Array(30)\n├─ [0]: Object {3} …\n├─ [1]: Object {3} …\n└─ … 28 more\n',
    );
    const missing = await runCli(['inspect', path, '--path', 'nothing']);
    expect([missing.exitCode, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('There is no "nothing" in state. It has .n, .users,');
  });

  test('A list of numbers is plotted, and what is in it is said.', async () => {
    const { stdout } = await runCli(['inspect', path, '--path', 'series', '--limit', '1']);
    expect(stdout).toContain('50 numbers: 0 to 2401, mean 808.5, last 2401\n');
    expect(stdout).toMatch(/┤/);
    const widths = stdout.split('\n').flatMap((line) => (/[┤│]/.test(line) ? [line.length] : []));
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  test('Its JSON has the tree, the files, the source and the end.', async () => {
    const { exitCode, json } = await runCliJson(['inspect', path, '--depth', '1', '--limit', '3']);
    expect(exitCode).toBe(0);
    expect(json).toEqual({
      path,
      isActive: false,
      app: { pid: json.crash.pid, startedAt: expect.any(String), nodeVersion: null, host: null },
      checkpoints: ['newest', 'previous'].map((role) => ({
        path: role === 'newest' ? path : `${path}.previous`,
        role,
        sizeBytes: expect.any(Number),
        savedAt: expect.any(String),
        session: 1,
      })),
      journals: [
        {
          directory: `${path}.journal-1`,
          session: 1,
          segmentCount: expect.any(Number),
          sizeBytes: expect.any(Number),
          guardianPid: expect.any(Number),
          appPid: json.crash.pid,
        },
      ],
      problems: [],
      notes: expect.any(Array),
      source: expect.objectContaining({ checkpoint: path }),
      droppedBytes: 0,
      stateVersion: 0,
      crash: expect.objectContaining({ kind: 'vanished' }),
      tree: {
        path: 'state',
        type: 'Object',
        text: 'Object {17}',
        size: 17,
        sameAs: null,
        series: null,
        hiddenChildren: 14,
        children: [
          expect.objectContaining({ path: 'state.n', type: 'number', text: '100', size: null, children: [] }),
          expect.objectContaining({ path: 'state.users', type: 'Array', size: 2, hiddenChildren: 2 }),
          expect.objectContaining({ path: 'state.current', type: 'Person', size: 1, hiddenChildren: 1 }),
        ],
      },
    });
    const series = await runCliJson(['inspect', path, '--path', 'series', '--depth', '0']);
    expect(series.json.tree.series).toEqual({ count: 50, min: 0, max: 2401, mean: 808.5, last: 2401 });
    const user = await runCliJson(['inspect', path, '--depth', '1']);
    const self = user.json.tree.children.find((child: { path: string }) => child.path === 'state.self');
    expect(self).toMatchObject({ sameAs: 'state', children: [] });
  });

  test('Of an app that has ended in order it says so.', async () => {
    const clean = join(temporaryDirectory(), 'work.xz');
    await makeAutosave({ path: clean, end: 'clean' });
    const { exitCode, stdout } = await runCli(['inspect', clean]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  ended     in order\n');
    expect((await runCliJson(['inspect', clean])).json).toMatchObject({
      crash: null,
      journals: [],
      problems: [],
    });
  });

  test('An app that runs is looked into, and said to run.', async () => {
    const active = join(temporaryDirectory(), 'work.xz');
    await startSaving({ path: active });
    const { exitCode, stdout } = await runCli(['inspect', active]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${active}: in use by a living process\n`);
    expect(stdout).toContain('  ended     it has not\n');
    expect(stdout).toContain('├─ n: 100\n');
    expect((await runCliJson(['inspect', active])).json).toMatchObject({ isActive: true, crash: null });
  });

  test('Of a damaged one it shows what can be used, and says what not.', async () => {
    const directory = temporaryDirectory();
    cpSync(kept.directory, directory, { recursive: true });
    const damaged = join(directory, 'work.xz');
    truncateSync(damaged, 300);
    rmSync(`${damaged}.journal-1`, { recursive: true });
    const { exitCode, stdout } = await runCli(['inspect', damaged]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/! .*work\.xz cannot be used/);
    expect(stdout).toContain('state: Object {16}');
  });

  test.each(['none.xz', 'other.xz', 'empty.xz', '.'])(
    'Of %s there is nothing to show: exit code 2.',
    async (name) => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, 'other.xz'), 'hello');
      writeFileSync(join(directory, 'empty.xz'), '');
      const { exitCode, stdout, stderr } = await runCli(['inspect', join(directory, name)]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/^faultguard: .*Nothing has been changed/);
    },
  );

  test('Escape sequences in strings, keys and Map keys do not reach the terminal; long strings are cut.', async () => {
    const hostile = join(temporaryDirectory(), 'hostile.xz');
    const escape = '\u001b]0;owned\u0007\u009b31m\u202e';
    await makeAutosave({
      path: hostile,
      initial: { [`key ${escape}`]: escape, long: 'x'.repeat(50_000), list: [escape.repeat(3)] },
    });
    for (const args of [
      ['inspect', hostile, '--plain'],
      ['inspect', hostile, '--json'],
      ['inspect', hostile, '--plain', '--path', escape],
    ]) {
      const { stdout, stderr } = await runInTerminal(args, { NO_COLOR: '1' });
      // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/);
      expect(stdout.length).toBeLessThan(5000);
    }
    const { stdout } = await runCli(['inspect', hostile]);
    expect(stdout).toContain('… 49,920 more');
  });

  test('What is deeply nested is shown to its depth, and a place in it found.', async () => {
    const deep = join(temporaryDirectory(), 'deep.xz');
    await makeAutosave({ path: deep, shape: 'deep' });
    const { exitCode, stdout } = await runCli(['inspect', deep, '--depth', '100']);
    expect(exitCode).toBe(0);
    expect(stdout.match(/─ in: Object/g)).toHaveLength(99);
  });

  test('Its colours are for a terminal; a closed pipe ends it quietly.', async () => {
    expect((await runInTerminal(['inspect', '--plain', path])).stdout).toContain('\u001b[36musers\u001b[39m');
    expect((await runInTerminal(['inspect', '--plain', path], { NO_COLOR: '1' })).stdout).not.toContain(
      '\u001b',
    );
    const { exitCode, stdout, stderr } = await runShell(`faultguard inspect '${path}' | head -n 1`);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: `${path}: nobody uses it\n`,
      stderr: '',
    });
  });
});
