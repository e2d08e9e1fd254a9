/** What became of the app, from what the kernel says of its end and what it has said itself. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutation } from '../dossier/mutations.ts';
import type { ResourceSample } from '../dossier/resource-sample.ts';
import type { ReportLocation } from '../platform/fatal-error-report.ts';
import { listDirectory } from '../platform/list-directory.ts';
import type { Exit } from '../platform/process-end.ts';

/** What is known of an end, and written down with it. */
export interface CrashFacts {
  /**
   * `exit`: it ended itself with a code other than 0. `signal`: a signal ended it. `exception`: an uncaught
   * exception or unhandled rejection did. `out-of-memory`: its heap was full. `hang`: its event loop stood still, and
   * the watchdog ended it. `vanished`: its parent alone was told how it ended, and that was not the guardian: an attached app
   * that was killed (`signal` says by what, where the kernel tells), or app and guardian at once.
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
  /** From the one to the other. */
  readonly uptimeMs?: number;
  /** What the process had used shortly before its end. Absent where there is no /proc. */
  readonly resources?: ResourceSample;
  /**
   * Node's diagnostic report, when it ran out of memory or met another fatal error; without the environment, which may
   * hold secrets.
   */
  readonly report?: Record<string, unknown>;
}

export interface Hang {
  /** For how long the event loop had stood still when it was noticed. */
  readonly forMs: number;
  /** Where JavaScript stood at that time, as in the stack of an error, if it could be told. */
  readonly stack?: string;
}

/**
 * The last three are not enumerable: a crash that is printed, or made JSON of, holds nothing of the state and nothing that
 * the app has printed.
 */
export interface Crash extends CrashFacts {
  /**
   * The last mutations before the end, oldest first (option `dossier.mutations`). Read when it is first looked at, which
   * takes time in proportion to the state; the paths are of that moment. Empty for a crash from an autosave.
   */
  readonly mutations: readonly Mutation[];
  /**
   * The last lines that the app has written to `process.stderr`, without colours (option `dossier.stderrLines`). Absent when
   * there are none.
   */
  readonly stderr?: readonly string[];
  /**
   * Writes all that is known of the crash to a new file of JSON, for this user alone (0600): docs/reference/dossier.md. It is
   * on disk when this returns.
   *
   * @throws FaultguardError `ERR_FAULTGUARD_DOSSIER_EXISTS` when there is something under that name, which stays as it is;
   *   InvalidOptionError for what is no path; and what the file system says. Nothing is left behind then.
   */
  saveDossier(path: string): void;
}

/** What is known when a process has ended. */
export interface EndOfProcess extends Exit {
  readonly hang?: Hang | undefined;
  readonly lastHeartbeatAt?: Date;
  /** The guardian is its parent, so it is told of its end whichever the system. */
  readonly isChild: boolean;
  readonly pid: number;
  readonly startedAt: Date;
  readonly crashedAt: Date;
  readonly exception: Crash['error'] | undefined;
  readonly reportLocation: ReportLocation;
}

/** Undefined for a clean exit. */
export function describeCrash(end: EndOfProcess): CrashFacts | undefined {
  const { exitCode, signal, pid, startedAt, crashedAt, exception, hang, lastHeartbeatAt } = end;
  if (signal === null && exitCode === 0 && hang === undefined) return undefined;
  // The clock may have been set back.
  const uptimeMs = Math.max(0, crashedAt.getTime() - startedAt.getTime());
  const report = readReport(end);
  const facts = {
    exitCode,
    signal,
    pid,
    startedAt,
    crashedAt,
    uptimeMs,
    ...(lastHeartbeatAt !== undefined && { lastHeartbeatAt }),
    ...(report !== undefined && { report }),
  };
  if (hang !== undefined) return { kind: 'hang', ...facts, hang };
  if (report !== undefined && isAbort(end) && triggerOf(report) === OUT_OF_MEMORY) {
    return { kind: 'out-of-memory', ...facts };
  }
  // The same on every system, although some kernels tell more than others.
  if (signal !== null) return { kind: end.isChild ? 'signal' : 'vanished', ...facts };
  if (exception !== undefined) return { kind: 'exception', ...facts, error: exception };
  if (exitCode === null) return { kind: 'vanished', ...facts };
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

/** What Node calls the reason of a report (doc/api/report.md): of these, the process ends. */
const OUT_OF_MEMORY = 'OOMError';
const FATAL_TRIGGERS: ReadonlySet<unknown> = new Set([OUT_OF_MEMORY, 'FatalError', 'Exception']);

/** Of a fatal error, if there is one; the one of a full heap before any other. */
function readReport(end: EndOfProcess): Record<string, unknown> | undefined {
  const reports = findReports(end)
    .map((path) => parseReport(path, end.startedAt))
    .filter((report) => report !== undefined && FATAL_TRIGGERS.has(triggerOf(report)));
  return reports.find((report) => report !== undefined && triggerOf(report) === OUT_OF_MEMORY) ?? reports[0];
}

function parseReport(path: string, startedAt: Date): Record<string, unknown> | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > REPORT_BYTES_MAX || stat.mtimeMs < startedAt.getTime())
      return undefined;
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const { environmentVariables: _, ...report } = parsed as Record<string, unknown>;
    return report;
  } catch {
    // Not there, or half of one.
    return undefined;
  }
}

function triggerOf({ header }: Record<string, unknown>): unknown {
  return (header as { readonly trigger?: unknown } | null | undefined)?.trigger;
}

function findReports({ reportLocation, pid }: EndOfProcess): string[] {
  const { directory, filename } = reportLocation;
  if (filename !== undefined) return [join(directory, filename)];
  // report.<date>.<time>.<pid>.<thread>.<sequence>.json, see Node's documentation of --report-filename.
  const pattern = new RegExp(`^report\\.\\d+\\.\\d+\\.${pid}\\.`);
  return listDirectory(directory)
    .filter((entry) => pattern.test(entry))
    .map((entry) => join(directory, entry));
}
