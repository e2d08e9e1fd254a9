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
    ...(report !== undefined && { report }),
  };
}

/** Undefined for what is no crash. */
export function decodeCrash(saved: SavedCrash): CrashFacts | undefined {
  const { kind, exitCode, signal, error, pid, startedAt, crashedAt, uptimeMs, report } = saved;
  const resources = decodeResources(saved['resources']);
  const startedTime = Date.parse(String(startedAt));
  const crashedTime = Date.parse(String(crashedAt));
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
