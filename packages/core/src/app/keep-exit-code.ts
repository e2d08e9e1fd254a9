/**
 * Lets the app end as it would without the guard.
 *
 * The script waits for `start()`, which never returns in the app. Node takes that for a forgotten promise: an
 * app that has nothing left to do would end with a warning and code 13. So it ends itself, just before.
 */

/** `isLaunched` is false as long as the launch module is still loading: a 13 is then the app's own. */
export function keepExitCode(isLaunched: () => boolean): void {
  process.prependListener('beforeExit', () => {
    // Nothing keeps the process alive now: what is listed are handles at rest, such as standard output.
    const atRest = countByType(process.getActiveResourcesInfo());
    // Behind the other listeners, and all promises that they wait for: have they found more to do?
    process.nextTick(() => {
      queueMicrotask(() => {
        process.nextTick(() => {
          if (isLaunched() && !hasMore(countByType(process.getActiveResourcesInfo()), atRest)) process.exit();
        });
      });
    });
  });
}

/** Timers, immediates and requests are listed only while they keep the process alive. */
const NEVER_AT_REST = /^(Timeout|Immediate|.*Req.*)$/;

function hasMore(now: Map<string, number>, atRest: Map<string, number>): boolean {
  return [...now].some(([type, count]) => NEVER_AT_REST.test(type) || count > (atRest.get(type) ?? 0));
}

function countByType(types: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
