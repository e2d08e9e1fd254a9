/**
 * Job control: whoever waits for this process is to see that the program has been stopped, and goes on.
 *
 * Ctrl-Z reaches both, as the terminal's whole foreground group. Whether that stops anything is the program's to say, so this
 * process stops when the program has: then the shell is told. `fg` and `bg` continue both.
 */
import { isForegroundOfTerminal } from '../platform/controlling-terminal.ts';
import type { GuardedApp } from '../guardian/guarded-app.ts';
import { isStopped } from '../guardian/watchdog.ts';

export interface FollowedStops {
  follow(app: GuardedApp): void;
  stop(): void;
}

function stopThis(): void {
  process.kill(process.pid, 'SIGSTOP');
}

export function followStops(): FollowedStops {
  let app: GuardedApp | undefined;
  const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
    // Also when the program has ended.
    ['SIGCHLD', () => app !== undefined && isStopped(app.pid) && stopThis()],
    // Between two programs there is nobody to say it.
    ['SIGTSTP', () => (app === undefined ? stopThis() : isForegroundOfTerminal() || app.kill('SIGTSTP'))],
    ['SIGCONT', () => app !== undefined && isStopped(app.pid) && app.kill('SIGCONT')],
  ];
  if (process.platform !== 'win32') for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    follow(started) {
      app = started;
      void started.ended.then(() => {
        if (app === started) app = undefined;
      });
    },
    stop() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
