import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
const GRACE_MS = 1000;

/** Sends one signal after the other, until it is gone. True when it is. */
export async function endProcess(
  pid: number | undefined,
  signals: readonly NodeJS.Signals[],
  isGone: () => boolean,
  graceMs: number = GRACE_MS,
): Promise<boolean> {
  for (const signal of signals) {
    if (pid !== undefined) send(pid, signal);
    const deadline = performance.now() + graceMs;
    while (performance.now() < deadline) {
      if (isGone()) return true;
      await sleep(LOOK_EVERY_MS);
    }
  }
  return isGone();
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
