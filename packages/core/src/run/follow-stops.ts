/**
 * Job control: whoever waits for this process is to see that the program has been stopped, and goes on.
 *
 * Ctrl-Z reaches both, as the terminal's whole foreground group. Whether that stops anything is the program's to say, so this
 * process stops when the program has: then the shell is told. `fg` and `bg` continue both.
 *
 * Invariant: while there is no program, Ctrl-Z stops this process as it does any other. Whatever is started then may be stopped
 * before it has become another program, and until that it holds up this process: which could not be continued with it.
 */
import { isForegroundOfTerminal } from '../platform/controlling-terminal.ts';
import type { GuardedApp } from '../guardian/guarded-app.ts';
import { startTimeOf } from '../platform/process-identity.ts';
import { isStopped } from '../platform/process-stat.ts';

export interface FollowedStops {
  follow(app: GuardedApp): void;
  stop(): void;
}

/** Longer than from the end of a process to its being told. */
const END_MS = 20;

function stopThis(): void {
  process.kill(process.pid, 'SIGSTOP');
}

export function followStops(): FollowedStops {
  let app: GuardedApp | undefined;
  // Also when the program has ended.
  const onChild = (): void => {
    if (app !== undefined && isStopped(app.pid)) stopThis();
  };
  const onContinue = (): void => {
    if (app !== undefined && isStopped(app.pid)) app.kill('SIGCONT');
  };
  const onStop = (): void => {
    if (!isForegroundOfTerminal()) app?.kill('SIGTSTP');
    // The program may have been just about to end, and says nothing any more.
    else setTimeout(() => (app === undefined || startTimeOf(app.pid) === '0') && stopThis(), END_MS).unref();
  };
  const forget = async ({ ended }: GuardedApp): Promise<void> => {
    await ended;
    process.off('SIGTSTP', onStop);
    app = undefined;
  };
  const isPossible = process.platform !== 'win32';
  if (isPossible) process.on('SIGCHLD', onChild).on('SIGCONT', onContinue);
  return {
    follow(started) {
      app = started;
      if (isPossible) process.on('SIGTSTP', onStop);
      void forget(started);
    },
    stop() {
      process.off('SIGCHLD', onChild).off('SIGCONT', onContinue).off('SIGTSTP', onStop);
    },
  };
}
