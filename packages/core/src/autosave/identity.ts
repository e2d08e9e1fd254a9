/**
 * Who a session belongs to: written down at its start, read by whoever finds its files. Everything read is checked: a
 * file that says something else than was written here says nothing.
 */
import { readJson } from '../platform/json-file.ts';
import { bootId, pidNamespace, startTimeOf } from '../platform/process-identity.ts';

/** A process that no other can be taken for. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start; '0' where nobody says. */
  readonly startTime: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface SessionIdentity {
  readonly session: number;
  readonly nonce: readonly [low: number, high: number];
  /** Option `autosave.version`. */
  readonly stateVersion: number;
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Do its processes hold locks on its files? */
  readonly isLocking: boolean;
  readonly guardian: ProcessIdentity;
}

export function identityOfProcess(pid: number, startedAt: Date): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid), startedAt: startedAt.toISOString() };
}

/** Of this process, whichever it is. */
export function identityOfThis(): ProcessIdentity {
  return identityOfProcess(process.pid, new Date(performance.timeOrigin));
}

export function identityOfMachine(): Pick<SessionIdentity, 'bootId' | 'pidNamespace'> {
  return { bootId: bootId(), pidNamespace: pidNamespace() };
}

export function readIdentity(path: string): SessionIdentity | undefined {
  const value = readJson(path);
  const guardian = asProcess(value?.['guardian']);
  const nonce = value?.['nonce'];
  if (value === undefined || guardian === undefined || !Array.isArray(nonce)) return undefined;
  const { session, stateVersion, bootId, pidNamespace, isLocking } = value;
  const isRight =
    nonce.length === 2 &&
    nonce.every((word) => Number.isInteger(word)) &&
    Number.isSafeInteger(session) &&
    Number.isSafeInteger(stateVersion) &&
    typeof bootId === 'string' &&
    typeof pidNamespace === 'string' &&
    typeof isLocking === 'boolean';
  return isRight ? ({ ...value, guardian } as unknown as SessionIdentity) : undefined;
}

export function readProcess(path: string): ProcessIdentity | undefined {
  return asProcess(readJson(path));
}

function asProcess(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTime, startedAt } = value as Record<string, unknown>;
  const isRight =
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    typeof startTime === 'string' &&
    typeof startedAt === 'string' &&
    !Number.isNaN(Date.parse(startedAt));
  return isRight ? (value as ProcessIdentity) : undefined;
}
