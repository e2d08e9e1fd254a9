/**
 * The guarded app: measures this machine until it dies.
 *
 * `node laboratory.ts <death> <report file> <findings file>`
 */
import { type Crash, type LaunchContext, type RescueContext, start } from '@faultguard/core';
import { Instrument } from '../instrument.ts';
import { readInvalidAddress } from '../read-invalid-address.ts';
import type { Death } from './acts.ts';
import { writeFindings } from './findings.ts';
import { Leak } from './leak.ts';
import { addSample, type Measurements, newMeasurements } from './measurements.ts';
import { checksumSample, ReportWriter } from './report.ts';
import { stir } from './stir.ts';

const INTERVAL_MS = 4;
const FAULT_AFTER_MS = 2500;
/** Long after the tour would have ended it: should the tour be gone, the laboratory does not go on for ever. */
const LIFETIME_MS = 30_000;

await start<Measurements>({
  launch: collect,
  rescue: handOver,
  initial: newMeasurements,
  args: process.argv.slice(2),
});

function collect(state: Measurements, { args }: LaunchContext): void {
  const [death, reportPath] = args as [Death, string];
  const report = new ReportWriter(reportPath);
  const instrument = new Instrument(INTERVAL_MS);
  const leak = new Leak();

  setInterval(() => {
    const sample = instrument.measure();
    const checksum = checksumSample(sample);
    addSample(state, sample);
    report.sample(sample.number, checksum);

    if (death === 'native-fault' && sample.atMs > FAULT_AFTER_MS) {
      report.fatal();
      readInvalidAddress();
    }
    if (death === 'heap-exhaustion') leak.grow(INTERVAL_MS + sample.loopDelayMs);
    else stir(sample.atMs);
  }, INTERVAL_MS);
  setTimeout(() => process.exit(1), LIFETIME_MS);
}

/** Runs in the guardian. */
function handOver(state: Measurements, crash: Crash, { args }: RescueContext): void {
  const rescuedAtNs = process.hrtime.bigint();
  const [, , findingsPath] = args as [Death, string, string];
  writeFindings(findingsPath, state, crash, rescuedAtNs);
}
