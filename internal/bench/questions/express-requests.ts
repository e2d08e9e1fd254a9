import autocannon from 'autocannon';
import { takeTurns, timeRequests, withExpressServer, withExpressServers } from '../express-server.ts';
import { hasOwnCores, offFirstCore } from '../cores.ts';
import { type Answer, formatNumber, formatRange } from '../report.ts';
import { median, medianRatio, summarize } from '../statistics.ts';
import { readActivity } from '../proc-files.ts';
import type { Question } from './question.ts';

/** As processes/express-server.mjs knows them, and what they are called. */
const NAMES = {
  plain: 'without',
  'passed on': 'with a middleware that does nothing',
  'by hand': 'with a Map, a listener and a context',
  guarded: 'with guardRequests',
} as const;
const KINDS = Object.keys(NAMES) as Kind[];
/** Of processes, one of each kind: some are quicker than others for as long as they live. */
const SETS = 6;
const TURNS = 6;
/** Of a turn. */
const LOAD = { connections: 100, duration: 1 };
const LATENCY_REQUESTS = 3000;

type Kind = keyof typeof NAMES;
/** Of each turn, or of each set. */
type Measured = Record<Kind, number[]>;

const measuredNothing = (): Measured => ({ plain: [], 'passed on': [], 'by hand': [], guarded: [] });

export const expressRequests: Question = {
  name: 'express-requests',
  ask: () => offFirstCore(ask),
};

async function ask(): Promise<Answer> {
  const perSecond = measuredNothing();
  const cpuUs = measuredNothing();
  const p99 = measuredNothing();
  const p50 = measuredNothing();
  for (let set = 0; set < SETS; set++) {
    await withExpressServers(
      KINDS,
      (kind, use) => withExpressServer(kind, undefined, use),
      async (serverOf) => {
        for (const kind of KINDS) await autocannon({ ...LOAD, url: serverOf(kind).url });
        await takeTurns(KINDS, TURNS, async (kind) => {
          const { url, appPid } = serverOf(kind);
          const before = readActivity(appPid).cpuMs;
          const { requests } = await autocannon({ ...LOAD, url });
          perSecond[kind].push(requests.total / LOAD.duration);
          cpuUs[kind].push(((readActivity(appPid).cpuMs - before) * 1000) / requests.total);
        });
        for (const kind of KINDS) {
          const times = await timeRequests(serverOf(kind).url, LATENCY_REQUESTS, 0);
          times.sort((a, b) => a - b);
          p50[kind].push(times[Math.floor(times.length * 0.5)] as number);
          p99[kind].push(times[Math.floor(times.length * 0.99)] as number);
        }
      },
    );
  }
  const share = medianRatio(perSecond.guarded, perSecond.plain);
  const shareByHand = medianRatio(perSecond['by hand'], perSecond.plain);
  const added = median(p99.guarded.map((ms, set) => ms - (p99.plain[set] as number)));
  return {
    question: 'Express: what does a record of each request cost?',
    method: [
      `The same app (one route that answers 17 bytes of JSON) without and with \`guardRequests\`, and with what no ` +
        'such middleware gets by with less than: one that does nothing, and one that puts a line for each request into a ' +
        'plain Map, takes it out when the response is closed, and runs the rest in an `AsyncLocalStorage`, all of it in ' +
        `memory that dies with the process. ${SETS} sets of new processes, one of each kind, which take ${TURNS} turns of ` +
        `${LOAD.duration} s after a warm-up; "% of without" is the median of the ratios of one turn each. Requests per second: ` +
        `autocannon, ${LOAD.connections} keep-alive connections; processor time of the app meanwhile, as the kernel counts it. ` +
        `Latency: ${LATENCY_REQUESTS} requests one after the other on one connection, in each set. ` +
        'Server, guardian and client share the machine' +
        (hasOwnCores ? ', but for one core, which the app has for itself.' : '.'),
    ],
    table: {
      columns: [
        'app',
        'requests per second',
        'from – to',
        '% of without',
        'processor, µs',
        'p50, ms',
        'p99, ms',
      ],
      rows: KINDS.map((kind) => {
        const { median: middle, lowest, highest } = summarize(perSecond[kind]);
        return [
          NAMES[kind],
          formatNumber(middle),
          formatRange(lowest, highest),
          formatNumber(medianRatio(perSecond[kind], perSecond.plain) * 100),
          formatNumber(median(cpuUs[kind])),
          formatNumber(median(p50[kind])),
          formatNumber(median(p99[kind])),
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
      'The record of a request is a line in the state, which is put there and taken out again, and a context that follows the request through promises and timers. A middleware that does nothing, and a plain Map with a listener and a context, show what of that nothing of the kind gets by without. What is added may count for more than it takes: a client with less to do falls asleep meanwhile, and the app pays for waking it. A handler that does anything, such as one query, hides it.',
    ],
    targets: [
      {
        what: 'requests per second with guardRequests',
        wanted: 'at least 97 % of those without',
        measured: `${formatNumber(share * 100)} % (a Map, a listener and a context alone: ${formatNumber(shareByHand * 100)} %)`,
        met: share >= 0.97,
      },
      {
        what: 'p99 of the latency with guardRequests',
        wanted: 'at most 0.2 ms more than without',
        measured: `${formatNumber(added)} ms more`,
        met: added <= 0.2,
      },
    ],
    figures: { perSecond, cpuUs, p50, p99 },
  };
}
