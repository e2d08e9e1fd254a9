/** The guardian stands where the app would stand without it: whoever started it sees how the app ended. */
import { constants } from 'node:os';
import type { Exit } from '../platform/process-end.ts';

/**
 * Sets the exit code to the app's, unless the script has changed it since the app was started. If a signal has ended the app,
 * and the script sets no other code after this, the same signal ends this process when it comes to its end.
 */
export function endLikeApp(end: Exit, exitCodeBefore: typeof process.exitCode): void {
  const { signal } = end;
  // A shell shows a death by signal as 128 and the signal's number.
  const code = signal === null ? (end.exitCode ?? 0) : 128 + constants.signals[signal];
  if (process.exitCode === exitCodeBefore) process.exitCode = code;
  if (signal === null) return;
  process.once('exit', () => {
    if (process.exitCode === code) process.kill(process.pid, signal);
  });
}
