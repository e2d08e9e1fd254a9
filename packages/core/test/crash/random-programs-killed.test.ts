/** A sample of the random programs in real apps that are killed: mirror, guarded value and twin are the same graph. */
import { readFileSync, writeFileSync } from 'node:fs';
import { makeTemporaryDirectory, runScript } from '@faultguard/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { firstState, program, registerTestClasses, runProgram } from '../fixtures/random-values.ts';

const SCRIPT = new URL('../fixtures/program-app.ts', import.meta.url).pathname;
/** More by hand: FAULTGUARD_TEST_ROUNDS=200 npx vitest run packages/core/test/crash/random-programs-killed.test.ts */
const numRuns = Number(process.env['FAULTGUARD_TEST_ROUNDS'] ?? 8);

test.each(['mapped', 'written'])('with the %s journal', { timeout: 600_000 }, async (kind) => {
  registerTestClasses();
  await fc.assert(
    fc.asyncProperty(program, async (steps) => {
      const directory = makeTemporaryDirectory();
      writeFileSync(`${directory.path}/program`, JSON.stringify(steps));
      const { stderr } = await runScript(SCRIPT, { args: [directory.path, kind] });
      const [guarded, rescued] = ['guarded', 'rescued'].map((name) =>
        readFileSync(`${directory.path}/${name}`, 'utf8'),
      );
      directory.remove();
      const twin = firstState();
      const kept = steps.filter((step) => !('transaction' in step && step.fails));
      runProgram(
        twin,
        kept,
        (run) => run(),
        () => '',
      );
      expect(guarded).toBe(describeGraph(twin));
      expect(rescued).toBe(guarded);
      expect(stderr.includes('damaged')).toBe(false);
    }),
    { numRuns },
  );
});
