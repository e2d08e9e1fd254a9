import http from 'node:http';
import { type ExpressServer, withExpressServer } from '../express-server.ts';
import { readMemory, waitUntilQuiet } from '../proc-files.ts';
import { formatNumber } from '../report.ts';
import type { Question } from './question.ts';

const SESSIONS = 50_000;
const REQUESTS = 2000;

interface Need {
  readonly app: number;
  readonly guardian: number | undefined;
}

export const expressMemory: Question = {
  name: 'express-memory',
  async ask() {
    const measured: [string, Need][] = [];
    for (const kind of ['MemoryStore', 'GuardedSessionStore']) {
      measured.push([
        `a session, ${kind}`,
        await withExpressServer(kind, undefined, (server) => needOf(server, SESSIONS, fill)),
      ]);
    }
    for (const kind of ['plain', 'guarded']) {
      const name = `a request in flight, ${kind === 'plain' ? 'without' : 'with'} guardRequests`;
      measured.push([
        name,
        await withExpressServer(kind, undefined, (server) => needOf(server, REQUESTS, wait)),
      ]);
    }
    return {
      question: 'Express: how much memory do sessions and requests need?',
      method: [
        `Bytes that the resident memory of each process grows by, for each of ${SESSIONS.toLocaleString('en-US')} sessions ` +
          `(a cookie, a name, a number, a list of one) and ${REQUESTS.toLocaleString('en-US')} requests that wait for their ` +
          'response, connections included; at rest, one run, no garbage collection forced.',
      ],
      table: {
        columns: ['what', 'app, bytes', 'guardian, bytes'],
        rows: measured.map(([name, { app, guardian }]) => [
          name,
          formatNumber(app),
          guardian === undefined ? '' : formatNumber(guardian),
        ]),
      },
      plots: [
        {
          kind: 'bars',
          name: 'express-memory',
          title: 'Memory of a session and of a request: bytes',
          labels: ['what'],
          values: ['app, bytes', 'guardian, bytes'],
          unit: 'bytes',
        },
      ],
      targets: [],
      figures: Object.fromEntries(measured),
    };
  },
};

async function needOf(
  { url, appPid, guardianPid }: ExpressServer,
  count: number,
  act: (url: string, count: number) => Promise<() => void>,
): Promise<Need> {
  const read = async (): Promise<Need> => {
    await waitUntilQuiet(appPid);
    if (guardianPid !== undefined) await waitUntilQuiet(guardianPid);
    return {
      app: readMemory(appPid).resident,
      guardian: guardianPid === undefined ? undefined : readMemory(guardianPid).resident,
    };
  };
  const before = await read();
  const end = await act(url, count);
  const after = await read();
  end();
  return {
    app: (after.app - before.app) / count,
    guardian:
      after.guardian === undefined ? undefined : (after.guardian - (before.guardian as number)) / count,
  };
}

async function fill(url: string, count: number): Promise<() => void> {
  await fetch(`${url}/fill/${count}`, { method: 'POST' });
  return () => undefined;
}

async function wait(url: string, count: number): Promise<() => void> {
  const agent = new http.Agent({ keepAlive: true });
  await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<void>((resolve, reject) => {
          http
            .get(`${url}/wait`, { agent }, (response) => {
              response.once('error', () => undefined).once('data', () => resolve());
            })
            .once('error', reject);
        }),
    ),
  );
  return () => agent.destroy();
}
