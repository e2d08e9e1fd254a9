import autocannon from 'autocannon';
import { timeRequests, withExpressServer } from '../express-server.ts';
import { hasOwnCores, offFirstCore } from '../cores.ts';
import { type Answer, formatNumber, formatRange } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import type { Question } from './question.ts';

const KINDS = ['plain', 'guarded'] as const;
const ROUNDS = 9;
const SECONDS = 3;
const CONNECTIONS = 100;
const LATENCY_REQUESTS = 3000;

const of = (map: Map<string, number[]>, kind: string): number[] => map.get(kind) as number[];

export const expressRequests: Question = {
  name: 'express-requests',
  ask: () => offFirstCore(ask),
};

async function ask(): Promise<Answer> {
  const perSecond = new Map<string, number[]>(KINDS.map((kind) => [kind, []]));
  const p99 = new Map<string, number[]>(KINDS.map((kind) => [kind, []]));
  const p50 = new Map<string, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round < ROUNDS; round++) {
    // By turns, so that who comes first changes too.
    for (const kind of round % 2 === 0 ? KINDS : [...KINDS].reverse()) {
      await withExpressServer(kind, undefined, async ({ url }) => {
        await autocannon({ url, connections: CONNECTIONS, duration: 1 });
        const { requests } = await autocannon({ url, connections: CONNECTIONS, duration: SECONDS });
        perSecond.get(kind)?.push(requests.total / SECONDS);
        const times = (await timeRequests(url, LATENCY_REQUESTS, 0)).sort((a, b) => a - b);
        p50.get(kind)?.push(times[Math.floor(times.length * 0.5)] as number);
        p99.get(kind)?.push(times[Math.floor(times.length * 0.99)] as number);
      });
    }
  }
  const share = medianRatio(of(perSecond, 'guarded'), of(perSecond, 'plain'));
  const added = summarize(
    of(p99, 'guarded').map((ms, round) => ms - (of(p99, 'plain')[round] as number)),
  ).median;
  return {
    question: 'Express: what does a record of each request cost?',
    method: [
      `The same app (one route that answers 17 bytes of JSON) without and with \`guardRequests\`; ${ROUNDS} rounds by ` +
        `turns, each in a new process. Requests per second: autocannon, ${CONNECTIONS} keep-alive connections, ` +
        `${SECONDS} s after a warm-up. Latency: ${LATENCY_REQUESTS} requests one after the other on one connection. ` +
        'Server, guardian and client share the machine' +
        (hasOwnCores ? ', but for one core, which the app has for itself.' : '.'),
    ],
    table: {
      columns: ['app', 'requests per second', 'from – to', 'p50, ms', 'p99, ms'],
      rows: KINDS.map((kind) => {
        const { median, lowest, highest } = summarize(of(perSecond, kind));
        return [
          kind === 'plain' ? 'without' : 'with guardRequests',
          formatNumber(median),
          formatRange(lowest, highest),
          formatNumber(summarize(of(p50, kind)).median),
          formatNumber(summarize(of(p99, kind)).median),
        ];
      }),
    },
    plots: [
      {
        kind: 'bars',
        name: 'express-requests',
        title: 'Express: requests per second',
        labels: ['app'],
        values: ['requests per second'],
        unit: 'requests per second',
      },
    ],
    slower: [
      "The record of a request is a line in the state, which is put there and taken out again, and a context that follows the request through promises and timers. Both are short, but between requests, whose code and data have thrown theirs out of the processor's cache, they take several times what they take in a loop; and an app that answers 17 bytes does little else. A handler that does anything, such as one query, hides it.",
    ],
    targets: [
      {
        what: 'requests per second with guardRequests',
        wanted: 'at least 97 % of those without',
        measured: `${formatNumber(share * 100)} %`,
        met: share >= 0.97,
      },
      {
        what: 'p99 of the latency with guardRequests',
        wanted: 'at most 0.2 ms more than without',
        measured: `${formatNumber(added)} ms more`,
        met: added <= 0.2,
      },
    ],
    figures: {
      perSecond: Object.fromEntries(perSecond),
      p50: Object.fromEntries(p50),
      p99: Object.fromEntries(p99),
    },
  };
}
