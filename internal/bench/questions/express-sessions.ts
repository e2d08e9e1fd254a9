import autocannon from 'autocannon';
import {
  type ExpressServer,
  hasRedis,
  takeTurns,
  withExpressServer,
  withExpressServers,
  withRedis,
} from '../express-server.ts';
import { hasOwnCores, offFirstCore } from '../cores.ts';
import { inDiskDirectory } from '../disk-directory.ts';
import { type Answer, formatNumber, formatRange, type Target } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import type { Question } from './question.ts';

/** Of processes, one of each kind: some are quicker than others for as long as they live. */
const SETS = 5;
const TURNS = 6;
/** Of a turn. */
const SECONDS = 1;
const CONNECTIONS = 100;
const GUARDED = 'GuardedSessionStore';
const REDIS = 'connect-redis';
const ALONE = 2000;

export const expressSessions: Question = {
  name: 'express-sessions',
  ask: () => offFirstCore(ask),
};

async function ask(): Promise<Answer> {
  const withoutRedis = !hasRedis();
  const kinds = ['MemoryStore', GUARDED, ...(withoutRedis ? [] : [REDIS]), 'session-file-store'];
  const perSecond = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
  const aloneUs = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
  for (let set = 0; set < SETS; set++) {
    await withExpressServers(
      kinds,
      (kind, use) => inItsPlace(kind, (place) => withExpressServer(kind, place, use)),
      async (serverOf) => {
        const loads = new Map<string, autocannon.Options>();
        for (const kind of kinds) loads.set(kind, await warmUp(serverOf(kind)));
        await takeTurns(kinds, TURNS, async (kind) => {
          perSecond.get(kind)?.push(await loadOnce(loads.get(kind) as autocannon.Options));
        });
        for (const kind of kinds) aloneUs.get(kind)?.push(await timeAlone(serverOf(kind)));
      },
    );
  }
  const of = (kind: string): number[] => perSecond.get(kind) as number[];
  const alone = (kind: string): number[] => aloneUs.get(kind) as number[];
  const share = medianRatio(of(GUARDED), of('MemoryStore'));
  const targets: Target[] = [
    {
      what: `requests per second with a session in ${GUARDED}`,
      wanted: 'at least × 0.9 of MemoryStore',
      measured: `× ${formatNumber(share)}`,
      met: share >= 0.9,
    },
  ];
  if (!withoutRedis) {
    const requests = medianRatio(of(GUARDED), of(REDIS));
    const sessions = medianRatio(alone(REDIS), alone(GUARDED));
    targets.push({
      what: `sessions per second by ${GUARDED}, one after the other`,
      wanted: 'at least × 3 of connect-redis',
      measured: `× ${formatNumber(sessions)} (requests per second, ${CONNECTIONS} at a time: × ${formatNumber(requests)})`,
      met: sessions >= 3,
    });
  }
  return {
    question: 'Express: what does a session cost?',
    method: [
      `Each request of one of ${CONNECTIONS} sessions reads it, changes it and saves it (express-session, \`resave: false\`); ` +
        `autocannon, ${CONNECTIONS} keep-alive connections. ${SETS} sets of new processes, one of each kind, which take ` +
        `${TURNS} turns of ${SECONDS} s after a warm-up; "÷ MemoryStore" is the median of the ratios of one turn each. ` +
        'redis-server on loopback, without persistence. Server, guardian, Redis and client share the machine' +
        (hasOwnCores ? ', but for one core, which the app has for itself.' : '.'),
      '"Alone": one session is read, changed and saved after the other, without HTTP. What a store waits for counts there; with many ' +
        'requests at a time it is hidden by the other requests, and Express and the signing of cookies are most of the work.',
      ...(withoutRedis ? ['redis-server is not installed here: its row is left out.'] : []),
    ],
    table: {
      columns: ['store', 'requests per second', 'from – to', '÷ MemoryStore', 'alone, µs', 'survives'],
      rows: kinds.map((kind) => {
        const { median, lowest, highest } = summarize(of(kind));
        return [
          kind,
          formatNumber(median),
          formatRange(lowest, highest),
          formatNumber(medianRatio(of(kind), of('MemoryStore'))),
          formatNumber(summarize(alone(kind)).median),
          SURVIVES[kind] as string,
        ];
      }),
    },
    plots: [
      {
        kind: 'bars',
        name: 'express-sessions',
        title: 'Express with sessions: requests per second',
        labels: ['store'],
        values: ['requests per second'],
        unit: 'requests per second',
      },
    ],
    slower: [
      'With many requests at a time the round trip to Redis is hidden behind the other requests; one after the other it is not.',
    ],
    targets,
    figures: { perSecond: Object.fromEntries(perSecond), aloneUs: Object.fromEntries(aloneUs) },
  };
}

const SURVIVES: Record<string, string> = {
  MemoryStore: 'nothing',
  [GUARDED]: 'the app',
  [REDIS]: 'the app; Redis keeps it in memory',
  'session-file-store': 'the app; written, not synced',
};

/** Begins as many sessions as there are connections. What each of them is to send. */
async function warmUp({ url }: ExpressServer): Promise<autocannon.Options> {
  const cookies: string[] = [];
  for (let at = 0; at < CONNECTIONS; at++) {
    const response = await fetch(url);
    cookies.push(String(response.headers.getSetCookie()[0]?.split(';')[0]));
  }
  let next = 0;
  const options = {
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    setupClient: (client: autocannon.Client) => {
      client.setHeaders({ cookie: cookies[next++ % CONNECTIONS] });
    },
  };
  await loadOnce(options);
  return options;
}

/** Requests per second. */
async function loadOnce(options: autocannon.Options): Promise<number> {
  const { requests, non2xx } = await autocannon(options);
  if (non2xx > 0) throw new Error(`${non2xx} requests have failed.`);
  return requests.total / SECONDS;
}

/** Microseconds. */
async function timeAlone({ url }: ExpressServer): Promise<number> {
  await fetch(`${url}/alone/${ALONE}`);
  const { us } = (await (await fetch(`${url}/alone/${ALONE}`)).json()) as { us: number };
  return us;
}

/** Calls with the port of a Redis, or a directory, where the store needs one. */
async function inItsPlace(
  kind: string,
  use: (place: string | number | undefined) => Promise<void>,
): Promise<void> {
  if (kind === REDIS) return withRedis(use);
  return kind === 'session-file-store' ? inDiskDirectory(use) : use(undefined);
}
