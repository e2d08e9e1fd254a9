/** Gives an idle machine something to measure: hard work in waves, like a tide. */
import { createHash } from 'node:crypto';

const WAVE_MS = 900;
/** At high tide. Work holds up the event loop for as long as it lasts. */
const WORK_MS_MAX = 9;

const data = Buffer.alloc(16 * 1024, 'faultguard');

/** Hashes for a while that depends on the time. */
export function stir(atMs: number): void {
  const tide = (1 - Math.cos((2 * Math.PI * atMs) / WAVE_MS)) / 2;
  const untilMs = performance.now() + tide * WORK_MS_MAX;
  while (performance.now() < untilMs) createHash('sha256').update(data).digest();
}
