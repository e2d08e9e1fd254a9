/** The oracle of the tour must be able to say no. */
import { expect, test } from 'vitest';
import type { Sample } from '../../src/instrument.ts';
import { type Act, acts } from '../../src/tour/acts.ts';
import type { Findings } from '../../src/tour/findings.ts';
import { addSample, type Measurements, newMeasurements } from '../../src/tour/measurements.ts';
import { checksumSample, type Report } from '../../src/tour/report.ts';
import { judge } from '../../src/tour/verdict.ts';

const act = acts[0] as Act;

function makeSample(number: number): Sample {
  return {
    number,
    atMs: number * 4,
    cpu: { busyPercent: 12.5, load: { oneMinute: 0.5, fiveMinutes: 0.25 }, ownPercent: number / 3 },
    memory: { heapUsedBytes: 5_000_000 + number, residentBytes: 60_000_000, freeBytes: 1_000_000_000 },
    loopDelayMs: number / 7,
  };
}

function makeSamples(count: number): Sample[] {
  return Array.from({ length: count }, (_, index) => makeSample(index + 1));
}

function reportOf(count: number): Report {
  const samples = makeSamples(count).map((sample) => ({
    number: sample.number,
    checksum: checksumSample(sample),
  }));
  return { pid: 4711, samples };
}

function findingsOf(samples: readonly Sample[], crash: Partial<Findings['crash']> = {}): Findings {
  const state: Measurements = newMeasurements();
  for (const sample of samples) addSample(state, sample);
  return {
    guardianPid: 4710,
    rescuedAtNs: '1',
    crash: { kind: 'signal', exitCode: null, signal: 'SIGSEGV', pid: 4711, ...crash },
    hasReport: false,
    state,
  };
}

test('finds nothing wrong when every reported sample is rescued', () => {
  expect(judge(act, reportOf(10), findingsOf(makeSamples(10)))).toEqual({
    reported: 10,
    rescued: 10,
    lost: 0,
    flaws: [],
  });
});

test('accepts one sample more than was reported: the app died before it could report it', () => {
  expect(judge(act, reportOf(10), findingsOf(makeSamples(11)))).toMatchObject({ rescued: 11, flaws: [] });
});

const damaged = makeSamples(10).with(6, { ...makeSample(7), loopDelayMs: 99 });
const half = findingsOf(makeSamples(11));
half.state.samples[10] = { number: 11, atMs: 44 } as Sample;
const gap = makeSamples(10).toSpliced(4, 1);

test.each<[what: string, report: Report, findings: Findings | undefined, lost: number]>([
  ['a sample that was reported is missing', reportOf(10), findingsOf(makeSamples(9)), 1],
  ['there was no rescue', reportOf(10), undefined, 10],
  ['a value is not the one that was measured', reportOf(10), findingsOf(damaged), 4],
  ['a sample in the middle is missing', reportOf(10), findingsOf(gap), 6],
  ['the last sample is only half there', reportOf(10), half, 0],
  ['samples turn up that nobody reported', reportOf(10), findingsOf(makeSamples(12)), 0],
  ['nothing was reported', reportOf(0), findingsOf([]), 0],
  ['another signal was the end', reportOf(10), findingsOf(makeSamples(10), { signal: 'SIGKILL' }), 0],
  ['it was a crash of another kind', reportOf(10), findingsOf(makeSamples(10), { kind: 'exit' }), 0],
  ['another process died', reportOf(10), findingsOf(makeSamples(10), { pid: 4712 }), 0],
])('says no when %s', (_, report, findings, lost) => {
  const verdict = judge(act, report, findings);
  expect(verdict.flaws).not.toEqual([]);
  expect(verdict.lost).toBe(lost);
});
