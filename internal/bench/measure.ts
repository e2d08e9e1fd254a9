/**
 * Times a loop in the process that it runs in. One process times one loop, so that what the compiler has
 * learnt from one variant never serves or hurts another.
 */
import { median } from './statistics.ts';

export interface Loop {
  /** Does `count` operations with the numbers from `from` on. What it returns is waited for. */
  run(from: number, count: number): void | Promise<void>;
  /** Puts things back after a batch, off the clock. */
  rewind?(): void;
  close?(): void | Promise<void>;
}

export interface LoopLength {
  /** Operations between two looks at the clock. */
  readonly batch: number;
  /** Do exactly this many after the warm-up, and tell their mean instead of the median batch. */
  readonly total?: number;
}

const WARM_UP_MS = 150;
const MEASURED_MS = 300;
/** Also of a loop so slow that the time is over before. */
const BATCHES_MIN = 5;

/** Nanoseconds of one operation: the median batch, or the mean where the loop is to be one long run. */
export async function timeLoop(loop: Loop, { batch, total }: LoopLength): Promise<number> {
  let from = 0;
  const timeBatch = async (): Promise<number> => {
    const startedAt = performance.now();
    const running = loop.run(from, batch);
    if (running !== undefined) await running;
    const elapsedMs = performance.now() - startedAt;
    from += batch;
    loop.rewind?.();
    return elapsedMs;
  };
  const timeBatches = async (enough: (batchesMs: readonly number[], elapsedMs: number) => boolean) => {
    const batchesMs: number[] = [];
    const startedAt = performance.now();
    while (!enough(batchesMs, performance.now() - startedAt)) batchesMs.push(await timeBatch());
    return batchesMs;
  };
  await timeBatches((done, elapsedMs) => done.length >= BATCHES_MIN && elapsedMs >= WARM_UP_MS);
  if (total !== undefined) {
    const batchesMs = await timeBatches((done) => done.length * batch >= total);
    return (batchesMs.reduce((sum, ms) => sum + ms, 0) * 1e6) / (batchesMs.length * batch);
  }
  const batchesMs = await timeBatches(
    (done, elapsedMs) => done.length >= BATCHES_MIN && elapsedMs >= MEASURED_MS,
  );
  return (median(batchesMs) * 1e6) / batch;
}
