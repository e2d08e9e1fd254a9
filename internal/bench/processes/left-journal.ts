/** Leaves a small checkpoint and a long journal behind it, because both processes die: `<path> <records>`. */
import { start } from '@faultguard/core';
import { checkpointAfter, checkpointNow } from '../checkpoints.ts';

interface State {
  counter: number;
  label: string;
  fields: Record<string, number>;
  list: number[];
}

const [path, records] = process.argv.slice(2) as [string, string];
/** Longer than it takes to append the records: no checkpoint comes between. */
const INTERVAL_MS = 5000;

await start<State>({
  initial: () => ({ counter: 0, label: '', fields: {}, list: [] }),
  autosave: { path, intervalMs: INTERVAL_MS, loadMax: 0.01 },
  // A quarter of it filled would ask for a checkpoint at once.
  journal: { sizeBytesMax: 2 ** 30 },
  async launch(state) {
    await checkpointAfter(path, checkpointNow(path));
    const { fields, list } = state;
    for (let i = 0; i < Number(records); i += 4) {
      state.counter = i;
      state.label = `label ${i}`.padEnd(20, '.');
      fields[`field ${(i >> 2) % 1000}`] = i + 0.5;
      list.push(i);
    }
    process.kill(process.ppid, 'SIGKILL');
    process.kill(process.pid, 'SIGKILL');
  },
});
