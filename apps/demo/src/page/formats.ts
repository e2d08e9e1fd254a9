/** How numbers are written on the page. Without a locale: server and browser have to agree. */
import type { Life, NewGuardian, Sample } from '../notebook/entries.ts';

/** As wide as a digit. */
const FIGURE_SPACE = '\u2007';

export function formatMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** As long as ever: so that a number that grows does not push others aside. */
export function padNumber(text: string, length: number): string {
  return text.padStart(length, FIGURE_SPACE);
}

export function formatMib(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

export function formatSample({ sequence, busyPercent }: Sample): string {
  return `#${sequence}, ${busyPercent.toFixed(1)} %`;
}

/** Who has died, and of what. */
export function describeDeath(successor: Life | NewGuardian): string {
  if (successor.kind === 'guardian') return `the guardian, process ${successor.lostPid}`;
  const { crash } = successor;
  if (crash === undefined) return 'the app';
  const { kind, signal, exitCode, error, hangMs, pid, wasSeen } = crash;
  const who = `the app, process ${pid}`;
  if (kind === 'exception') return `${who}: ${error ?? 'exception'}`;
  if (kind === 'hang') return `${who}: it hung for ${formatMs(hangMs ?? 0)}`;
  if (kind === 'out-of-memory') return `${who}: heap out of memory`;
  if (signal !== null) return `${who}: ${signal}`;
  if (!wasSeen) return 'app and guardian: nobody saw how';
  if (kind === 'vanished') return `${who}: nobody saw how`;
  return `${who}: exit code ${exitCode}`;
}
