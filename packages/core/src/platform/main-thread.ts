import { isMainThread } from 'node:worker_threads';
import { FaultguardError } from '../errors.ts';

/** @throws FaultguardError `ERR_FAULTGUARD_NOT_MAIN_THREAD` */
export function checkMainThread(functionName: string): void {
  if (isMainThread) return;
  throw new FaultguardError(
    'ERR_FAULTGUARD_NOT_MAIN_THREAD',
    `${functionName}() was called in a worker thread. Nothing has been started. Call it in the main thread: ` +
      'a guard is a guard of a whole process.',
  );
}
