/** Measures this machine: every call is one sample. */
import { cpus, freemem, loadavg } from 'node:os';

/** The kernel counts processor time in steps of 10 ms: less than this would measure the steps. */
const CPU_WINDOW_MS = 100;
/** Reading the counters of all cores is the dearest part of a sample on a large machine. */
const CPU_READ_EVERY_MS = 20;

/** One look at this machine. */
export interface Sample {
  /** 1 for the first; each one more than the last. */
  readonly number: number;
  /** Since the first sample. */
  readonly atMs: number;
  readonly cpu: {
    /** All cores together, over the last tenth of a second. */
    readonly busyPercent: number;
    readonly load: { readonly oneMinute: number; readonly fiveMinutes: number };
    /** Of one core, by this process since the sample before. */
    readonly ownPercent: number;
  };
  readonly memory: {
    readonly heapUsedBytes: number;
    readonly residentBytes: number;
    readonly freeBytes: number;
  };
  /** How late the timer of this sample was. */
  readonly loopDelayMs: number;
}

interface CpuTimes {
  readonly atMs: number;
  readonly busyMs: number;
  readonly totalMs: number;
}

export class Instrument {
  readonly #intervalMs: number;
  readonly #startedMs = performance.now();
  readonly #cpuTimes: CpuTimes[] = [readCpuTimes()];
  #ownCpu = process.cpuUsage();
  #lastMs: number = this.#startedMs;
  #count = 0;

  /** How often it is going to be asked: what a sample is later than that is the delay of the event loop. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  measure(): Sample {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    const own = process.cpuUsage(this.#ownCpu);
    this.#ownCpu = process.cpuUsage();
    const [oneMinute = 0, fiveMinutes = 0] = loadavg();
    const { heapUsed, rss } = process.memoryUsage();
    this.#count += 1;
    return {
      number: this.#count,
      atMs: nowMs - this.#startedMs,
      cpu: {
        busyPercent: this.#busyPercent(nowMs),
        load: { oneMinute, fiveMinutes },
        // Microseconds in a millisecond, times 100.
        ownPercent: elapsedMs === 0 ? 0 : (own.user + own.system) / (10 * elapsedMs),
      },
      memory: { heapUsedBytes: heapUsed, residentBytes: rss, freeBytes: freemem() },
      loopDelayMs: Math.max(0, elapsedMs - this.#intervalMs),
    };
  }

  #busyPercent(nowMs: number): number {
    const times = this.#cpuTimes;
    if (nowMs - (times.at(-1)?.atMs ?? 0) >= CPU_READ_EVERY_MS) times.push(readCpuTimes());
    while (times.length > 2 && nowMs - (times[1]?.atMs ?? 0) >= CPU_WINDOW_MS) times.shift();
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined || last.totalMs <= first.totalMs) return 0;
    return (100 * (last.busyMs - first.busyMs)) / (last.totalMs - first.totalMs);
  }
}

function readCpuTimes(): CpuTimes {
  let [busyMs, totalMs] = [0, 0];
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return { atMs: performance.now(), busyMs, totalMs };
}
