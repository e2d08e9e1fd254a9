import type { Crash } from '../rescue/crash.ts';

/** Whoever ends a process in one of these ways does not want it to come back. */
export function isAskedFor({ kind, signal }: Crash): boolean {
  const isSignal = kind === 'signal' || kind === 'vanished';
  return isSignal && (signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGHUP');
}
