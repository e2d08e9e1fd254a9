/**
 * For how long something has not moved, by looks at it. What both watchdogs count by.
 *
 * A time in which this process did not run either, as on a laptop that was suspended, is nobody's: a look that comes late counts
 * as one look.
 */
import { heartbeatMs } from './watchdog.ts';

export class StillClock {
  readonly #timeoutMs: number;
  readonly #isMoving: () => boolean;
  readonly #onHang: (forMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  /** Below 0 as long as it may do nothing. */
  #stillMs: number;
  #lookedAtMs: number = performance.now();

  /**
   * `isMoving`: asked at each look. `onHang` is called once, and not again; not for what is so within the first `settlingMs`.
   */
  constructor(
    timeoutMs: number,
    isMoving: () => boolean,
    onHang: (forMs: number) => void,
    settlingMs: number = 0,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#isMoving = isMoving;
    this.#onHang = onHang;
    this.#stillMs = -settlingMs;
    this.#timer = setInterval(() => this.#look(), heartbeatMs(timeoutMs)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    this.#stillMs += Math.min(sinceMs, 2 * heartbeatMs(this.#timeoutMs));
    if (this.#isMoving()) this.#stillMs = Math.min(this.#stillMs, 0);
    if (this.#stillMs < this.#timeoutMs) return;
    this.stop();
    this.#onHang(Math.round(this.#stillMs));
  }
}
