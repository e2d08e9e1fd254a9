import { readdirSync } from 'node:fs';
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const EXAMPLE = new URL('../../examples/cluster.mjs', import.meta.url).pathname;

test('cluster.mjs: a worker is rescued, and the next one goes on in its place', async () => {
  const cwd = makeDirectoryForTest();
  const { exitCode, stdout, stderr } = await runScript(EXAMPLE, { cwd });
  expect([exitCode, stderr]).toEqual([0, '']);
  const lines = stdout.trim().split('\n');
  expect(lines.toSorted()).toEqual([
    expect.stringMatching(/^rescued 50 jobs of worker 1, ended by (?:SIGKILL|vanished)$/),
    'worker 1 died of SIGKILL',
    'worker 1 goes on after 50 jobs',
    'worker 1 has done 100 jobs',
    'worker 2 has done 100 jobs',
  ]);
  expect(lines.findIndex((line) => line.startsWith('rescued 50 jobs'))).toBeLessThan(
    lines.indexOf('worker 1 goes on after 50 jobs'),
  );
  // The guardians have ended too.
  expect(readdirSync(cwd)).toEqual([]);
});
