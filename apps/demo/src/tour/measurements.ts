/** What the laboratory keeps: the guarded state, as the app writes it and as the rescue gets it. */
import type { Sample } from '../instrument.ts';

export interface Measurements {
  readonly machine: { readonly cores: number; readonly platform: string; readonly node: string };
  readonly samples: Sample[];
  readonly summary: { count: number; highest: { busyPercent: number; loopDelayMs: number } };
}

export function newMeasurements(): Measurements {
  return {
    machine: {
      cores: navigator.hardwareConcurrency,
      platform: process.platform,
      node: process.version,
    },
    samples: [],
    summary: { count: 0, highest: { busyPercent: 0, loopDelayMs: 0 } },
  };
}

/** Appends one sample, in several mutations of nested values: each of them is safe once it has returned. */
export function addSample(state: Measurements, sample: Sample): void {
  const { samples, summary } = state;
  samples.push(sample);
  summary.count = sample.number;
  const { highest } = summary;
  if (sample.cpu.busyPercent > highest.busyPercent) highest.busyPercent = sample.cpu.busyPercent;
  if (sample.loopDelayMs > highest.loopDelayMs) highest.loopDelayMs = sample.loopDelayMs;
}
