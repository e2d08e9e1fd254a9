/** The status as metrics of Prometheus, by prom-client. Each is read in the moment in which it is asked for. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { GuardStatus } from './guard-status.ts';

/** [name, type, help, value] */
type Row = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: (status: GuardStatus) => number,
];

const ROWS: readonly Row[] = [
  [
    'appended_bytes_total',
    'counter',
    'Journal of this life: survives the app and the guardian.',
    ({ stats }) => stats.appended,
  ],
  ['mirrored_bytes_total', 'counter', 'Of it, what the guardian has applied.', ({ stats }) => stats.mirrored],
  ['saved_bytes_total', 'counter', 'Of it, what survives a loss of power.', ({ stats }) => stats.saved],
  [
    'guardians_lost_total',
    'counter',
    'Guardians of this life that have died.',
    ({ stats }) => stats.guardiansLost,
  ],
  [
    'degraded_journal',
    'gauge',
    '1 when changes are not rescued.',
    ({ stats }) => Number(stats.degraded === 'journal'),
  ],
  [
    'degraded_autosave',
    'gauge',
    '1 when changes are not saved.',
    ({ stats }) => Number(stats.degraded === 'autosave'),
  ],
  ['launches', 'gauge', 'Which launch this is; 0 for an attached process.', ({ attempt }) => attempt ?? 0],
  [
    'last_crash_timestamp_seconds',
    'gauge',
    'When the life before this one crashed; 0 when it did not.',
    ({ lastCrash }) => (lastCrash === null ? 0 : Date.parse(lastCrash.crashedAt) / 1000),
  ],
  ['requests_in_flight', 'gauge', 'Requests that are being worked on.', ({ requests }) => requests.inFlight],
  ['requests_aborted', 'gauge', 'Of these, whose client has gone.', ({ requests }) => requests.aborted],
  [
    'requests_oldest_seconds',
    'gauge',
    'Age of the oldest in flight.',
    ({ requests }) => requests.oldestMs / 1000,
  ],
  ['requests_interrupted', 'gauge', 'Requests that can be resumed.', ({ requests }) => requests.interrupted],
  [
    'responses_kept',
    'gauge',
    'Responses kept for repeated requests.',
    ({ requests }) => requests.keptResponses,
  ],
  ['responses_kept_bytes', 'gauge', 'What they need.', ({ requests }) => requests.keptBytes],
  ['sessions', 'gauge', 'Sessions in the store.', ({ sessions }) => sessions],
];

/** @param given - the registry to add to; undefined: a new one. */
export function addMetrics(given: Registry | undefined, readStatus: () => GuardStatus): Registry {
  const registry = given ?? new Registry();
  let status: GuardStatus | undefined;
  /** One reading for all rows of one scrape. */
  const current = (): GuardStatus => {
    if (status === undefined) {
      status = readStatus();
      queueMicrotask(() => (status = undefined));
    }
    return status;
  };
  for (const [name, type, help, read] of ROWS) {
    // Another status has added it before.
    if (registry.getSingleMetric(`faultguard_${name}`) !== undefined) continue;
    const settings = { name: `faultguard_${name}`, help, registers: [] };
    registry.registerMetric(
      type === 'gauge'
        ? new Gauge({
            ...settings,
            collect() {
              this.set(read(current()));
            },
          })
        : new Counter({
            ...settings,
            collect() {
              this.reset();
              this.inc(read(current()));
            },
          }),
    );
  }
  return registry;
}
