/** An autosave on a small file system that is really full: the app goes on, nothing good is spoilt, and it heals. */
import { execFileSync, spawnSync } from 'node:child_process';
import { makeTemporaryDirectory, startScript } from '@faultguard/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recover } from '../../src/recover.ts';
import { appPath } from '../fixtures/app-path.ts';

const SIZE = '8m';

/** A file system of its own in memory, which needs root or its like. */
const canMount = ((): boolean => {
  const directory = makeTemporaryDirectory();
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', directory.path]).status !== 0) return false;
    execFileSync('umount', [directory.path]);
    return true;
  } finally {
    directory.remove();
  }
})();

/** The last one that the app had written when it had come to step k. */
const slotsAfter = (k: number): string[] => {
  const slots: string[] = [];
  for (let step = 1; step <= k; step++) slots[step % 8] = `${step} `.repeat(10_000);
  return slots;
};

const last = (lines: any[], key: string): any => lines.findLast((line) => key in line)?.[key];

function expectDegraded(lines: any[]): void {
  expect(lines.filter((line) => 'warning' in line)).toEqual([{ warning: 'FAULTGUARD_AUTOSAVE_DEGRADED' }]);
  expect(last(lines, 'statsWhenFull').degraded).toBe('autosave');
  expect(last(lines, 'durable')).toBe('ERR_FAULTGUARD_NOT_SAVED');
  expect(last(lines, 'appended')).toBeGreaterThanOrEqual(420);
}

describe.skipIf(!canMount)('on a full disk', () => {
  let directory: ReturnType<typeof makeTemporaryDirectory>;
  beforeEach(() => {
    directory = makeTemporaryDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'tmpfs', directory.path]);
  });
  afterEach(() => {
    execFileSync('umount', [directory.path]);
    directory.remove();
  });

  async function run(then: string): Promise<any[]> {
    const { stdout, stderr } = await startScript(appPath('fills-disk.mjs'), {
      args: [directory.path, then],
      timeoutMs: 60_000,
    }).ended;
    // What Node prints of a warning, and nothing else.
    expect(stderr).not.toContain('Error');
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  }

  test('the death of the app alone costs nothing', async () => {
    const lines = await run('killed');
    expectDegraded(lines);
    expect(last(lines, 'rescued')).toBe(420);
    expect(last(lines, 'slots')).toEqual(slotsAfter(420));
    // The last good checkpoint is what it was, and the journal from there.
    const { state } = await recover<any>(`${directory.path}/work.xz`);
    expect(state.k).toBeGreaterThanOrEqual(last(lines, 'saved'));
    expectState(state);
  });

  test('the death of both costs what came after the last save', async () => {
    const lines = await run('both killed');
    expectDegraded(lines);
    const { state } = await recover<any>(`${directory.path}/work.xz`);
    expect(state.k).toBeGreaterThanOrEqual(last(lines, 'saved'));
    expectState(state);
  });

  test('when there is room again it heals, and the death of both costs nothing', async () => {
    const lines = await run('freed');
    expectDegraded(lines);
    const { degraded, saved, appended } = last(lines, 'statsWhenHealed');
    expect([degraded, saved]).toEqual([false, appended]);
    const { state, source } = await recover<any>(`${directory.path}/work.xz`);
    expect(source.dropped).toEqual([]);
    expect(state.k).toBe(440);
    expectState(state);
  });
});

/** A step sets a slot, then the number. */
function expectState({ k, slots }: { k: number; slots: string[] }): void {
  const text = JSON.stringify(slots);
  expect(
    [JSON.stringify(slotsAfter(k)), JSON.stringify(slotsAfter(k + 1))].includes(text),
    `slots of step ${k}`,
  ).toBe(true);
}
