/** What the rescue function got, on its way from the guardian to the tour. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Crash } from '@faultguard/core';
import type { Measurements } from './measurements.ts';

export interface Findings {
  readonly guardianPid: number;
  /** Of the monotonic clock, when the rescue function was called with the state. */
  readonly rescuedAtNs: string;
  readonly crash: Pick<Crash, 'kind' | 'exitCode' | 'signal' | 'pid'>;
  /** There is a diagnostic report of Node to look into: after an out-of-memory. */
  readonly hasReport: boolean;
  readonly state: Measurements;
}

export function writeFindings(path: string, state: Measurements, crash: Crash, rescuedAtNs: bigint): void {
  const { kind, exitCode, signal, pid, report } = crash;
  const findings: Findings = {
    guardianPid: process.pid,
    rescuedAtNs: String(rescuedAtNs),
    crash: { kind, exitCode, signal, pid },
    hasReport: report !== undefined,
    state,
  };
  writeFileSync(path, JSON.stringify(findings), { mode: 0o600 });
}

/** Undefined when there was no rescue. */
export function readFindings(path: string): Findings | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Findings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
