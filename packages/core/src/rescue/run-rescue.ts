/**
 * Calls the user's rescue function and keeps the state safe from it: when it throws, or does not come to an
 * end in time, the state is written to a file.
 *
 * An endless loop in the rescue function holds up the guardian's only thread, so the clock runs in a worker:
 * through the inspector it ends whatever the main thread executes, and Node goes on with the next event.
 */
import { Worker } from 'node:worker_threads';
import type { Rescue, RescueContext } from '../options.ts';
import type { Crash } from './crash.ts';

export type RescueResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'timed out' };

export async function runRescue(
  rescue: Rescue<object>,
  state: object,
  crash: Crash,
  context: RescueContext,
  timeoutMs: number,
): Promise<RescueResult> {
  const watchdog = startWatchdog(timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<RescueResult>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timed out' }), timeoutMs);
  });
  // On a stack of its own: ending the function must not end what waits for it here.
  const finished = new Promise<RescueResult>((resolve) => {
    setImmediate(() => {
      callAsync(() => rescue(state, crash, context)).then(
        () => resolve({ kind: 'done' }),
        (error: unknown) => resolve({ kind: 'failed', error }),
      );
    });
  });
  const result = await Promise.race([finished, timedOut]);
  clearTimeout(timer);
  await watchdog.terminate();
  return result;
}

/** An exception thrown at once becomes a rejection like any later one. */
async function callAsync(call: () => unknown): Promise<void> {
  await call();
}

/** Later than the timer of the main thread, which is enough for a function that only waits. */
const WATCHDOG_DELAY_MS = 50;

const WATCHDOG = `
const { Session } = require('node:inspector');
const { workerData } = require('node:worker_threads');
setTimeout(() => {
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.terminateExecution');
}, workerData);
`;

function startWatchdog(timeoutMs: number): Worker {
  const delayMs = Math.min(timeoutMs + WATCHDOG_DELAY_MS, 2_147_483_647);
  const worker = new Worker(WATCHDOG, { eval: true, workerData: delayMs, execArgv: [], env: {} });
  // A worker that cannot run leaves an endless loop endless; the rescue itself must not suffer from it.
  worker.on('error', () => {});
  worker.unref();
  return worker;
}
