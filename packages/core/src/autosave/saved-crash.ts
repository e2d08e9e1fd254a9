/** A crash as JSON, and back. */
import type { ResourceSample } from '../dossier/resource-sample.ts';
import type { CrashFacts } from '../rescue/crash.ts';
import type { SavedCrash } from './checkpoint-format.ts';

const KINDS: readonly string[] = [
  'exit',
  'signal',
  'exception',
  'out-of-memory',
  'hang',
  'vanished',
] satisfies CrashFacts['kind'][];

/** The facts alone: neither mutations nor what the app has printed. */
export function encodeCrash(crash: CrashFacts): SavedCrash {
  const { kind, exitCode, signal, error, pid, startedAt, crashedAt, uptimeMs, resources, report } = crash;
  const { hang, lastHeartbeatAt } = crash;
  return {
    kind,
    exitCode,
    signal,
    ...(error !== undefined && { error }),
    pid,
    startedAt: startedAt.toISOString(),
    crashedAt: crashedAt.toISOString(),
    ...(uptimeMs !== undefined && { uptimeMs }),
    ...(resources !== undefined && {
      resources: { ...resources, sampledAt: resources.sampledAt.toISOString() },
    }),
    ...(hang !== undefined && { hang }),
    ...(lastHeartbeatAt !== undefined && { lastHeartbeatAt: lastHeartbeatAt.toISOString() }),
    ...(report !== undefined && { report }),
  };
}

/** Undefined for what is no crash. */
export function decodeCrash(saved: SavedCrash): CrashFacts | undefined {
  const { kind, exitCode, signal, error, pid, startedAt, crashedAt, uptimeMs, report } = saved;
  const { hang, lastHeartbeatAt } = saved;
  const resources = decodeResources(saved['resources']);
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
    kind: kind as CrashFacts['kind'],
    exitCode: exitCode as number | null,
    signal: signal as NodeJS.Signals | null,
    ...(isError(error) && { error }),
    pid: pid as number,
    startedAt: new Date(startedTime),
    crashedAt: new Date(crashedTime),
    ...(isHang(hang) && { hang }),
    ...(!Number.isNaN(heartbeatTime) && { lastHeartbeatAt: new Date(heartbeatTime) }),
    ...(isAmount(uptimeMs) && { uptimeMs }),
    ...(resources !== undefined && { resources }),
    ...(isObject(report) && { report }),
  };
}

function decodeResources(value: unknown): ResourceSample | undefined {
  if (!isObject(value)) return undefined;
  const { sampledAt, cpuUserMs, cpuSystemMs, rssBytes, rssPeakBytes } = value;
  const sampledTime = Date.parse(String(sampledAt));
  const isRight =
    !Number.isNaN(sampledTime) && [cpuUserMs, cpuSystemMs, rssBytes, rssPeakBytes].every(isAmount);
  if (!isRight) return undefined;
  return {
    sampledAt: new Date(sampledTime),
    cpuUserMs: cpuUserMs as number,
    cpuSystemMs: cpuSystemMs as number,
    rssBytes: rssBytes as number,
    rssPeakBytes: rssPeakBytes as number,
  };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isError(value: unknown): value is NonNullable<CrashFacts['error']> {
  return isObject(value) && ['name', 'message', 'stack'].every((key) => typeof value[key] === 'string');
}

function isHang(value: unknown): value is NonNullable<CrashFacts['hang']> {
  if (!isObject(value)) return false;
  const { forMs, stack } = value;
  return Number.isFinite(forMs) && (stack === undefined || typeof stack === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
