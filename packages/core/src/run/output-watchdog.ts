/**
 * Does a program that nobody guards still do something? Nothing stands between it and whoever reads what it writes, so what it
 * writes is not seen; but the kernel counts the bytes that each process hands to `write`, wherever they go (`wchar`,
 * Documentation/filesystems/proc.rst). As long as neither the program nor a process that it has started has written anything, it
 * counts as still. Linux alone.
 *
 * What is not a hang: a program that is stopped, and one that the kernel says nothing of (one that runs as another user).
 */
import { readFileSync } from 'node:fs';
import { isStopped } from '../platform/process-stat.ts';
import { StillClock } from '../platform/still-clock.ts';
import { findTree } from './process-tree.ts';

export class OutputWatchdog {
  readonly #pid: number;
  readonly #clock: StillClock;
  #writtenBytes: number | undefined;

  /** `onHang` is called once, and not again; not for what is done within the first `settlingMs`. */
  constructor(pid: number, timeoutMs: number, settlingMs: number, onHang: (forMs: number) => void) {
    this.#pid = pid;
    this.#clock = new StillClock(timeoutMs, () => this.#isMoving(), onHang, settlingMs);
  }

  stop(): void {
    this.#clock.stop();
  }

  #isMoving(): boolean {
    const writtenBytes = countWritten(this.#pid);
    const isMoving = writtenBytes === undefined || writtenBytes !== this.#writtenBytes;
    this.#writtenBytes = writtenBytes;
    return isMoving || isStopped(this.#pid);
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
