/** Under `node --watch`: the files of the state restart nothing, a change of the script does, and the state is kept. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProcesses, startScript, waitFor } from '@faultguard/test-kit';
import { recover } from '@faultguard/core';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** A copy of the script that may be changed. Elsewhere nobody knows the library by its name. */
function writeScript(directory: string): string {
  const script = join(directory, 'app.mjs');
  const source = readFileSync(appPath('counts-restarts.mjs'), 'utf8');
  writeFileSync(script, source.replace("'@faultguard/core'", JSON.stringify(LIBRARY)));
  return script;
}

const launchesIn = (stdout: string): number[][] =>
  [...stdout.matchAll(/launch (\d+) of (\d+) under (\d+);/g)].map((match) => match.slice(1).map(Number));

describe.each([
  ['--watch', 'beside the script', () => ['--watch'], '.'],
  ['--watch-path', 'outside of the directory', (directory: string) => [`--watch-path=${directory}`], '..'],
] as const)('%s, with an autosave %s', (_, __, argsOf, place) => {
  test('a change of the script restarts both processes with the state, and nothing else does', async () => {
    const directory = join(makeDirectoryForTest(), 'watched');
    mkdirSync(directory);
    const script = writeScript(directory);
    const path = join(directory, place, 'work.xz');
    // TERM without a terminal: the watcher prints no sequences that clear the screen in the middle of a line.
    const watcher = startScript(script, {
      execArgv: argsOf(directory),
      args: [path],
      env: { TERM: 'dumb', WATCHED: directory },
    });
    const guardiansAndApps = (): number[] => launchesIn(watcher.output.stdout).at(-1)?.slice(1) ?? [];
    // Some twenty intervals of the autosave, and several of its checkpoints.
    await watcher.waitForOutput('counted 100;');
    expect(launchesIn(watcher.output.stdout).length).toBe(1);
    for (let launch = 2; launch <= 3; launch++) {
      const before = guardiansAndApps();
      appendFileSync(script, '// changed\n');
      const stdout = await watcher.waitForOutput(`launch ${launch} of`);
      // What it had when it was told to stop, and when it goes on.
      const stopped = Number(/stops at (\d+);/.exec(stdout.slice(stdout.lastIndexOf('stops')))?.[1]);
      const next = stopped - (stopped % 10) + 10;
      await waitFor(`the count to go on behind ${stopped}`, () =>
        watcher.output.stdout.split(`launch ${launch} of`)[1]?.includes(`counted ${next};`),
      );
      const pids = findProcesses(`WATCHED=${directory}`).map(({ pid }) => pid);
      expect(pids).toEqual(expect.arrayContaining(guardiansAndApps()));
      expect(pids.filter((pid) => before.includes(pid))).toEqual([]);
    }
    watcher.process.kill('SIGTERM');
    const { stderr } = await watcher.ended;
    expect(stderr).toBe('');
    expect(launchesIn(watcher.output.stdout).length).toBe(3);
    const last = Number(/.*stops at (\d+);/s.exec(watcher.output.stdout)?.[1]);
    expect((await recover<any>(path)).state).toEqual({ launches: 3, n: last });
  });
});
