/**
 * The power may fail at any moment: whatever becomes of what was not synced, a state is recovered that the app had, and
 * none older than the last that was saved.
 *
 * More by hand, as images after each operation:
 * FAULTGUARD_TEST_RUNS=50 npx vitest run packages/core/test/faults/power-loss.test.ts
 */
import { rmSync } from 'node:fs';
import type { DiskOperation } from '@faultguard/test-kit';
import { beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import {
  type AutosaveLife,
  type AutosaveLifeOptions,
  liveThrough,
  type Moment,
  type Step,
} from '../fixtures/autosave-life.ts';
import { findViolation } from '../fixtures/power-losses.ts';

const imagesPerMoment = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 1);
const seed = Number(process.env['FAULTGUARD_TEST_SEED'] ?? Date.now() % 1_000_000);

/** By hand there may be thousands of images of each moment. */
const TIMEOUT_MS: number = 60_000 * Math.max(1, imagesPerMoment);

const SMALL_STEPS: readonly Step[] = ['object', 'push', 'property', 'entry', 'splice'];
/** With them the journal goes on to its next segment, and uses the first ones again. */
const LARGE_STEPS: readonly Step[] = ['large value', 'property', 'object', 'entry'];

interface Row {
  readonly title: string;
  readonly life: Omit<AutosaveLifeOptions, 'seed'>;
  readonly areNamesOrdered?: boolean;
}

const rows: readonly Row[] = [
  {
    title: 'while an app runs that makes small changes',
    life: { steps: SMALL_STEPS, turns: 40, end: 'cut off' },
  },
  {
    title: 'while segments are used again, and when the app has crashed',
    life: { steps: LARGE_STEPS, turns: 14, recycledCountMin: 1, end: 'crash' },
  },
  {
    title: 'on a file system that keeps no order among names',
    life: { steps: LARGE_STEPS, turns: 14, recycledCountMin: 1, end: 'clean exit' },
    areNamesOrdered: false,
  },
  {
    title: 'while the disk takes no checkpoint for a time',
    life: { steps: LARGE_STEPS, turns: 20, recycledCountMin: 1, end: 'crash', fullDisk: { from: 3, to: 16 } },
  },
  {
    title: 'in a session that goes on with the state of one that was killed',
    life: { steps: SMALL_STEPS, turns: 20, sessions: 3, end: 'cut off' },
  },
  {
    title: 'while older checkpoints are kept for a restart',
    life: { steps: LARGE_STEPS, turns: 14, recycledCountMin: 1, end: 'crash', keepsLived: true },
  },
  {
    title: 'while an autosave is removed that nobody wants any more',
    life: { steps: SMALL_STEPS, turns: 12, end: 'clean exit, nothing kept' },
  },
];

describe('after a loss of power a state is recovered that the app had, and what was saved is in it', () => {
  test.each(rows.map((row) => [row.title, row] as const))(
    '%s',
    async (_title, { life: options, areNamesOrdered = true }) => {
      onTestFailed(({ task }) => console.error(replayOf(task.name)));
      const life = await liveThrough({ ...options, seed });
      expect(life.recycledCount).toBeGreaterThanOrEqual(options.recycledCountMin ?? 0);
      expect(life.refusedCount > 0).toBe(options.fullDisk !== undefined);
      const violation = await findViolation(life, { seed, imagesPerMoment, areNamesOrdered });
      expect(violation?.message).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

function replayOf(title: string): string {
  return (
    `FAULTGUARD_TEST_SEED=${seed} FAULTGUARD_TEST_RUNS=${imagesPerMoment} npx vitest run ` +
    `packages/core/test/faults/power-loss.test.ts -t ${JSON.stringify(title)}`
  );
}

/** Its records are there page by page; only all of them count. */
describe('after a loss of power a transaction is there as a whole or not at all', () => {
  const lives: readonly (readonly [title: string, steps: readonly Step[], imagesPerMoment: number])[] = [
    [
      'whose pages are lost one by one',
      ['transaction', 'object', 'wide transaction', 'entry'],
      imagesPerMoment,
    ],
    // Without any luck: of two segments, the first is synced first.
    ['that does not fit into one segment', ['large transaction', 'object', 'entry'], 0],
  ];
  test.each(lives)(
    '%s',
    async (_title, steps, imagesPerMoment) => {
      const life = await liveThrough({ seed: 1, steps, turns: 20, end: 'cut off' });
      const violation = await findViolation(life, { seed: 1, imagesPerMoment });
      if (violation !== undefined) rmSync(violation.directory, { recursive: true });
      expect(violation?.message).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

/** As if the code did it in another order, or left it out. */
type Change = (moments: readonly Moment[]) => Moment[];

describe('what is written in a wrong order is found', () => {
  let life: AutosaveLife;
  beforeAll(async () => {
    life = await liveThrough({ seed: 1, steps: LARGE_STEPS, turns: 14, recycledCountMin: 2, end: 'crash' });
  });

  const wrongOrders: readonly (readonly [title: string, change: Change])[] = [
    ['when no file is synced', (moments) => leaveOut(moments, ({ type }) => type === 'sync file')],
    [
      'when the journal is not synced',
      (moments) => leaveOut(moments, isSyncOf(/journal-\d+$|spare$/, moments)),
    ],
    ['when no directory is synced', (moments) => leaveOut(moments, ({ type }) => type === 'sync directory')],
    [
      'when the names of segments are not synced',
      (moments) =>
        leaveOut(moments, (operation) => operation.type === 'sync directory' && !isSyncOfNames(operation)),
    ],
    ['when checkpoints are synced only after the next one has its name', syncTooLate],
    [
      'when segments are released before the checkpoint that covers them has its name',
      (moments) => leaveOut(moments, isSyncOfNames),
    ],
  ];

  test.each(wrongOrders)(
    '%s',
    async (_title, change) => {
      const options = { seed: 1, imagesPerMoment: 1 };
      const violation = await findViolation({ steps: life.steps, moments: change(life.moments) }, options);
      expect(violation?.message).toMatch(/^After operation/);
      if (violation !== undefined) rmSync(violation.directory, { recursive: true });
    },
    TIMEOUT_MS,
  );
});

function leaveOut(moments: readonly Moment[], isLeftOut: (operation: DiskOperation) => boolean): Moment[] {
  return moments.filter(({ operation }) => !isLeftOut(operation));
}

function isSyncOf(path: RegExp, moments: readonly Moment[]): (operation: DiskOperation) => boolean {
  const files = new Set<number>();
  for (const { operation } of moments) {
    if (operation.type === 'create' && path.test(operation.path)) files.add(operation.file);
  }
  return (operation) => operation.type === 'sync file' && files.has(operation.file);
}

/** One that is renamed too early alone would do no harm: the one before it, and the journal from there on, are kept. */
function syncTooLate(moments: readonly Moment[]): Moment[] {
  const isSyncOfCheckpoint = isSyncOf(/\.writing$/, moments);
  const late: DiskOperation[] = [];
  return moments.flatMap((moment) => {
    if (isSyncOfCheckpoint(moment.operation)) {
      late.push(moment.operation);
      return [];
    }
    const isDue = isSyncOfNames(moment.operation) && late.length > 1;
    return isDue ? [moment, { ...moment, operation: late.shift() as DiskOperation }] : [moment];
  });
}

/** Of the directory in which the autosave is, without those of its sessions. */
function isSyncOfNames(operation: DiskOperation): boolean {
  return operation.type === 'sync directory' && operation.path === '';
}
