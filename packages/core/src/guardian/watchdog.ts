/**
 * Does the app's event loop turn? The app changes a word of the control file while it does; this side looks whether it
 * has changed.
 *
 * What is not a hang: a process that has been stopped (job control, a tracer), one with a debugger, and a time in which
 * this process did not run either, as on a laptop that was suspended. A look that comes late counts as one look.
 */
import { readFileSync } from 'node:fs';
import { Control } from '../journal/layout.ts';
import { heartbeatMs } from '../platform/watchdog.ts';
import type { ControlPage } from '../memory/segment.ts';

export class Watchdog {
  readonly #control: ControlPage;
  readonly #pid: number;
  readonly #timeoutMs: number;
  readonly #onHang: (forMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #heartbeat = 0;
  #stillMs = 0;
  #lookedAtMs: number = performance.now();
  /** When the heartbeat was last seen to have changed; undefined before the first. */
  lastHeartbeatAt: Date | undefined;

  /** Called once, and not again. */
  constructor(control: ControlPage, pid: number, timeoutMs: number, onHang: (forMs: number) => void) {
    this.#control = control;
    this.#pid = pid;
    this.#timeoutMs = timeoutMs;
    this.#onHang = onHang;
    this.#timer = setInterval(() => this.#look(), heartbeatMs(timeoutMs)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    const heartbeat = this.#control.read(Control.appHeartbeat);
    if (heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat;
      this.#stillMs = 0;
      this.lastHeartbeatAt = new Date();
      return;
    }
    // It has not begun.
    if (heartbeat === 0) return;
    if (this.#control.read(Control.debuggerOpen) === 1 || isStopped(this.#pid)) {
      this.#stillMs = 0;
      return;
    }
    this.#stillMs += Math.min(sinceMs, 2 * heartbeatMs(this.#timeoutMs));
    if (this.#stillMs < this.#timeoutMs) return;
    this.stop();
    this.#onHang(Math.round(this.#stillMs));
  }
}

/** By a signal (T) or a tracer (t): proc(5). */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
