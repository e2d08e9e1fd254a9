/**
 * An app with an autosave that changes little, and what both processes give to the disk meanwhile:
 * `<rows> <path> <interval in ms> <characters of one change> <changes in an interval> <intervals>`.
 */
import { start } from '@faultguard/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkpointAfter, checkpointNow } from '../checkpoints.ts';
import { tell } from '../child-process.ts';
import { readWrittenBytes } from '../proc-files.ts';
import { createRow, type Row } from '../rows.ts';

interface State {
  rows: Row[];
}

const [rowCount, path, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
const [intervalMs, changeChars, changes, intervals] = rest.map(Number) as [number, number, number, number];
const SETTLE_MS = 3000;
const TICK_MS = 10;

await start<State>({
  initial: () => ({ rows: Array.from({ length: Number(rowCount) }, (_, id) => createRow(id)) }),
  autosave: { path, intervalMs },
  async launch({ rows }, context) {
    const first = checkpointNow(path);
    let changed = 0;
    setInterval(() => {
      for (let i = 0; i < (changes * TICK_MS) / intervalMs; i++) {
        changed++;
        const text = String(changed).padEnd(changeChars, '.');
        (rows[(changed * 7919) % rows.length] as Row).text = text;
      }
    }, TICK_MS);
    await checkpointAfter(path, first);
    await sleep(SETTLE_MS);
    const before = look(changed, context.stats().appended);
    await sleep(intervalMs * intervals);
    const after = look(changed, context.stats().appended);
    tell({
      app: after.app - before.app,
      guardian: after.guardian - before.guardian,
      journal: after.journal - before.journal,
      changes: after.changes - before.changes,
      checkpoints: after.checkpoint === before.checkpoint ? 0 : 1,
    });
    // oxlint-disable-next-line unicorn/no-process-exit -- the clean end of the app
    process.exit(0);
  },
});

function look(changes: number, journal: number) {
  return {
    app: readWrittenBytes(process.pid),
    guardian: readWrittenBytes(process.ppid),
    journal,
    changes,
    checkpoint: checkpointNow(path),
  };
}
