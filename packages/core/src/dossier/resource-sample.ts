/**
 * What the app's process has used, read from /proc at most once a second, when the guardian is awake anyway. Once a
 * process has ended nobody can ask any more, so the last sample has to do.
 */
import { readFileSync } from 'node:fs';
import { startTimeOf } from '../platform/process-identity.ts';
import { readProcessStat } from '../platform/process-stat.ts';

/** What the app's process had used at the last sample before its end. */
export interface ResourceSample {
  readonly sampledAt: Date;
  /** Processor time, all threads. */
  readonly cpuUserMs: number;
  readonly cpuSystemMs: number;
  /** Memory of the process that is in RAM: then, and at most so far. */
  readonly rssBytes: number;
  readonly rssPeakBytes: number;
}

const INTERVAL_MS = 1000;
/** proc(5): ticks are of sysconf(_SC_CLK_TCK), which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export class ResourceSampler {
  readonly #pid: number;
  readonly #startTime: string;
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  /** Undefined where there is no /proc. */
  last: ResourceSample | undefined;

  /** Call it when the process has just been started. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#startTime = startTimeOf(pid);
  }

  /** Looks at the process unless that was done within the last second. */
  noticeActivity(nowMs: number): void {
    // The clock may be set back.
    if (Math.abs(nowMs - this.#sampledAtMs) < INTERVAL_MS || this.#startTime === '0') return;
    this.#sampledAtMs = nowMs;
    this.last = sampleResources(this.#pid, this.#startTime, new Date(nowMs)) ?? this.last;
  }
}

/** Undefined when there is no such process, or another has its pid. */
export function sampleResources(pid: number, startTime: string, sampledAt: Date): ResourceSample | undefined {
  try {
    const stat = readProcessStat(pid);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rss = kibibytes(status, 'VmRSS');
    const rssPeak = kibibytes(status, 'VmHWM');
    if (stat?.startTime !== startTime || rss === undefined || rssPeak === undefined) return undefined;
    return {
      sampledAt,
      cpuUserMs: Number(stat.userTicks) * TICK_MS,
      cpuSystemMs: Number(stat.systemTicks) * TICK_MS,
      rssBytes: rss * 1024,
      rssPeakBytes: rssPeak * 1024,
    };
  } catch {
    return undefined;
  }
}

/** A process that has just ended has no memory any more. */
function kibibytes(status: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status);
  return found === null ? undefined : Number(found[1]);
}
