/** `faultguard diff`: what is told, and the exit code. */
import { cpSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import {
  keepAutosave,
  makeAutosave,
  runCli,
  runCliJson,
  runShell,
  startSaving,
  temporaryDirectory,
} from '../fixtures/run-cli.ts';

const kept = keepAutosave({ generations: 2 });
const { path } = kept;

describe('diff', () => {
  test('With one autosave: what has changed since its previous checkpoint, in the journal too.', async () => {
    const before = filesOf(kept.directory);
    const { exitCode, stdout, stderr } = await runCli(['diff', path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toMatch(
      /^--- .*work\.xz\.previous \(the previous checkpoint, of .*\)\n\+\+\+ .*work\.xz \(work\.xz of .*\)\n/,
    );
    expect(stdout).toMatch(/^~ state\.n: \d+ → 100$/m);
    expect(stdout).toContain('~ state.trace[0]: 0 → 42\n');
    expect(stdout).toContain('+ state.added: Object {1}\n');
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(filesOf(kept.directory)).toEqual(before);
  });

  test('An autosave and itself are equal: exit code 0.', async () => {
    const { exitCode, stdout } = await runCli(['diff', path, path]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\nThe states are equal\.\n$/);
  });

  test('Between two autosaves; --limit shows fewer and counts all.', async () => {
    const directory = temporaryDirectory();
    const other = join(directory, 'other.xz');
    await makeAutosave({ path: other, rows: 5, end: 'killed' });
    const { exitCode, stdout } = await runCli(['diff', path, other, '--limit', '1']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('+ state.rows[3]: Object {3}\n… and 1 difference more\n');
    const { json } = await runCliJson(['diff', other, path]);
    expect(json).toEqual({
      before: { path: other, problems: [] },
      after: { path, problems: [] },
      isEqual: false,
      counts: { added: 0, removed: 2, changed: 0 },
      differences: [3, 4].map((index) => ({
        change: 'removed',
        path: `state.rows[${index}]`,
        before: 'Object {3}',
        after: null,
      })),
      hiddenDifferences: 0,
    });
  });

  test('An app that runs is compared as it is at that moment.', async () => {
    const active = join(temporaryDirectory(), 'work.xz');
    await startSaving({ path: active });
    const { exitCode } = await runCli(['diff', active, path]);
    expect(exitCode).toBe(0);
  });

  test('Without a previous checkpoint, or without an autosave, it is exit code 2.', async () => {
    const directory = temporaryDirectory();
    const single = join(directory, 'single.xz');
    await makeAutosave({ path: single, end: 'killed' });
    const { exitCode, stdout, stderr } = await runCli(['diff', single]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('has no previous checkpoint to compare with');
    const missing = await runCli(['diff', path, join(directory, 'none.xz')]);
    expect([missing.exitCode, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('There is no autosave');
    expect((await runCli(['diff', directory, path])).exitCode).toBe(2);
  });

  test('What of a damaged one could not be used is said.', async () => {
    const directory = temporaryDirectory();
    cpSync(kept.directory, directory, { recursive: true });
    const damaged = join(directory, 'work.xz');
    truncateSync(damaged, 300);
    const { exitCode, stdout } = await runCli(['diff', damaged, path]);
    // The previous checkpoint and its journal have it all.
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/! .*work\.xz cannot be used/);
  });

  test('A closed pipe ends it quietly, with its exit code.', async () => {
    const { exitCode, stdout, stderr } = await runShell(`faultguard diff '${path}' | head -n 1`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toMatch(/^--- /);
  });
});
