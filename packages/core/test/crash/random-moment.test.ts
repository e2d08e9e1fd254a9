/** SIGKILL from outside at moments that nobody chose, in the middle of whatever the app is doing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { expectNothingLost, runToDeath } from '../fixtures/doomed-run.ts';

/** More rounds by hand: FAULTGUARD_TEST_ROUNDS=200 npx vitest run packages/core/test/crash/random-moment.test.ts */
const rounds = Number(process.env['FAULTGUARD_TEST_ROUNDS'] ?? 5);

describe.each(['mapped', 'written'] as const)('with the %s journal', (kind) => {
  // What is written to elements is not journaled where nothing can be mapped: it may be a tenth of a second old.
  test.each(['mixed', 'growing', 'wide', ...(kind === 'mapped' ? ['kinds', 'elements'] : [])])(
    'killed at a random moment, the workload "%s" loses nothing',
    async (workload) => {
      for (let round = 0; round < rounds; round++) {
        const delayMs = Math.random() * 150;
        const run = await runToDeath(
          {
            workload,
            death: 'killed from outside',
            steps: 2_000_000,
            reportEachStep: true,
            kind,
            journalBytesMax: 4 * 1024 * 1024,
          },
          {
            whileRunning: async (script, firstStep) => {
              const pid = await script.appPid();
              await firstStep;
              await sleep(delayMs);
              process.kill(pid, 'SIGKILL');
            },
          },
        );
        expect(run.crash, `killed after ${delayMs} ms`).toMatchObject({ kind: 'signal', signal: 'SIGKILL' });
        expectNothingLost(workload, run);
      }
    },
  );
});
