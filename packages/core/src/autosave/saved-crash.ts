/** A crash as JSON, and back. */
import type { Crash } from '../rescue/crash.ts';
import type { SavedCrash } from './checkpoint-format.ts';

const KINDS: readonly string[] = [
  'exit',
  'signal',
  'exception',
  'out-of-memory',
  'hang',
  'vanished',
] satisfies Crash['kind'][];

export function encodeCrash({ startedAt, crashedAt, lastHeartbeatAt, ...crash }: Crash): SavedCrash {
  return {
    ...crash,
    startedAt: startedAt.toISOString(),
    crashedAt: crashedAt.toISOString(),
    ...(lastHeartbeatAt !== undefined && { lastHeartbeatAt: lastHeartbeatAt.toISOString() }),
  };
}

/** Undefined for what is no crash. */
export function decodeCrash(saved: SavedCrash): Crash | undefined {
  const { kind, exitCode, signal, error, pid, startedAt, crashedAt, report, hang, lastHeartbeatAt } = saved;
  const startedTime = Date.parse(String(startedAt));
  const crashedTime = Date.parse(String(crashedAt));
  const heartbeatTime = Date.parse(String(lastHeartbeatAt));
  const isRight =
    KINDS.includes(kind as string) &&
    (exitCode === null || Number.isSafeInteger(exitCode)) &&
    (signal === null || typeof signal === 'string') &&
    Number.isSafeInteger(pid) &&
    !Number.isNaN(startedTime) &&
    !Number.isNaN(crashedTime);
  if (!isRight) return undefined;
  return {
    kind: kind as Crash['kind'],
    exitCode: exitCode as number | null,
    signal: signal as NodeJS.Signals | null,
    ...(isError(error) && { error }),
    pid: pid as number,
    startedAt: new Date(startedTime),
    crashedAt: new Date(crashedTime),
    ...(isHang(hang) && { hang }),
    ...(!Number.isNaN(heartbeatTime) && { lastHeartbeatAt: new Date(heartbeatTime) }),
    ...(isObject(report) && { report }),
  };
}

function isError(value: unknown): value is NonNullable<Crash['error']> {
  return isObject(value) && ['name', 'message', 'stack'].every((key) => typeof value[key] === 'string');
}

function isHang(value: unknown): value is NonNullable<Crash['hang']> {
  if (!isObject(value)) return false;
  const { forMs, stack } = value;
  return Number.isFinite(forMs) && (stack === undefined || typeof stack === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
