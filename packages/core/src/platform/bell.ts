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
