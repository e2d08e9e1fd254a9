/** The pipe between an app and its guardian: where it is, and how the app rings. What else they say: messages.ts. */
import { writeSync } from 'node:fs';

/**
 * The descriptor, in whichever process was started by the other, of a pipe between the two. The app rings (writes a
 * zero byte) when the guardian has said that it sleeps. By the pipe's end each learns of the other's death: the kernel
 * closes it, whatever became of the process.
 */
export const BELL_FD = 3;

export const RING: Uint8Array = new Uint8Array(1);

/** From the app, by its end of the pipe. */
export function ringBell(fd: number): void {
  try {
    writeSync(fd, RING);
  } catch (error) {
    // A full pipe rings anyway, and a broken one is noticed by its end. Anything else has not rung.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
