import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
const GRACE_MS = 1000;

/** Sends it the signal, and waits for a while. True when what is to be gone is gone; at once false when there is no such process. */
export async function endProcess(
  pid: number | undefined,
  signal: NodeJS.Signals,
  isGone: () => boolean,
): Promise<boolean> {
  const deadline = performance.now() + (pid !== undefined && isSent(pid, signal) ? GRACE_MS : 0);
  for (;;) {
    if (isGone()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

function isSent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
