/**
 * Calls the user's rescue function, and does not wait for it for ever.
 *
 * Up to its first `await` the function runs under the time limit of `vm`, which ends an endless loop. After
 * that, a function that only waits is given up by a timer, and a loop that holds up the guardian's only
 * thread, and the timer with it, is met by a worker: it comes in through the inspector and has
 * `onThreadHeld` run in the midst of the loop. (A worker takes 2 ms to start: too long to begin with.)
 */
import types from 'node:util/types';
import { Script } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import type { Rescue, RescueContext } from '../options.ts';
import type { Crash } from './crash.ts';

export type RescueResult =
  /** `answer`: what it has returned. */
  | { readonly kind: 'done'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'timed out' };

export interface RescueCall {
  readonly rescue: Rescue<object>;
  readonly state: object;
  readonly crash: Crash;
  readonly context: RescueContext;
  readonly timeoutMs: number;
  /** Called while the thread is held by an endless loop; it has to end the process. */
  readonly onThreadHeld: () => void;
}

export async function runRescue(call: RescueCall): Promise<RescueResult> {
  const { rescue, state, crash, context, timeoutMs } = call;
  let returned: unknown;
  let isAsync = false;
  try {
    runWithin(timeoutMs, () => {
      returned = rescue(state, crash, context);
      isAsync = isThenable(returned);
    });
  } catch (error) {
    return isTimeout(error) ? { kind: 'timed out' } : { kind: 'failed', error };
  }
  return isAsync ? await waitFor(returned as PromiseLike<unknown>, call) : { kind: 'done', answer: returned };
}

/** While there is time: the first script with a time limit costs 1 ms more than any later one. */
export function prepareRescue(): void {
  runWithin(1000, () => {});
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Made by Node, so that reading its code runs nothing of the user's. */
function isTimeout(error: unknown): boolean {
  return types.isNativeError(error) && Object.getOwnPropertyDescriptor(error, 'code')?.value === TIMEOUT_CODE;
}

const TIMEOUT_CODE = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** By which code that comes from outside the module finds what it is to call. */
const CALLED = Symbol.for('faultguard.rescue.called');
const CALL_SOURCE = `globalThis[Symbol.for('${CALLED.description}')]?.()`;

function setCalled(value: (() => void) | undefined): void {
  Object.defineProperty(globalThis, CALLED, { value, configurable: true });
}

/** Throws what `run` throws, or ERR_SCRIPT_EXECUTION_TIMEOUT. */
function runWithin(timeoutMs: number, run: () => void): void {
  setCalled(run);
  try {
    new Script(CALL_SOURCE, { filename: 'faultguard-rescue' }).runInThisContext({
      timeout: timeoutMs,
      displayErrors: false,
    });
  } finally {
    setCalled(undefined);
  }
}

async function waitFor(promise: PromiseLike<unknown>, call: RescueCall): Promise<RescueResult> {
  const { timeoutMs, onThreadHeld } = call;
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<RescueResult>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timed out' }), timeoutMs);
  });
  // What it leaves to a timer or to a promise of its own can fail there, and would end the guardian.
  let onException: ((error: unknown) => void) | undefined;
  const failed = new Promise<RescueResult>((resolve) => {
    onException = (error) => resolve({ kind: 'failed', error });
    process.on('uncaughtException', onException);
  });
  setCalled(onThreadHeld);
  // Before anything is waited for: what comes behind an `await` of the function's may be an endless loop already.
  const watchdog = startWatchdog(timeoutMs);
  const result = await Promise.race([settle(promise), failed, timedOut]);
  clearTimeout(timer);
  if (onException !== undefined) process.off('uncaughtException', onException);
  setCalled(undefined);
  await watchdog.terminate();
  return result;
}

async function settle(promise: PromiseLike<unknown>): Promise<RescueResult> {
  try {
    return { kind: 'done', answer: await promise };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** Later than the timer of the main thread, which is enough for a function that only waits. */
const WATCHDOG_DELAY_MS = 100;

const WATCHDOG = `
const { Session } = require('node:inspector');
const { workerData } = require('node:worker_threads');
setTimeout(() => {
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.evaluate', { expression: workerData.expression });
}, workerData.delayMs);
`;

function startWatchdog(timeoutMs: number): Worker {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const workerData = {
    delayMs: Math.min(timeoutMs + WATCHDOG_DELAY_MS, 2_147_483_647),
    expression: CALL_SOURCE,
  };
  const worker = new Worker(WATCHDOG, { eval: true, workerData, execArgv: [], env: {} });
  // A worker that cannot run leaves an endless loop endless; the rescue itself must not suffer from it.
  worker.on('error', () => {});
  worker.unref();
  return worker;
}
