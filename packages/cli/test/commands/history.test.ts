/** `faultguard history`: what was done last, and nothing that was not. */
import { cpSync, readdirSync, rmSync, truncateSync } from 'node:fs';
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

const kept = keepAutosave({ generations: 2 });
const { path } = kept;

describe('history', () => {
  test('The last mutations are told with paths and values, oldest first, and how it ended.', async () => {
    const before = filesOf(kept.directory);
    const { exitCode, stdout, stderr } = await runCli(['history', path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(`${path}: 5 mutations of work.xz.journal-1, oldest first`);
    expect(lines.flatMap((line) => /^ {2}#\d+ +(set +state.*)/.exec(line)?.[1] ?? [])).toEqual([
      'set      state: Object',
      'set      state.n: 1',
      'set      state.n: 2',
      'set      state.n: 100',
      'set      state.added: Object',
    ]);
    expect(lines.at(-1)).toMatch(/^The end: vanished together with its guardian/);
    expect(filesOf(kept.directory)).toEqual(before);
  });

  test('Times are those between which a mutation must have been made, to a tenth of a second; and of the end.', async () => {
    const began = new Date();
    const fresh = join(temporaryDirectory(), 'fresh.xz');
    await makeAutosave({ path: fresh, generations: 2 });
    const { json } = await runCliJson(['history', fresh]);
    const { json: files } = await runCliJson(['inspect', fresh, '--depth', '0']);
    expect(json).toMatchObject({ path: fresh, isActive: false, journal: `${fresh}.journal-1`, problems: [] });
    const times = json.mutations.map(({ notBefore, notAfter }: any) => [notBefore, notAfter] as const);
    const [newest, previous] = files.checkpoints.map(({ savedAt }: { savedAt: string }) => savedAt);
    // The state itself, n = 1, n = 2; the last two came after the last look, if the guardian did not see them.
    expect(times[0][0] ?? json.mutations[0].notAfter > began.toISOString()).toBeTruthy();
    expect(new Date(times[0][1]).getTime()).toBeGreaterThan(began.getTime());
    expect(times[2][1] <= newest).toBe(true);
    expect(times[1][1] <= previous || times[1][1] <= newest).toBe(true);
    expect(times.map(([, notAfter]: any) => notAfter)).toEqual(
      times.map(([, notAfter]: any) => notAfter).toSorted(),
    );
    for (const [notBefore, notAfter] of times) {
      expect(notAfter <= json.crash.crashedAt).toBe(true);
      expect((notBefore ?? '') < notAfter).toBe(true);
    }
    const records = json.mutations.map(({ record }: any) => record);
    expect(records).toEqual(records.toSorted((one: number, other: number) => one - other));
    expect(new Set(records).size).toBe(5);
  });

  test('Without the file of times, those of checkpoints do, and the end.', async () => {
    const directory = temporaryDirectory();
    cpSync(kept.directory, directory, { recursive: true });
    const timeless = join(directory, 'work.xz');
    rmSync(`${timeless}.journal-1/times`);
    const { json } = await runCliJson(['history', timeless]);
    const { json: files } = await runCliJson(['inspect', timeless, '--depth', '0']);
    const [newest, previous] = files.checkpoints.map(({ savedAt }: { savedAt: string }) => savedAt);
    const last = json.mutations.slice(-2);
    for (const mutation of last)
      expect(mutation).toMatchObject({ notBefore: newest, notAfter: json.crash.crashedAt });
    const second = json.mutations.find(({ value }: { value: string }) => value === '2');
    expect(second).toMatchObject({ notAfter: newest, notBefore: previous });
  });

  test('--path tells what was done there and below, --limit the last of it.', async () => {
    const there = await runCliJson(['history', path, '--path', 'n']);
    expect(there.json.mutations.map(({ value }: { value: string }) => value)).toEqual(['1', '2', '100']);
    const last = await runCliJson(['history', path, '--path', 'state.n', '--limit', '1']);
    expect(last.json.mutations).toHaveLength(1);
    const nothing = await runCli(['history', path, '--path', 'users.7']);
    expect([nothing.exitCode, nothing.stdout.split('\n')[0]]).toEqual([
      0,
      `${path}: 0 mutations of work.xz.journal-1, oldest first`,
    ]);
  });

  test('An app that runs is told of too.', async () => {
    const active = join(temporaryDirectory(), 'work.xz');
    await startSaving({ path: active });
    const { exitCode, stdout } = await runCli(['history', active]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}#\d+ +set {6}state\.added: Object$/m);
    expect(stdout).toMatch(/\nThe app runs\.\n$/);
  });

  test('A journal that is damaged is told up to there.', async () => {
    const directory = temporaryDirectory();
    cpSync(kept.directory, directory, { recursive: true });
    const damaged = join(directory, 'work.xz');
    const journal = `${damaged}.journal-1`;
    for (const name of readdirSync(journal))
      if (name.startsWith('journal-')) truncateSync(join(journal, name), 0);
    const { exitCode, json } = await runCliJson(['history', damaged]);
    expect([exitCode, json.mutations]).toEqual([0, []]);
  });

  test('Without a journal, or without an autosave, it is exit code 2, and it is said where else to look.', async () => {
    const directory = temporaryDirectory();
    const killed = join(directory, 'killed.xz');
    await makeAutosave({ path: killed, end: 'killed' });
    const { exitCode, stdout, stderr } = await runCli(['history', killed]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('has no journal beside it');
    expect((await runCli(['history', join(directory, 'none.xz')])).exitCode).toBe(2);
    expect((await runCli(['history', directory])).exitCode).toBe(2);
  });

  test('Escape sequences in keys and values do not reach the terminal.', async () => {
    const hostile = join(temporaryDirectory(), 'hostile.xz');
    const escape = '\u001b]0;owned\u0007\u009b31m';
    await makeAutosave({ path: hostile, initial: { key: escape, n: 0 }, sets: [escape, escape] });
    for (const more of [[], ['--json']]) {
      const { stdout } = await runInTerminal(['history', hostile, ...more], { NO_COLOR: '1' });
      expect(stdout).toContain('owned');
      // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
    }
  });

  test('A closed pipe ends it quietly.', async () => {
    const { exitCode, stderr } = await runShell(`faultguard history '${path}' | head -n 1`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
