/** Random programs in real apps that are killed: what is on the screen is what a rescue gets, and the next launch shows it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { makeTemporaryDirectory, runScript } from '@faultguard/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crashingPrograms, firstState, type Step } from '../fixtures/screen-program.ts';

const APP = new URL('../fixtures/program-app.ts', import.meta.url).pathname;
const ROUNDS = Number(process.env['FAULTGUARD_TEST_ROUNDS'] ?? 3);

/** How many launches have shown a screen; all that they have shown and left has been looked at. */
async function runProgram(program: readonly Step[]): Promise<number> {
  const directory = makeTemporaryDirectory();
  const read = (name: string): unknown[] =>
    readFileSync(`${directory.path}/${name}`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  try {
    writeFileSync(`${directory.path}/program`, JSON.stringify(program));
    writeFileSync(`${directory.path}/first`, JSON.stringify(firstState()));
    const { stderr, exitCode } = await runScript(APP, { args: [directory.path], timeoutMs: 60_000 });
    expect([exitCode, stderr]).toEqual([0, '']);
    const crashes = program.filter(({ type }) => type === 'crash').length;
    const [rescued, models, screens] = [
      read('rescued'),
      read('models'),
      read('screens') as { shown: unknown; expected: unknown }[],
    ];
    expect(rescued.length).toBe(crashes);
    expect(rescued).toEqual(models);
    expect(screens.length).toBeGreaterThan(crashes);
    for (const { shown, expected } of screens) expect(shown).toEqual(expected);
    return crashes + 1;
  } finally {
    directory.remove();
  }
}

test('what is set, mounted and changed in any order is rescued, and is on the screen of the next launch', async () => {
  await fc.assert(
    fc.asyncProperty(crashingPrograms, async (program) => {
      expect(await runProgram(program)).toBeGreaterThan(1);
    }),
    {
      numRuns: ROUNDS,
      // A program takes some seconds: the smallest that fails is found by hand.
      endOnFailure: true,
    },
  );
});

test('a value that has been set is rescued though React has not rendered it, and an updater goes on from it', async () => {
  const launches = await runProgram([
    { type: 'mount', slot: 0, place: 2 },
    { type: 'mount', slot: 1, place: 5 },
    { type: 'add', slot: 0, times: 3 },
    { type: 'set', slot: 1, value: 7 },
    { type: 'crash' },
    { type: 'add', slot: 0, times: 1 },
    { type: 'mutate', place: 5, value: 8 },
    { type: 'crash' },
    { type: 'unmount', slot: 1 },
    { type: 'render' },
    { type: 'delete', place: 5 },
    { type: 'mount', slot: 1, place: 5 },
    { type: 'crash' },
  ]);
  expect(launches).toBe(4);
});
