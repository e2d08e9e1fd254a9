/**
 * Out of heap, Node can run no JavaScript any more, and ends like any `abort()`. Its diagnostic report is the
 * one thing that tells the two apart, so the app asks for it, into the session's directory, and the guardian
 * looks for it there.
 *
 * Reports that the user has set up are the user's: then everything stays as it is. The script is the same in
 * both processes, so both see the same settings.
 */
const REPORT_FILE = 'fatal-error.json';

/** Where Node puts its report on a fatal error. No file name: Node makes one up, with the pid in it. */
export interface ReportLocation {
  readonly directory: string;
  readonly filename?: string;
}

function isSetUpByUser(): boolean {
  const { reportOnFatalError, reportOnUncaughtException, reportOnSignal, directory, filename } =
    process.report;
  return (
    reportOnFatalError || reportOnUncaughtException || reportOnSignal || directory !== '' || filename !== ''
  );
}

/** This process has asked for reports before: what goes where. */
let asked: { directory: string } | undefined;

/** In the app. */
export function requestReport(sessionDirectory: string): void {
  if (asked !== undefined) {
    // A second guard, after the first has been closed.
    asked.directory = sessionDirectory;
    process.report.directory = sessionDirectory;
    return;
  }
  if (isSetUpByUser()) return;
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  const { compact, excludeNetwork } = report;
  const theirs = { directory: '', filename: '', compact, excludeNetwork };
  // No look-ups of host names while the process dies.
  const ours = { directory: sessionDirectory, filename: REPORT_FILE, compact: true, excludeNetwork: true };
  asked = ours;
  const writeReport = report.writeReport.bind(report) as (...args: unknown[]) => string;
  // A report that the app writes itself goes where it would go without the guard.
  report.writeReport = (...args: unknown[]): string => {
    Object.assign(report, theirs);
    try {
      return writeReport(...args);
    } finally {
      Object.assign(report, ours);
    }
  };
  Object.assign(report, ours, { reportOnFatalError: true });
}

/** In the guardian. */
export function locateReport(sessionDirectory: string): ReportLocation {
  if (!isSetUpByUser()) return { directory: sessionDirectory, filename: REPORT_FILE };
  const { directory, filename } = process.report;
  return { directory: directory || process.cwd(), ...(filename && { filename }) };
}
