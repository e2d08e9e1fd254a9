/**
 * An app that changes 1,000 entries a second, and how late its timers are meanwhile:
 * `<plain | guarded | autosaved> <rows> <path>`.
 *
 * First after the first checkpoint, then while another one is written. So that there is one to wait for, the app
 * changes more at once than the last one has bytes, and gives checkpoints all the time they want.
 */
import { statSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkpointAfter, checkpointNow, countCheckpoints } from '../checkpoints.ts';
import { tell } from '../child-process.ts';
import { createRow, type Row } from '../rows.ts';

interface State {
  rows: Row[];
}

const [kind, rowCount, path] = process.argv.slice(2) as ['plain' | 'guarded' | 'autosaved', string, string];

const TICK_MS = 10;
const CHANGES_PER_TICK = 10;
/** The sampling timer's period: it is late by what it takes longer. */
const RESOLUTION_MS = 1;
/** Everything compiled, and the heap in order after the state was made. */
const WARM_UP_MS = 5000;
const USUAL_MS = 20_000;
/** Without an autosave there is nothing to wait for. */
const WITHOUT_MS = 10_000;
/** What the burst itself has cost is not counted. */
const BURST_SETTLE_MS = 300;
/** Of the journal, for one change, at least. */
const CHANGE_BYTES_MIN = 16;

if (kind === 'plain') await change(createState());
else {
  const { start } = await import('@faultguard/core');
  await start<State>({
    initial: createState,
    launch: change,
    ...(kind === 'autosaved' && { autosave: { path, intervalMs: 1000, loadMax: 1 } }),
  });
}

function createState(): State {
  return { rows: Array.from({ length: Number(rowCount) }, (_, id) => createRow(id)) };
}

async function change({ rows }: State): Promise<void> {
  const isAutosaved = kind === 'autosaved';
  const first = isAutosaved ? checkpointNow(path) : 0n;
  let next = 0;
  const changeSome = (count: number): void => {
    for (let i = 0; i < count; i++) {
      // A step that shares no factor with the number of rows: every page of the state has its turn.
      next = (next + 7919) % rows.length;
      (rows[next] as Row).value++;
    }
  };
  setInterval(changeSome, TICK_MS, CHANGES_PER_TICK);
  await sleep(WARM_UP_MS);
  if (isAutosaved) await checkpointAfter(path, first);

  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const tellDelay = (phase: string): void => {
    tell({
      [`${phase}P50Ms`]: lateMs(delay.percentile(50)),
      [`${phase}P99Ms`]: lateMs(delay.percentile(99)),
      [`${phase}MaxMs`]: lateMs(delay.max),
    });
  };
  const checkpoints = isAutosaved ? await countCheckpoints(path, USUAL_MS) : await sleep(USUAL_MS, 0);
  tellDelay('usual');
  tell({ checkpoints });

  const before = isAutosaved ? checkpointNow(path) : 0n;
  changeSome(isAutosaved ? Math.ceil(statSync(path).size / CHANGE_BYTES_MIN) : Number(rowCount) / 2);
  await sleep(BURST_SETTLE_MS);
  delay.reset();
  const startedAt = performance.now();
  if (isAutosaved) await checkpointAfter(path, before);
  else await sleep(WITHOUT_MS);
  tellDelay('writing');
  tell({ writingMs: performance.now() - startedAt });
  // oxlint-disable-next-line unicorn/no-process-exit -- the clean end of the app
  process.exit(0);
}

function lateMs(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e6 - RESOLUTION_MS);
}
