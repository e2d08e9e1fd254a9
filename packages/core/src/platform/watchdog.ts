/** What the two sides of the watchdog agree on. */
import { join } from 'node:path';

/** Heartbeats within the time that is allowed. The guardian looks as often. */
const HEARTBEATS = 8;
const HEARTBEAT_MS_MAX = 1000;

/** Milliseconds between two heartbeats, and between two looks. */
export function heartbeatMs(hangTimeoutMs: number): number {
  return Math.min(HEARTBEAT_MS_MAX, Math.max(5, Math.floor(hangTimeoutMs / HEARTBEATS)));
}

/** Where a hanging app's own watcher puts the stack of its main thread: text, a line for each frame. */
export function hangStackPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'hang-stack');
}
