/** What became of the app, from what the kernel says of its end and what it has said itself. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportLocation } from '../platform/fatal-error-report.ts';

export interface Crash {
  /**
   * `exit`: it ended itself with a code other than 0. `signal`: a signal ended it. `exception`: an uncaught
   * exception or unhandled rejection did. `out-of-memory`: its heap was full. `hang`: its event loop stood still, and
   * the watchdog ended it. `vanished`: nobody saw how it ended; app and guardian at once, or an attached app that was
   * killed.
   */
  readonly kind: 'exit' | 'signal' | 'exception' | 'out-of-memory' | 'hang' | 'vanished';
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Null when it ended with an exit code. */
  readonly signal: NodeJS.Signals | null;
  /** The exception that nothing caught. Something thrown that is no Error has its type as its name. */
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string };
  readonly pid: number;
  readonly startedAt: Date;
  /** When the guardian learned of it. */
  readonly crashedAt: Date;
  /** Of a hang. */
  readonly hang?: Hang;
  /** With a watchdog: when the event loop was last seen to turn. */
  readonly lastHeartbeatAt?: Date;
  /** Node's diagnostic report, when it ran out of memory; without the environment, which may hold secrets. */
  readonly report?: Record<string, unknown>;
}

export interface Hang {
  /** For how long the event loop had stood still when it was noticed. */
  readonly forMs: number;
  /** Where JavaScript stood at that time, as in the stack of an error, if it could be told. */
  readonly stack?: string;
}

export interface EndOfProcess {
  readonly hang: Hang | undefined;
  readonly lastHeartbeatAt?: Date;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly pid: number;
  readonly startedAt: Date;
  readonly crashedAt: Date;
  readonly exception: Crash['error'] | undefined;
  readonly reportLocation: ReportLocation;
}

/** Undefined for a clean exit. */
export function describeCrash(end: EndOfProcess): Crash | undefined {
  const { exitCode, signal, pid, startedAt, crashedAt, exception, hang, lastHeartbeatAt } = end;
  if (signal === null && exitCode === 0 && hang === undefined) return undefined;
  const facts = {
    exitCode,
    signal,
    pid,
    startedAt,
    crashedAt,
    ...(lastHeartbeatAt !== undefined && { lastHeartbeatAt }),
  };
  if (hang !== undefined) return { kind: 'hang', ...facts, hang };
  const report = isAbort(end) ? readOutOfMemoryReport(end) : undefined;
  if (report !== undefined) return { kind: 'out-of-memory', ...facts, report };
  if (signal !== null) return { kind: 'signal', ...facts };
  if (exitCode === null) return { kind: 'vanished', ...facts };
  if (exception !== undefined) return { kind: 'exception', ...facts, error: exception };
  return { kind: 'exit', ...facts };
}

/** How V8 ends a process whose heap is full: by abort(), which is SIGABRT, or SIGTRAP in some builds. */
function isAbort({ exitCode, signal }: EndOfProcess): boolean {
  // Nobody has seen it, so it may have been.
  if (signal === null && exitCode === null) return true;
  return signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL' || exitCode === 134;
}

/** A report is some 10 kB; whatever is larger than this has not been written by Node. */
const REPORT_BYTES_MAX = 16 * 1024 * 1024;

function readOutOfMemoryReport(end: EndOfProcess): Record<string, unknown> | undefined {
  for (const path of findReports(end)) {
    try {
      const stat = statSync(path);
      if (!stat.isFile() || stat.size > REPORT_BYTES_MAX || stat.mtimeMs < end.startedAt.getTime()) continue;
      const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
      const { environmentVariables: _, ...report } = parsed as Record<string, unknown>;
      if ((report['header'] as { trigger?: unknown }).trigger === 'OOMError') return report;
    } catch {
      // Not there, or half of one.
    }
  }
  return undefined;
}

function findReports({ reportLocation, pid }: EndOfProcess): string[] {
  const { directory, filename } = reportLocation;
  if (filename !== undefined) return [join(directory, filename)];
  // report.<date>.<time>.<pid>.<thread>.<sequence>.json, see Node's documentation of --report-filename.
  const pattern = new RegExp(`^report\\.\\d+\\.\\d+\\.${pid}\\.`);
  try {
    return readdirSync(directory)
      .filter((entry) => pattern.test(entry))
      .map((entry) => join(directory, entry));
  } catch {
    return [];
  }
}
