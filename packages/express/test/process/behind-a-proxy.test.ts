/** The guide's configuration of HAProxy, read out of it: clients behind it do not see that the server dies. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, makeTemporaryDirectory, startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ask, ask } from '../fixtures/http.ts';
import { type GuardedServer, nextLaunch, startGuardedServer } from '../fixtures/guarded-server.ts';
import { stopServer } from '../fixtures/server.ts';

const GUIDE = fileURLToPath(new URL('../../../../docs/guides/express-behind-a-proxy.md', import.meta.url));
const KILLS = 4;
const CLIENTS = 10;

/** How many slow requests have got to their handler. */
const countBegun = (output: string): number => output.match(/^begun /gm)?.length ?? 0;

const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0;
if (!hasHaproxy) console.warn('HAProxy is not installed: the tests behind it are skipped.');

/** The block of the guide, with other addresses. */
function readConfig(listenAt: string, serverAt: string): string {
  const block = /^```haproxy\n(.*?)^```$/ms.exec(readFileSync(GUIDE, 'utf8'))?.[1] ?? '';
  for (const address of ['127.0.0.1:8080', '127.0.0.1:3000']) expect(block.split(address)).toHaveLength(2);
  return block.replace('127.0.0.1:8080', listenAt).replace('127.0.0.1:3000', serverAt);
}

/** Its address. */
async function startProxy(serverUrl: string): Promise<string> {
  const directory = makeTemporaryDirectory();
  const address = `127.0.0.1:${await findFreePort()}`;
  const path = join(directory.path, 'haproxy.cfg');
  writeFileSync(path, readConfig(address, new URL(serverUrl).host));
  const script = startScript(path, { command: 'haproxy', execArgv: ['-db', '-f'], timeoutMs: 60_000 });
  onTestFinished(async () => {
    script.process.kill('SIGTERM');
    await script.ended;
    directory.remove();
  });
  const url = `http://${address}`;
  await waitFor('the proxy', async () => {
    if (script.process.exitCode !== null) throw new Error(script.output.stderr);
    return ask(url, { path: '/ping' }).then(
      ({ status }) => status === 200,
      () => false,
    );
  });
  return url;
}

/** Both end with the test, however it ends. */
async function startBoth(): Promise<{ server: GuardedServer; url: string }> {
  const server = await startGuardedServer();
  onTestFinished(async () => {
    await stopServer(server);
  });
  return { server, url: await startProxy(server.url) };
}

/** What a client gets, an error too, as one line. */
function askOnce(url: string, asked: Ask): Promise<string> {
  return ask(url, asked).then(
    ({ status, text }) => `${status} ${text}`,
    (error: unknown) => String(error),
  );
}

describe.skipIf(!hasHaproxy)('behind HAProxy, as the guide sets it', () => {
  it(`nobody sees an error of a server that is killed ${KILLS} times, and each order is executed once`, async () => {
    const { server, url } = await startBoth();
    const agent = new Agent({ keepAlive: true });
    const answers: string[] = [];
    const expected: string[] = [];
    const orders: string[] = [];
    const over = new AbortController();
    onTestFinished(() => {
      over.abort();
      agent.destroy();
    });
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let count = 1; !over.signal.aborted; count++) {
        const order = `${client} ${count}`;
        const headers = { 'Idempotency-Key': `"${order}"` };
        answers.push(
          await askOnce(url, { method: 'POST', path: '/order', headers, body: { order }, agent }),
          await askOnce(url, { path: '/ping', agent }),
        );
        expected.push(`200 {"order":"${order}"}`, '200 pong');
        orders.push(order);
      }
    });

    for (let kill = 1; kill <= KILLS; kill++) {
      const done = answers.length;
      await waitFor('answers', () => answers.length > done + 4 * CLIENTS);
      const launches = server.launches();
      const begun = countBegun(server.script.output.stdout);
      const slow = askOnce(url, { path: '/slow?ms=1000', agent });
      await waitFor('the slow request', () => countBegun(server.script.output.stdout) > begun);
      process.kill(launches.at(-1)?.pid as number, 'SIGKILL');
      await nextLaunch(server, launches.length);
      expect(await slow).toBe('200 at last');
      // It was in the middle, and has been repeated.
      expect(countBegun(server.script.output.stdout)).toBe(begun + 2);
    }
    over.abort();
    await Promise.all(clients);

    expect(answers.sort()).toEqual(expected.sort());
    const { ledger } = JSON.parse((await ask(url, { path: '/ledger', agent })).text) as { ledger: string[] };
    expect(ledger.sort()).toEqual(
      orders.flatMap((order) => ['reserve', 'charge', 'ship'].map((step) => `${order} ${step}`)).sort(),
    );
  });

  it('a POST without a key that was in the middle is not repeated', async () => {
    const { server, url } = await startBoth();
    const { status } = await ask(url, {
      method: 'POST',
      path: '/die',
      body: { death: 'SIGKILL' },
      // HAProxy would close a connection that has been kept alive.
      agent: new Agent(),
    });
    expect(status).toBe(502);
    await nextLaunch(server, 1);
    expect(await askOnce(url, { path: '/ping' })).toBe('200 pong');
    expect(server.launches()).toHaveLength(2);
    expect(server.rescues()).toHaveLength(1);
  });
});
