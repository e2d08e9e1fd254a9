/** What the kernel says of a process (proc(5)). */
import { readFileSync } from 'node:fs';
import { startTimeOf } from '@faultguard/core/internal';

export interface ProcessFacts {
  readonly pid: number;
  /** Null where nobody says. */
  readonly uptimeMs: number | null;
  readonly memoryBytes: number | null;
  readonly command: string | null;
}

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export function readProcessFacts(pid: number): ProcessFacts {
  const uptimeSeconds = Number(textOf('/proc/uptime').split(' ')[0]);
  const startTicks = Number(startTimeOf(pid));
  const isKnown = uptimeSeconds > 0 && startTicks > 0;
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
  const command = textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return {
    pid,
    uptimeMs: isKnown
      ? Math.max(0, Math.round((uptimeSeconds - startTicks / TICKS_PER_SECOND) * 1000))
      : null,
    memoryBytes: kilobytes === undefined ? null : Number(kilobytes) * 1024,
    command: command === '' ? null : command,
  };
}

/** No process with that pid is the answer wherever nobody tells. */
export function isAlive(pid: number): boolean {
  return startTimeOf(pid) !== '0';
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
