/** A server under load that is killed again and again: what its clients have been told is true. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { waitFor } from '@faultguard/test-kit';
import autocannon from 'autocannon';
import { expect, it } from 'vitest';
import { type Answer, type Ask, ask } from '../fixtures/http.ts';
import { type GuardedServer, nextLaunch, startGuardedServer } from '../fixtures/guarded-server.ts';
import { stopServer } from '../fixtures/server.ts';

const KILLS = Number(process.env['FAULTGUARD_TEST_KILLS'] ?? 10);
const CLIENTS = 20;

/** Visits and orders by turns, and repeats what it gets no answer to, until it is told to stop. */
class Client {
  readonly #url: string;
  readonly #name: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #cookie: string | undefined;
  visits = 0;
  orders = 0;
  repeated = 0;
  /** Answers that nobody should get. */
  readonly wrong: string[] = [];

  constructor(url: string, name: string) {
    this.#url = url;
    this.#name = name;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#visit();
      await this.#order();
    }
    this.#agent.destroy();
  }

  /** A visit that has not been answered may have been counted or not; each later one tells. */
  async #visit(): Promise<void> {
    const headers = this.#cookie === undefined ? {} : { Cookie: this.#cookie };
    for (let attempts = 1; ; attempts++) {
      const answer = await this.#ask({ path: '/count', headers });
      if (answer === undefined) continue;
      const count = Number(answer.text);
      // The first visit, unanswered, has made a session that nobody knows of.
      const highest = this.#cookie === undefined ? 1 : this.visits + attempts;
      if (!(count > this.visits && count <= highest)) {
        this.wrong.push(`visit ${count} after ${this.visits} in ${attempts} attempts`);
      }
      this.visits = count;
      this.#cookie ??= answer.headers['set-cookie']?.[0]?.split(';')[0];
      return;
    }
  }

  async #order(): Promise<void> {
    const order = `${this.#name} ${this.orders + 1}`;
    for (;;) {
      const answer = await this.#ask({
        method: 'POST',
        path: '/order',
        headers: { 'Idempotency-Key': `"${order}"` },
        body: { order },
      });
      if (answer === undefined || answer.status === 409) continue;
      if (answer.text !== JSON.stringify({ order })) this.wrong.push(`order ${answer.status} ${answer.text}`);
      this.orders++;
      return;
    }
  }

  async #ask(asked: Ask): Promise<Answer | undefined> {
    try {
      return await ask(this.#url, { ...asked, agent: this.#agent });
    } catch {
      this.repeated++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return undefined;
    }
  }
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Requests that have got to their handler, and wait there. */
async function beginSlow(server: GuardedServer, count: number): Promise<string[]> {
  const before = begunIds(server).length;
  for (let at = 0; at < count; at++) ask(server.url, { path: '/slow' }).catch(() => undefined);
  await waitFor('the slow requests', () => begunIds(server).length === before + count);
  return begunIds(server).slice(before);
}

const begunIds = (server: GuardedServer): string[] =>
  Array.from(server.script.output.stdout.matchAll(/^begun (\S+)\n/gm), ([, id]) => id as string);

it(
  `loses no session and no order, and finds every request, in ${KILLS} deaths under load`,
  { timeout: 60_000 + KILLS * 5000 },
  async () => {
    const server = await startGuardedServer({}, 60_000 + KILLS * 5000);
    const guardianPid = server.script.process.pid as number;
    const clients = Array.from({ length: CLIENTS }, (_, at) => new Client(server.url, `client ${at}`));
    let isOver = false;
    const running = clients.map((client) => client.run(() => isOver));
    const load = autocannon({ url: `${server.url}/ping`, connections: 100, duration: 100_000 });

    const memory: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const done = clients.reduce((sum, { orders }) => sum + orders, 0);
      await waitFor(
        'orders',
        () => clients.reduce((sum, { orders }) => sum + orders, 0) > done + 2 * CLIENTS,
        30_000,
      );
      const slow = await beginSlow(server, 3);
      const launches = server.launches();
      if (kill % 2 === 0) process.kill(launches.at(-1)?.pid as number, 'SIGKILL');
      else
        await ask(server.url, { method: 'POST', path: '/die', body: { death: 'native memory fault' } }).catch(
          () => undefined,
        );
      await nextLaunch(server, launches.length);
      const rescue = server.rescues().at(-1);
      const found = rescue?.requests.filter(({ path }) => path === '/slow').map(({ id }) => id);
      expect(found?.sort()).toEqual(slow.sort());
      memory.push(residentMb(guardianPid));
    }
    isOver = true;
    await Promise.all(running);
    (load as unknown as { stop(): void }).stop();
    await load;

    expect(clients.flatMap(({ wrong }) => wrong)).toEqual([]);
    // Otherwise nobody has been killed in the middle of anything.
    expect(clients.reduce((sum, { repeated }) => sum + repeated, 0)).toBeGreaterThan(0);
    const { ledger } = JSON.parse((await ask(server.url, { path: '/ledger' })).text) as { ledger: string[] };
    const expected = clients.flatMap(({ orders }, at) =>
      Array.from({ length: orders }, (_, order) =>
        ['reserve', 'charge', 'ship'].map((step) => `client ${at} ${order + 1} ${step}`),
      ).flat(),
    );
    expect([...ledger].sort()).toEqual(expected.sort());
    const status = JSON.parse((await ask(server.url, { path: '/status' })).text);
    expect(status.requests).toMatchObject({ inFlight: 0, aborted: 0, interrupted: 0 });
    // What it has grown to in the first lives it needs; after that nothing is added but what the clients have done.
    expect(memory.at(-1)).toBeLessThan((memory[2] as number) + 60);
    await stopServer(server);
  },
);
