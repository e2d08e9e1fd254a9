/**
 * Does the app's event loop turn? The app changes a word of the control file while it does; this side looks whether it
 * has changed.
 *
 * What is not a hang: a process that has been stopped (job control, a tracer), and one with a debugger.
 */
import { Control } from '../journal/layout.ts';
import { isStopped } from '../platform/process-stat.ts';
import { StillClock } from '../platform/still-clock.ts';
import type { ControlPage } from '../memory/segment.ts';

export class Watchdog {
  readonly #control: ControlPage;
  readonly #pid: number;
  readonly #clock: StillClock;
  #heartbeat = 0;
  /** When the heartbeat was last seen to have changed; undefined before the first. */
  lastHeartbeatAt: Date | undefined;

  /** Called once, and not again. */
  constructor(control: ControlPage, pid: number, timeoutMs: number, onHang: (forMs: number) => void) {
    this.#control = control;
    this.#pid = pid;
    this.#clock = new StillClock(timeoutMs, () => this.#isMoving(), onHang);
  }

  stop(): void {
    this.#clock.stop();
  }

  #isMoving(): boolean {
    const heartbeat = this.#control.read(Control.appHeartbeat);
    if (heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat;
      this.lastHeartbeatAt = new Date();
      return true;
    }
    // 0: it has not begun.
    return heartbeat === 0 || this.#control.read(Control.debuggerOpen) === 1 || isStopped(this.#pid);
  }
}
