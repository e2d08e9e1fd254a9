/**
 * One act: starts the laboratory under guard, waits for its end, and collects what both sides have left.
 *
 * Invariants:
 * 1. When the promise settles, the guardian has ended, and it ends after its app.
 * 2. The directory of the run is removed: what counts has been read.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Act } from './acts.ts';
import { type Findings, readFindings } from './findings.ts';
import { type Report, readReport } from './report.ts';

export interface Run {
  readonly report: Report;
  /** Undefined when there was no rescue. */
  readonly findings: Findings | undefined;
  /** From the fatal call, the kill or V8's last words to the call of the rescue function. */
  readonly rescueMs: number | undefined;
  /** How the guardian ended: like its app, by design. */
  readonly guardianSignal: NodeJS.Signals | null;
  /** What app and guardian printed as they went down. */
  readonly stderr: readonly string[];
}

export interface Progress {
  readonly collected: number;
  readonly elapsedMs: number;
}

const LABORATORY: string = fileURLToPath(new URL('laboratory.ts', import.meta.url));
/** Nearly ten times what a run takes. */
const RUN_MS_MAX = 20_000;
const LOOK_EVERY_MS = 80;
/** The moment of the kill, after the first sample has been seen. */
const KILL_AFTER_MS: readonly [lowest: number, highest: number] = [1800, 3200];
/** How V8 begins the line in which it gives up. */
export const LAST_WORDS = 'FATAL ERROR';

export async function runToDeath(
  act: Act,
  interrupted: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'faultguard-demo-'));
  try {
    return await observe(act, directory, interrupted, onProgress);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function observe(
  act: Act,
  directory: string,
  interrupted: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Run> {
  const reportPath = join(directory, 'report.txt');
  const findingsPath = join(directory, 'findings.json');
  const command = [...act.nodeOptions, LABORATORY, act.death, reportPath, findingsPath];
  const guardian = spawn(process.execPath, command, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: RUN_MS_MAX,
    killSignal: 'SIGTERM',
  });
  // The guardian passes it on to the app, and ends after it.
  const interrupt = (): void => void guardian.kill('SIGTERM');
  interrupted.addEventListener('abort', interrupt, { once: true });

  let fatalAtNs: bigint | undefined;
  const stderr: string[] = [];
  createInterface({ input: guardian.stderr }).on('line', (line) => {
    stderr.push(line);
    if (line.startsWith(LAST_WORDS)) fatalAtNs = process.hrtime.bigint();
  });

  let firstLookMs: number | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const lookTimer = setInterval(() => {
    const { pid, samples } = readReport(reportPath);
    if (pid === undefined || samples.length === 0) return;
    const nowMs = performance.now();
    firstLookMs ??= nowMs;
    onProgress({ collected: samples.length, elapsedMs: nowMs - firstLookMs });
    if (act.death !== 'kill' || killTimer !== undefined) return;
    killTimer = setTimeout(
      () => {
        fatalAtNs = process.hrtime.bigint();
        process.kill(pid, 'SIGKILL');
      },
      randomInt(...KILL_AFTER_MS),
    );
  }, LOOK_EVERY_MS);

  try {
    const [, guardianSignal] = (await once(guardian, 'close')) as [number | null, NodeJS.Signals | null];
    const report = readReport(reportPath);
    const findings = readFindings(findingsPath);
    const rescueMs = millisecondsBetween(fatalAtNs ?? report.fatalAtNs, findings?.rescuedAtNs);
    return { report, findings, rescueMs, guardianSignal, stderr };
  } finally {
    clearInterval(lookTimer);
    clearTimeout(killTimer);
    interrupted.removeEventListener('abort', interrupt);
  }
}

/** Both of the monotonic clock, which all processes of a machine share. */
function millisecondsBetween(startNs: bigint | undefined, endNs: string | undefined): number | undefined {
  if (startNs === undefined || endNs === undefined) return undefined;
  return Number(BigInt(endNs) - startNs) / 1_000_000;
}
