/** App and guardian killed together, at moments that nobody chose: the files have everything that had returned. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTemporaryDirectory, runScript, startScript, waitFor } from '@faultguard/test-kit';
import { afterAll, describe, expect, test } from 'vitest';
import { isActive } from '../../src/autosave/is-active.ts';
import { recover } from '../../src/recover.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import type { Doom } from '../fixtures/doomed-app.ts';
import { expectNothingLost, readProgress } from '../fixtures/doomed-run.ts';
import { registerTestClasses } from '../fixtures/random-values.ts';

/** More rounds by hand: FAULTGUARD_TEST_ROUNDS=200 npx vitest run packages/core/test/crash/both-killed.test.ts */
const rounds = Number(process.env['FAULTGUARD_TEST_ROUNDS'] ?? 3);
const SCRIPT = new URL('../fixtures/doomed-app.ts', import.meta.url).pathname;

registerTestClasses();

/** Which way the two of them are killed. */
const ways = {
  'the group': (app: number, guardian: number) => process.kill(-guardian, 'SIGKILL') && app,
  'guardian first': (app: number, guardian: number) =>
    process.kill(guardian, 'SIGKILL') && process.kill(app, 'SIGKILL'),
  'app first': (app: number, guardian: number) =>
    process.kill(app, 'SIGKILL') && process.kill(guardian, 'SIGKILL'),
} as const;

describe.each(['mapped', 'written'] as const)('with the %s journal', (kind) => {
  const directories: (() => void)[] = [];
  afterAll(() => {
    for (const remove of directories) remove();
  });

  // What is written to elements is not journaled where nothing can be mapped: it may be a tenth of a second old.
  test.each(['mixed', 'growing', 'wide', ...(kind === 'mapped' ? ['kinds', 'elements'] : [])])(
    'the workload "%s" loses nothing, and goes on',
    async (workload) => {
      for (let round = 0; round < rounds; round++) {
        const way = Object.keys(ways)[round % 3] as keyof typeof ways;
        const delayMs = Math.random() * 300;
        const directory = makeTemporaryDirectory();
        const path = `${directory.path}/work.xz`;
        const doom: Doom = {
          workload,
          death: 'killed from outside',
          steps: 2_000_000,
          reportEachStep: true,
          kind,
          journalBytesMax: 4 * 1024 * 1024,
          hasAutosave: true,
          directory: directory.path,
        };
        const script = startScript(SCRIPT, { args: [JSON.stringify(doom)], detached: true });
        const pid = await script.appPid();
        await waitFor('the first step of the app', () => readProgress(directory.path) !== undefined);
        await sleep(delayMs);
        expect(isActive(path)).toBe(true);
        ways[way](pid, script.process.pid as number);
        await script.ended;
        expect(isActive(path)).toBe(false);
        const listing = readdirSync(directory.path).join(' ');
        const { state, crash, source } = await recover<any>(path);
        const context = `${way}, ${delayMs} ms, ${listing}, ${JSON.stringify(source)}`;
        expect(crash, `after ${context}`).toMatchObject({ kind: 'vanished', pid });
        expect(source.dropped, `after ${context}`).toEqual([]);
        const progress = readProgress(directory.path)!;
        expectNothingLost(workload, { text: describeGraph(state), ...progress }, context);
        if (round === 0) await goOn(doom, describeGraph(state));
        directory.remove();
      }
    },
  );
});

/** The next start has what was recovered, and its own death with it. */
async function goOn(doom: Doom, text: string): Promise<void> {
  const { stdout, stderr } = await runScript(SCRIPT, {
    args: [JSON.stringify({ ...doom, steps: 0, death: 'SIGKILL' } satisfies Doom)],
  });
  expect(stderr + stdout).toBe('');
  const { state } = await recover<any>(`${doom.directory}/work.xz`);
  expect(describeGraph(state)).toBe(text);
}
