/**
 * Does a program that nobody guards still do something? Nothing stands between it and whoever reads what it writes, so what it
 * writes is not seen; but the kernel counts the bytes that each process hands to `write`, wherever they go (`wchar`,
 * Documentation/filesystems/proc.rst). As long as neither the program nor a process that it has started has written anything, it
 * counts as still. Linux alone.
 *
 * What is not a hang is what is none for watchdog.ts: a program that is stopped, a machine that was asleep. And a program
 * that the kernel says nothing of (one that runs as another user).
 */
import { readFileSync } from 'node:fs';
import { isStopped } from '../guardian/watchdog.ts';
import { heartbeatMs } from '../platform/watchdog.ts';
import { findTree } from './process-tree.ts';

export class OutputWatchdog {
  readonly #pid: number;
  readonly #timeoutMs: number;
  readonly #onHang: (forMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #writtenBytes: number | undefined;
  /** Below 0 as long as it may do nothing. */
  #stillMs: number;
  #lookedAtMs: number = performance.now();

  /** `onHang` is called once, and not again; not for what is done within the first `settlingMs`. */
  constructor(pid: number, timeoutMs: number, settlingMs: number, onHang: (forMs: number) => void) {
    this.#pid = pid;
    this.#stillMs = -settlingMs;
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
    const writtenBytes = countWritten(this.#pid);
    const isMoving = writtenBytes === undefined || writtenBytes !== this.#writtenBytes;
    this.#writtenBytes = writtenBytes;
    this.#stillMs += Math.min(sinceMs, 2 * heartbeatMs(this.#timeoutMs));
    if (isMoving || isStopped(this.#pid)) this.#stillMs = Math.min(this.#stillMs, 0);
    if (this.#stillMs < this.#timeoutMs) return;
    this.stop();
    this.#onHang(Math.round(this.#stillMs));
  }
}

/** By the program and all that it has started; what has ended counts with whoever has waited for it. Undefined: nobody says. */
function countWritten(pid: number): number | undefined {
  let sum = 0;
  for (const { pid: each } of findTree(pid)) {
    const written = readWritten(each);
    if (written === undefined) return undefined;
    sum += written;
  }
  return sum;
}

function readWritten(pid: number): number | undefined {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
