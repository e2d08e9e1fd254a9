/** How the guard is, for machines: JSON and Prometheus text. */
import type { Crash, Stats } from '@faultguard/core';
import type { RequestHandler, Response } from 'express';
import type { Registry } from 'prom-client';
import { checkKnown, checkNames, checkObject, checkString } from '../check-options.ts';
import { DEFAULT_PLACE, findRequests, recordOf } from '../requests/requests-state.ts';
import { DEFAULT_SESSIONS_PLACE } from '../sessions/session-text.ts';
import { readPath } from './read-path.ts';

/** The guard of `attach`, or the context that `launch` of `start` is given. */
export interface StatusSource {
  readonly stats: () => Stats;
  readonly recovered?: { readonly crash?: Crash };
  /** Which launch this is, under `start`. */
  readonly attempt?: number;
  /** Of `attach`. */
  readonly state?: object;
}

export interface GuardStatusOptions {
  /** The guarded state, to count requests and sessions in. Default: `guard.state`, which the guard of `attach` has. */
  readonly state?: object;
  /**
   * What of the state is shown to whoever may see the status, such as `['orders.length', 'version']`. Steps are names
   * of properties, keys of Maps, or `length` and `size`. Default none.
   */
  readonly paths?: readonly string[];
  /** Metrics are added to this registry of prom-client, which you show yourself as well. Default: one of its own. */
  readonly registry?: Registry;
  /** Options `place` of `guardRequests` and of `GuardedSessionStore`. Default `'requests'`, `'sessions'`. */
  readonly requestsPlace?: string;
  readonly sessionsPlace?: string;
}

const OPTION_NAMES = ['state', 'paths', 'registry', 'requestsPlace', 'sessionsPlace'];

/** What `GET /` answers. Times are in ISO 8601. */
export interface GuardStatus {
  readonly pid: number;
  readonly uptimeS: number;
  /** 1 for a first launch. Absent for an attached process. */
  readonly attempt?: number;
  readonly stats: Stats;
  /** How the life before this one ended. Null when it did not crash, or there was none. Nothing of what was thrown. */
  readonly lastCrash: {
    readonly kind: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly startedAt: string;
    readonly crashedAt: string;
  } | null;
  readonly requests: {
    readonly inFlight: number;
    /** Of these, whose client has gone. */
    readonly aborted: number;
    /** Age of the oldest in flight, in milliseconds; 0 without one. */
    readonly oldestMs: number;
    /** With an idempotency key, and without an end: they can be repeated. */
    readonly interrupted: number;
    readonly keptResponses: number;
    readonly keptBytes: number;
  };
  readonly sessions: number;
  /** By the paths of option `paths`; null where there is nothing. Absent without the option. */
  readonly state?: Record<string, unknown>;
}

/**
 * A handler to mount behind your own authentication: `app.use('/status', onlyAdmins, guardStatus(guard))`. `GET` of
 * its root answers JSON, and `GET /metrics` what Prometheus reads. It tells numbers, and nothing of what is in the
 * state but what `paths` names.
 *
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`).
 */
export function guardStatus(guard: StatusSource, options: GuardStatusOptions = {}): RequestHandler {
  checkObject('options', options);
  checkKnown('options', options, OPTION_NAMES);
  const {
    state = guard.state,
    paths = [],
    requestsPlace = DEFAULT_PLACE,
    sessionsPlace = DEFAULT_SESSIONS_PLACE,
  } = options;
  if (state !== undefined) checkObject('state', state);
  checkNames('paths', paths);
  checkString('requestsPlace', requestsPlace);
  checkString('sessionsPlace', sessionsPlace);
  const read = (): GuardStatus => readStatus(guard, state ?? {}, paths, requestsPlace, sessionsPlace);
  let metrics: Promise<Registry> | undefined;

  return (request, response, next) => {
    const isMetrics = /^\/metrics\/?$/i.test(request.path);
    if (!isMetrics && request.path !== '/') {
      next();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      response.sendStatus(405);
      return;
    }
    response.setHeader('Cache-Control', 'no-store');
    if (!isMetrics) {
      response.json(read());
      return;
    }
    // Loaded when it is first asked for: the start of an app after a crash is not to wait for it.
    metrics ??= import('./metrics.ts').then(({ addMetrics }) => addMetrics(options.registry, read));
    void answerMetrics(metrics, response, next);
  };
}

/** As JSON shows it; null where it cannot. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return null;
  }
}

async function answerMetrics(
  metrics: Promise<Registry>,
  response: Response,
  next: (error: unknown) => void,
): Promise<void> {
  try {
    const registry = await metrics;
    const text = await registry.metrics();
    response.setHeader('Content-Type', registry.contentType);
    response.end(text);
  } catch (error) {
    next(error);
  }
}

function readStatus(
  guard: StatusSource,
  state: object,
  paths: readonly string[],
  requestsPlace: string,
  sessionsPlace: string,
): GuardStatus {
  const crash = guard.recovered?.crash;
  const sessions: unknown = Reflect.get(state, sessionsPlace);
  return {
    pid: process.pid,
    uptimeS: process.uptime(),
    ...(guard.attempt !== undefined && { attempt: guard.attempt }),
    stats: guard.stats(),
    lastCrash:
      crash === undefined
        ? null
        : {
            kind: crash.kind,
            exitCode: crash.exitCode,
            signal: crash.signal,
            startedAt: crash.startedAt.toISOString(),
            crashedAt: crash.crashedAt.toISOString(),
          },
    requests: countRequests(state, requestsPlace),
    sessions: sessions instanceof Map ? sessions.size : 0,
    ...(paths.length > 0 && {
      state: Object.fromEntries(paths.map((path) => [path, toJson(readPath(state, path))])),
    }),
  };
}

function countRequests(state: object, place: string): GuardStatus['requests'] {
  const requests = findRequests(state, place);
  let aborted = 0;
  let oldestAt = Infinity;
  if (requests !== undefined) {
    for (const [number, known] of requests.inFlight) {
      const { startedAt, abortedAt } = recordOf(requests, number, known);
      if (abortedAt !== undefined) aborted++;
      oldestAt = Math.min(oldestAt, startedAt.getTime());
    }
  }
  let keptBytes = 0;
  for (const { bytes } of requests?.done.values() ?? []) keptBytes += bytes;
  return {
    inFlight: requests?.inFlight.size ?? 0,
    aborted,
    oldestMs: Math.max(0, Date.now() - oldestAt),
    interrupted: requests?.interrupted.size ?? 0,
    keptResponses: requests?.done.size ?? 0,
    keptBytes,
  };
}
