/**
 * A cluster of two workers, each with a guardian and an autosave of its own. One worker is killed in the midst of its
 * work; its state is rescued, and the worker that takes its place goes on where it ended.
 *
 *   node cluster.mjs
 */
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { attach } from '@faultguard/core';

const JOBS = 100;

if (cluster.isPrimary) {
  for (const slot of ['1', '2']) fork(slot, slot === '1' ? '50' : '');
} else {
  await work(process.env.SLOT, Number(process.env.DIES_AT));
}

/** A slot stays when its worker dies: the name of the autosave goes by it. */
function fork(slot, diesAt) {
  const worker = cluster.fork({ SLOT: slot, DIES_AT: diesAt });
  worker.once('exit', (code, signal) => {
    if (signal === null) return;
    console.log(`worker ${slot} died of ${signal}`);
    fork(slot, '');
  });
}

async function work(slot, diesAt) {
  // Not before the guardian of the last worker in this slot is done with the autosave.
  const { state, recovered } = await attach({
    initial: () => ({ done: 0 }),
    rescue: new URL('./cluster-rescue.mjs', import.meta.url),
    args: [slot],
    autosave: { path: `worker-${slot}.xz`, existing: 'resume' },
  });
  if (recovered !== undefined) console.log(`worker ${slot} goes on after ${state.done} jobs`);
  while (state.done < JOBS) {
    await sleep(1);
    state.done++;
    if (state.done === diesAt) process.kill(process.pid, 'SIGKILL');
  }
  console.log(`worker ${slot} has done ${state.done} jobs`);
  // The channel to the primary would keep it.
  cluster.worker.disconnect();
}
