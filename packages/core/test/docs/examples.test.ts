/** The examples do what they say, from the built package. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const example = (name: string): string => new URL(`../../examples/${name}`, import.meta.url).pathname;

test('important-data.mjs: found by the next run, recovered, deleted, gone on with', async () => {
  const cwd = makeDirectoryForTest();
  const first = await runScript(example('important-data.mjs'), { cwd });
  expect([first.signal, first.stdout]).toEqual(['SIGKILL', '']);
  expect(readdirSync(cwd)).toContain('important-data.xz');
  const second = await runScript(example('important-data.mjs'), { cwd });
  expect(second.stdout).toBe(
    'recovered 5000 measurements of an app that vanished\ndone with 10000 measurements\n',
  );
  expect([second.exitCode, second.stderr]).toEqual([0, '']);
  expect(readdirSync(cwd)).toEqual(['important-data.json']);
  const { measurements } = JSON.parse(readFileSync(join(cwd, 'important-data.json'), 'utf8'));
  expect(measurements).toEqual(Array.from({ length: 10_000 }, (_, index) => Math.sin(index)));
});
