/** Compares what the app had reported with what was rescued. Knows nothing of how either came about. */
import type { Act } from './acts.ts';
import type { Findings } from './findings.ts';
import type { Sample } from '../instrument.ts';
import { checksumSample, type Report } from './report.ts';

export interface Verdict {
  /** The last sample that the app reported before its death; 0 for none. */
  readonly reported: number;
  /** Samples from the first on that are there, whole, in sequence, and equal to what was measured. */
  readonly rescued: number;
  readonly lost: number;
  /** Everything that is not as promised, in words. Empty when all is well. */
  readonly flaws: readonly string[];
}

export function judge(act: Act, report: Report, findings: Findings | undefined): Verdict {
  const reported = report.samples.at(-1)?.number ?? 0;
  const rescued = findings === undefined ? 0 : countIntactSamples(report, findings);
  const lost = Math.max(0, reported - rescued);
  const flaws: string[] = [];
  if (reported === 0) flaws.push('the app reported no sample at all');
  if (lost > 0) flaws.push(`${lost} samples are lost`);
  if (findings === undefined) flaws.push('there was no rescue');
  else flaws.push(...findFlaws(act, report, findings, { reported, rescued }));
  return { reported, rescued, lost, flaws };
}

function countIntactSamples(report: Report, { state }: Findings): number {
  const checksums = new Map(report.samples.map(({ number, checksum }) => [number, checksum]));
  const { samples } = state;
  const shape = shapeOf(samples[0]);
  const firstDamaged = samples.findIndex((sample, index) => {
    if (shapeOf(sample) !== shape || sample.number !== index + 1) return true;
    // The last one may not have been reported any more.
    const checksum = checksums.get(sample.number);
    return checksum !== undefined && checksum !== checksumSample(sample);
  });
  return firstDamaged === -1 ? samples.length : firstDamaged;
}

/** Names and nesting, without the numbers: a sample that is only half there has another one. */
function shapeOf(sample: Sample | null | undefined): string {
  return JSON.stringify(sample ?? null, (_, value: unknown) => (typeof value === 'number' ? 0 : value));
}

function findFlaws(
  { expected }: Act,
  report: Report,
  { state, crash }: Findings,
  { reported, rescued }: { reported: number; rescued: number },
): string[] {
  const flaws: string[] = [];
  const signal = crash.signal ?? 'none';
  if (crash.kind !== expected.kind) flaws.push(`the crash was of kind "${crash.kind}"`);
  if (!expected.signals.some((name) => name === signal)) flaws.push(`the signal was ${signal}`);
  if (crash.pid !== report.pid) flaws.push(`process ${crash.pid} died, not the app`);
  if (rescued < state.samples.length) flaws.push(`sample ${rescued + 1} is not as it was measured`);
  // One sample may have been appended whose report was not written any more.
  if (rescued > reported + 1) flaws.push(`${rescued - reported} samples were never reported`);
  // The count is a mutation of its own, after that of the list.
  const { count } = state.summary;
  if (count !== rescued && count !== rescued - 1) flaws.push(`the summary counts ${count} samples`);
  return flaws;
}
