/** An app that has built its state and rests: `<guarded | plain> <rows>`. Ended from outside. */
import { tell } from '../child-process.ts';
import { waitUntilQuiet } from '../proc-files.ts';
import { createRow, type Row } from '../rows.ts';

interface State {
  counter: number;
  rows: Row[];
}

const [what, rows] = process.argv.slice(2) as [string, string];

if (what === 'plain') await rest({ counter: 0, rows: [] }, undefined);
else {
  const { start } = await import('@faultguard/core');
  await start<State>({
    initial: () => ({ counter: 0, rows: [] }),
    launch: (state) => rest(state, process.ppid),
  });
}

async function rest(state: State, guardianPid: number | undefined): Promise<void> {
  for (let id = 0; id < Number(rows); id++) state.rows.push(createRow(id));
  // Keeps the process alive without ever waking it, and the state reachable.
  setInterval(() => state.counter++, 2 ** 31 - 1);
  if (guardianPid !== undefined) await waitUntilQuiet(guardianPid);
  tell({ appPid: process.pid, ...(guardianPid !== undefined && { guardianPid }) });
}
