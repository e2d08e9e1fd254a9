/**
 * Lets the app end as it would without the guard.
 *
 * The script waits for `start()`, which never returns in the app. Node takes that for a forgotten promise:
 * it would end with code 13 and a warning. So when nothing is left to do the process ends itself, with the
 * code that the app has set, and an exit in between does not inherit the 13 either.
 */

/** `isLaunched` is false as long as the launch module is still loading: a 13 is then the app's own. */
export function keepExitCode(isLaunched: () => boolean): void {
  const setCode = (): void => {
    if (isLaunched()) process.exitCode ??= 0;
  };
  // Before Node's own listener, which sets the 13.
  process.prependListener('exit', setCode);
  process.on('beforeExit', () => {
    // What other listeners start, even after a few promises, is running when the immediate comes.
    setImmediate(() => {
      if (isLaunched() && process.getActiveResourcesInfo().length === 0) process.exit();
    });
  });
}
