/** `faultguard history --at`: a state that the app had, and none that it had not. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startCounting } from '../fixtures/counting.ts';
import { filesOf } from '../fixtures/files-of.ts';
import { keepAutosave, runCli, runCliJson, temporaryDirectory } from '../fixtures/run-cli.ts';

const kept = keepAutosave({ generations: 2, rows: 30 });

/** The values of properties that are primitives, by their paths. */
function valuesOf(tree: any): Record<string, string> {
  return Object.fromEntries(tree.children.map(({ path, text }: any) => [path, text]));
}

describe('history --at', () => {
  test('Behind each record that is left there is the state of that moment.', async () => {
    const before = filesOf(kept.directory);
    const { json } = await runCliJson(['history', kept.path]);
    const states = [];
    for (const { record, path, value } of json.mutations) {
      const { exitCode, json: at, stderr } = await runCliJson(['history', kept.path, '--at', String(record)]);
      // What came before the oldest checkpoint is there as long as the journal begins with the state.
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(at.at.record).toBe(record);
      states.push({ path, value, n: valuesOf(at.tree)['state.n'], added: valuesOf(at.tree)['state.added'] });
    }
    expect(states).toEqual([
      { path: 'state', value: 'Object', n: '0', added: undefined },
      { path: 'state.n', value: '1', n: '1', added: undefined },
      { path: 'state.n', value: '2', n: '2', added: undefined },
      { path: 'state.n', value: '100', n: '100', added: undefined },
      { path: 'state.added', value: 'Object', n: '100', added: 'Object {1}' },
    ]);
    expect(filesOf(kept.directory)).toEqual(before);
  });

  test('At a time, and so long before the end, it is what the guardian had read by then; later it is the end.', async () => {
    const { json } = await runCliJson(['history', kept.path]);
    const { notAfter } = json.mutations.find(({ value }: any) => value === '2');
    const then = await runCliJson(['history', kept.path, '--at', notAfter]);
    expect(then.json.at.time).toBe(notAfter);
    expect(valuesOf(then.json.tree)['state.n']).toBe('2');
    for (const moment of ['-0s', '2999-01-01']) {
      const { json: last } = await runCliJson(['history', kept.path, '--at', moment]);
      expect(valuesOf(last.tree)['state.n']).toBe('100');
      expect(last.at).toEqual({ record: json.mutations.at(-1).record, time: json.crash.crashedAt });
    }
    const lifeMs = new Date(json.crash.crashedAt).getTime() - new Date(notAfter).getTime();
    const before = await runCliJson(['history', kept.path, '--at', `-${lifeMs}ms`]);
    expect(valuesOf(before.json.tree)['state.n']).toBe('2');
  });

  test('For a person it is a tree, of a --path and to a --depth; what is of now is said to be.', async () => {
    const { json } = await runCliJson(['history', kept.path]);
    const [, first] = json.mutations;
    const { exitCode, stdout } = await runCli([
      'history',
      kept.path,
      '--at',
      `#${first.record}`,
      '--depth',
      '1',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/work\.xz: its state of [\d :.-]+, behind record #\d+\n/);
    expect(stdout).toContain('Elements of typed arrays are those of the end');
    expect(stdout).toContain('\n├─ n: 1\n');
    const part = await runCli(['history', kept.path, '--at', `${first.record}`, '--path', 'users.1.name']);
    expect(part.stdout).toMatch(/\nstate\.users\[1\]\.name: "Bob"\n$/);
    const nothing = await runCli(['history', kept.path, '--at', `${first.record}`, '--path', 'added']);
    expect([nothing.exitCode, nothing.stdout]).toEqual([2, '']);
    expect(nothing.stderr).toContain('There is no "added" in state');
  });

  test('A moment within a transaction is one before it.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const app = startCounting({ path, everyMs: 5 });
    await app.waitForOutput('n 20\n');
    app.process.kill('SIGSTOP');
    process.kill(await app.appPid(), 'SIGKILL');
    const copied = join(temporaryDirectory(), 'copy');
    cpSync(join(path, '..'), copied, { recursive: true });
    app.process.kill('SIGCONT');
    const copy = join(copied, 'work.xz');
    const { json } = await runCliJson(['history', copy, '--limit', '40']);
    const records = json.mutations.filter(({ path }: any) => path === 'state.n' || path === 'state.half');
    for (const { record } of records.slice(-8)) {
      const { exitCode, json: at } = await runCliJson(['history', copy, '--at', String(record)]);
      expect(exitCode).toBe(0);
      const values = valuesOf(at.tree);
      expect(Number(values['state.half'])).toBe(Number(values['state.n']) / 2);
    }
    expect(records.length).toBeGreaterThan(8);
  });

  test('While the app runs there are moments too.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const app = startCounting({ path, everyMs: 20 });
    await app.waitForOutput('n 30\n');
    const { exitCode, json } = await runCliJson([
      'history',
      String(await app.appPid()),
      '--at',
      '-0s',
      '--path',
      'n',
    ]);
    expect([exitCode, json.isActive]).toEqual([0, true]);
    expect(Number(json.tree.text)).toBeGreaterThanOrEqual(30);
    // As far back as there are checkpoints: not for long, with one every 20 ms.
    const early = await runCli(['history', path, '--at', '2020-01-01']);
    expect(early.exitCode).toBe(2);
    expect(early.stderr).toMatch(/does not go back so far.*The first time that is known is/s);
  });

  test.each(['yesterday', '5s', '-5 apples', '1e3', '--', '2026-13-45'])(
    '"%s" is no moment.',
    async (moment) => {
      const { exitCode, stdout, stderr } = await runCli(['history', kept.path, `--at=${moment}`]);
      expect([exitCode, stdout]).toEqual([64, '']);
      expect(stderr).toContain('--at does not understand');
    },
  );
});
