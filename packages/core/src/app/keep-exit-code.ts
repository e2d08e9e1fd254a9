/**
 * Lets the app end as it would without the guard.
 *
 * The script waits for `start()`, which never returns in the app. Node takes that for a forgotten promise: an
 * app that has nothing left to do would end with a warning and code 13. So it ends itself, just before.
 *
 * When nothing is left to do, Node emits 'beforeExit', and listeners may find more. What keeps the event loop
 * going cannot be asked for in full (jobs of the thread pool are not listed anywhere), so the loop is sent
 * round once more: if that was its only round, nothing else kept it.
 */

/** `isLaunched` is false as long as the launch module is still loading: a 13 is then the app's own. */
export function keepExitCode(isLaunched: () => boolean): void {
  let sentRound: LoopMetrics | undefined;
  process.prependListener('beforeExit', () => {
    if (sentRound !== undefined && isNextRound(sentRound)) process.exit();
    sentRound = undefined;
    // Behind the other listeners, and all promises that they wait for.
    process.nextTick(() => {
      queueMicrotask(() => {
        process.nextTick(() => {
          if (!isLaunched() || hasWork()) return;
          sentRound = readLoopMetrics();
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

interface LoopMetrics {
  readonly loopCount: number;
  readonly events: number;
}

function readLoopMetrics(): LoopMetrics {
  const { loopCount, events } = performance.nodeTiming.uvMetricsInfo;
  return { loopCount, events };
}

function isNextRound(before: LoopMetrics): boolean {
  const now = readLoopMetrics();
  return now.loopCount - before.loopCount <= 1 && now.events === before.events;
}
