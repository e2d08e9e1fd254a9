/**
 * Builds a state, dies of SIGKILL, and is started again with it: `<plain | restarted> <rows>`. "plain" is the same file
 * without a guard, which begins at once.
 */
import { start } from '@faultguard/core';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [what, rows] = process.argv.slice(2);
const count = Number(rows);
const nowNs = () => Number(process.hrtime.bigint());
const tell = (facts) => writeSync(1, `${JSON.stringify(facts)}\n`);

/** 200 bytes of JSON each, as rows.ts has them: to load that would take Node's time for stripping types. */
function createRow(id) {
  const number = String(id).padStart(7, '0');
  return {
    id: 1_000_000 + id,
    name: `row ${number}`.padEnd(20, '.'),
    value: 100_000.5 + id,
    done: true,
    text: `text ${number}`.padEnd(116, '.'),
  };
}

if (what === 'plain') {
  tell({ launchedAtNs: nowNs() });
  process.exit(0);
}

await start({
  initial: () => ({ rows: [] }),
  // An app that has lived longer than the backoff is started again at once.
  restart: { backoffMs: 1 },
  async launch(state, { attempt }) {
    if (attempt > 1) {
      tell({ launchedAtNs: nowNs(), rows: state.rows.length });
      process.exit(0);
    }
    for (let id = 0; id < count; id++) state.rows.push(createRow(id));
    // A checkpoint has been written, as in an app that has lived for a while.
    await sleep(6000);
    tell({ diedAtNs: nowNs() });
    process.kill(process.pid, 'SIGKILL');
  },
});
