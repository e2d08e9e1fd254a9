import { writeSync } from 'node:fs';

/**
 * The descriptor, in the app, of a pipe between the two processes. The app rings (writes a byte) when the
 * guardian has said that it sleeps; by the pipe's end the app learns of the guardian's.
 */
export const BELL_FD = 3;

/** What the guardian says through the same pipe, a line of JSON each. In any case: look at the control page. */
export interface GuardianMessage {
  readonly warning?: string;
  /** The files of the journal have vanished: go on in a new one. */
  readonly isJournalGone?: true;
}

const RING = new Uint8Array(1);

/** From the app. */
export function ringBell(): void {
  try {
    writeSync(BELL_FD, RING);
  } catch (error) {
    // A full pipe rings anyway, and a broken one is noticed by its end. Anything else has not rung.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
