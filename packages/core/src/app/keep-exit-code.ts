/**
 * Lets the app end as it would without the guard.
 *
 * The script waits for `start()`, which never returns in the app. Node takes that for a forgotten promise: an
 * app that has nothing left to do would end with a warning and code 13. So it ends itself, just before.
 *
 * When nothing is left to do, Node emits 'beforeExit', and listeners may find more. What keeps the event loop
 * going cannot be asked for in full (jobs of the thread pool are not listed anywhere), so the loop is sent
 * round once more: if that called nothing else, nothing else kept it.
 */
import { createHook } from 'node:async_hooks';

/** `isLaunched` is false as long as the launch module is still loading: a 13 is then the app's own. */
export function keepExitCode(isLaunched: () => boolean): void {
  let isRoundSent = false;
  let callbackCount = 0;
  // What V8 does on other threads is an event of the loop too, and calls nothing.
  const callbacks = createHook({ before: () => callbackCount++ });
  process.prependListener('beforeExit', () => {
    callbacks.disable();
    // One is that of the round itself.
    if (isRoundSent && callbackCount <= 1) process.exit();
    isRoundSent = false;
    // Behind the other listeners, and all promises that they wait for.
    process.nextTick(() => {
      queueMicrotask(() => {
        process.nextTick(() => {
          if (!isLaunched() || hasWork()) return;
          isRoundSent = true;
          callbackCount = 0;
          callbacks.enable();
          setImmediate(() => {});
        });
      });
    });
  });
}

/** Timers, immediates and requests are listed only while they keep the process alive. */
function hasWork(): boolean {
  return process.getActiveResourcesInfo().some((type) => /^(Timeout|Immediate|.*Req.*)$/.test(type));
}
