/**
 * Out of heap, Node can run no JavaScript any more, and ends like any `abort()`. Its diagnostic report is
 * the one thing that tells the two apart, so it is asked for, into the session's directory.
 */
import { REPORT_FILE } from '../journal/segment-files.ts';

/** Leaves everything as it is when the app has asked for reports itself. */
export function requestReport(sessionDirectory: string): void {
  const { report } = process;
  if (report.reportOnFatalError) return;
  // No look-ups while the process dies, and no secret in the file. Some of the settings are younger than the
  // oldest Node that is supported, and than its types.
  Object.assign(report, {
    directory: sessionDirectory,
    filename: REPORT_FILE,
    compact: true,
    excludeNetwork: true,
    excludeEnv: true,
    reportOnFatalError: true,
  });
}
