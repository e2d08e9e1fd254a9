/** `waitpid` for a child that is none of Node's own. */
import { loadLibc } from './libc.ts';

const WNOHANG = 1;

/** Takes the exit status of that child, so that the kernel forgets it. False: it has not ended, or is no child. */
export type TakeStatus = (pid: number) => boolean;

/** Undefined where nothing can be called. */
export function loadWaitForChild(): TakeStatus | undefined {
  try {
    const waitpid = loadLibc().func('int waitpid(int pid, void *status, int options)');
    return (pid) => waitpid(pid, null, WNOHANG) === pid;
  } catch {
    return undefined;
  }
}
