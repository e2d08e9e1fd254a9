import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { type ExpressServer, hasRedis, withExpressServer, withRedis } from '../express-server.ts';
import { formatNumber, formatRange, type Target } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import type { Question } from './question.ts';

const ROUNDS = 7;
const SECONDS = 3;
const CONNECTIONS = 20;
const GUARDED = 'GuardedSessionStore';

export const expressSessions: Question = {
  name: 'express-sessions',
  async ask() {
    const withoutRedis = !hasRedis();
    const kinds = ['MemoryStore', GUARDED, ...(withoutRedis ? [] : ['connect-redis']), 'session-file-store'];
    const perSecond = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
        perSecond
          .get(kind)
          ?.push(await inItsPlace(kind, (place) => withExpressServer(kind, place, countRequests)));
      }
    }
    const of = (kind: string): number[] => perSecond.get(kind) as number[];
    const wantShare = (base: string, lowest: number): Target => {
      const share = medianRatio(of(GUARDED), of(base));
      return {
        what: `requests per second with a session in ${GUARDED}`,
        wanted: `at least × ${lowest} of ${base}`,
        measured: `× ${formatNumber(share)}`,
        met: share >= lowest,
      };
    };
    return {
      question: 'Express: what does a session cost?',
      method: [
        `Each request of one of ${CONNECTIONS} sessions reads it, changes it and saves it (express-session, \`resave: false\`); ` +
          `autocannon, ${CONNECTIONS} keep-alive connections, ${SECONDS} s after a warm-up; ${ROUNDS} rounds by turns, each in a ` +
          'new process. redis-server on loopback, without persistence. Server, guardian, Redis and client share the machine.',
        ...(withoutRedis ? ['redis-server is not installed here: its row is left out.'] : []),
      ],
      table: {
        columns: ['store', 'requests per second', 'from – to', '÷ MemoryStore', 'survives'],
        rows: kinds.map((kind) => {
          const { median, lowest, highest } = summarize(of(kind));
          return [
            kind,
            formatNumber(median),
            formatRange(lowest, highest),
            formatNumber(medianRatio(of(kind), of('MemoryStore'))),
            SURVIVES[kind] as string,
          ];
        }),
      },
      targets: [wantShare('MemoryStore', 0.9), ...(withoutRedis ? [] : [wantShare('connect-redis', 3)])],
      figures: Object.fromEntries(perSecond),
    };
  },
};

const SURVIVES: Record<string, string> = {
  MemoryStore: 'nothing',
  [GUARDED]: 'the app',
  'connect-redis': 'the app; Redis keeps it in memory',
  'session-file-store': 'the app; written, not synced',
};

async function countRequests({ url }: ExpressServer): Promise<number> {
  const cookies: string[] = [];
  for (let at = 0; at < CONNECTIONS; at++) {
    const response = await fetch(url);
    cookies.push(String(response.headers.getSetCookie()[0]?.split(';')[0]));
  }
  let next = 0;
  const options = {
    url,
    connections: CONNECTIONS,
    setupClient: (client: autocannon.Client) => {
      client.setHeaders({ cookie: cookies[next++ % CONNECTIONS] });
    },
  };
  await autocannon({ ...options, duration: 1 });
  const { requests, non2xx } = await autocannon({ ...options, duration: SECONDS });
  if (non2xx > 0) throw new Error(`${non2xx} requests have failed.`);
  return requests.total / SECONDS;
}

/** Calls with the port of a Redis, or a directory, where the store needs one. */
async function inItsPlace(
  kind: string,
  use: (place: string | number | undefined) => Promise<number>,
): Promise<number> {
  if (kind === 'connect-redis') return withRedis(use);
  if (kind !== 'session-file-store') return use(undefined);
  const directory = mkdtempSync(join(tmpdir(), 'fg-bench-sessions-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
