/** An app that is started again and again costs its guardian nothing that stays. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startScript } from '@faultguard/test-kit';
import { expect, it } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const GIVEN = process.env['FAULTGUARD_TEST_RESTARTS'];
/** By then everything has been loaded and has grown to its size. */
const WARM = 20;
/** What is being written or synced at the moment comes and goes. */
const SPAN = 20;

/** Three sessions of up to 13 files, and those of the autosave. */
const FILES_MAX = 50;

type Held = Record<'heapBytes' | 'residentBytes' | 'descriptors' | 'listeners' | 'files', number>;

/** How many are open at least: what is open at the moment of one sample for a checkpoint is not there in all of them. */
function fewestDescriptors(held: readonly Held[]): number {
  return Math.min(...held.map(({ descriptors }) => descriptors));
}

function mostOf(held: readonly Held[]): Omit<Held, 'descriptors'> {
  const most = (name: keyof Held): number => Math.max(...held.map((one) => one[name]));
  return {
    heapBytes: most('heapBytes'),
    residentBytes: most('residentBytes'),
    listeners: most('listeners'),
    files: most('files'),
  };
}

it.each([
  ['', Number(GIVEN ?? 200)],
  ['work.xz', Number(GIVEN ?? 80)],
])(
  'no growth of memory, files or descriptors, with autosave "%s", over %i restarts in a row',
  { timeout: 300_000 },
  async (name, times) => {
    const cwd = makeDirectoryForTest();
    const path = name === '' ? '' : join(cwd, name);
    const script = startScript(appPath('restarts.mjs'), {
      cwd,
      args: [String(times), path],
      timeoutMs: 240_000,
    });
    const { stdout } = await script.ended;
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ restarts: times });
    const held = lines.slice(0, -1);
    const [first, last] = [held.slice(WARM, WARM + SPAN), held.slice(-SPAN)];
    const [early, late] = [mostOf(first), mostOf(last)];
    expect(fewestDescriptors(last)).toBeLessThanOrEqual(fewestDescriptors(first));
    expect(late.listeners).toBeLessThanOrEqual(early.listeners);
    expect(late.files).toBeLessThanOrEqual(FILES_MAX);
    // 180 states of 60 kB would be 11 MB.
    expect(late.heapBytes - early.heapBytes).toBeLessThan(1.5e6);
    expect(late.residentBytes - early.residentBytes).toBeLessThan(20e6);
    expect(readdirSync(cwd)).toEqual([]);
  },
);
