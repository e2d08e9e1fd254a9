/** Builds a state, waits until the guardian has it all, and dies: `<rows | '1kB'> <burst writes> <death>`. */
import { start } from '@faultguard/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowNs, tell } from '../child-process.ts';
import { prepareDeath } from '../death.ts';
import { readMemory, waitUntilQuiet } from '../proc-files.ts';
import { createRow, type Row } from '../rows.ts';

interface State {
  counter: number;
  fields: Record<string, string>;
  rows: Row[];
}

const [size, burst, death] = process.argv.slice(2) as [string, string, string];
const rowCount = size === '1kB' ? 0 : Number(size);
const burstCount = Number(burst);
/** Long enough for both processes to have done all that belongs to a start. */
const SETTLE_MS = 150;

await start<State>({
  initial: () => ({ counter: 0, fields: {}, rows: [] }),
  async launch(state) {
    const die = prepareDeath(death);
    if (size === '1kB') for (let i = 0; i < 10; i++) state.fields[`field ${i}`] = `${i}`.repeat(90);
    for (let id = 0; id < rowCount; id++) state.rows.push(createRow(id));
    if (rowCount > 0) await waitUntilQuiet(process.ppid);
    await sleep(SETTLE_MS);
    for (let i = 1; i <= burstCount; i++) state.counter = i;
    tell({ appBytes: readMemory(process.pid).resident });
    tell({ diedAtNs: nowNs() });
    die();
  },
  rescue(state) {
    tell({ rescuedAtNs: nowNs() });
    if (state.rows.length !== rowCount || state.counter !== burstCount) {
      throw new Error(`Rescued ${state.rows.length} rows and counter ${state.counter}.`);
    }
  },
});
