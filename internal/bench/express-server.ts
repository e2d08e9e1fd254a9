/** A server of processes/express-server.mjs, while something is asked of it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '@faultguard/test-kit';
import { numberOf, startChild } from './child-process.ts';
import { moveToFirstCore } from './cores.ts';
import { inDiskDirectory } from './disk-directory.ts';

const SERVER = new URL('processes/express-server.mjs', import.meta.url);

export interface ExpressServer {
  readonly url: string;
  readonly appPid: number;
  readonly guardianPid: number | undefined;
}

export async function withExpressServer<Result>(
  kind: string,
  place: string | number | undefined,
  use: (server: ExpressServer) => Promise<Result>,
): Promise<Result> {
  const child = startChild(SERVER, {
    args: [kind, ...(place === undefined ? [] : [place])],
    timeoutMs: 300_000,
  });
  const facts = await child.told('port');
  const url = `http://127.0.0.1:${numberOf(facts, 'port')}`;
  moveToFirstCore(numberOf(facts, 'appPid'));
  const result = await use({
    url,
    appPid: numberOf(facts, 'appPid'),
    guardianPid: 'guardianPid' in facts ? numberOf(facts, 'guardianPid') : undefined,
  });
  await fetch(`${url}/end`, { method: 'POST' });
  await child.ended;
  return result;
}

/** One server of each kind, all at once: `withOne` starts it. */
export async function withExpressServers<Kind extends string>(
  kinds: readonly Kind[],
  withOne: (kind: Kind, use: (server: ExpressServer) => Promise<void>) => Promise<void>,
  use: (serverOf: (kind: Kind) => ExpressServer) => Promise<void>,
): Promise<void> {
  const servers = new Map<Kind, ExpressServer>();
  const startFrom = (index: number): Promise<void> => {
    const kind = kinds[index];
    if (kind === undefined) return use((wanted) => servers.get(wanted) as ExpressServer);
    return withOne(kind, (server) => {
      servers.set(kind, server);
      return startFrom(index + 1);
    });
  };
  await startFrom(0);
}

/**
 * Each kind once a turn, in this order and in the opposite one. What slows a machine down lasts for seconds: kinds that are
 * to be compared have to be measured right after each other, and often.
 */
export async function takeTurns<Kind>(
  kinds: readonly Kind[],
  turns: number,
  measure: (kind: Kind) => Promise<void>,
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    for (const kind of turn % 2 === 0 ? kinds : kinds.toReversed()) await measure(kind);
  }
}

/** Milliseconds of each of `count` requests, sent one at a time on one connection, with a pause before each. */
export async function timeRequests(
  url: string,
  count: number,
  pauseMs: number,
  headers = {},
): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    if (pauseMs > 0) await sleep(pauseMs);
    const startedAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      http
        .get(url, { agent, headers }, (response) => {
          response.resume().once('end', resolve);
        })
        .once('error', reject);
    });
    times.push(performance.now() - startedAt);
  }
  agent.destroy();
  return times;
}

/** A redis-server on loopback that keeps nothing, while something is asked of it. */
export function withRedis<Result>(use: (port: number) => Promise<Result>): Promise<Result> {
  return inDiskDirectory((directory) => runRedis(directory, use));
}

async function runRedis<Result>(directory: string, use: (port: number) => Promise<Result>): Promise<Result> {
  const port = await findFreePort();
  const server: ChildProcess = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).once('exit', () => reject(new Error('redis-server has ended.')));
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Ready to accept connections')) resolve();
    });
  });
  try {
    return await use(port);
  } finally {
    server.removeAllListeners('exit').kill();
  }
}

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}
