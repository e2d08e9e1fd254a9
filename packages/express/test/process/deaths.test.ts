/** A server that dies in every way: its sessions, its orders, and the requests that it was at. */
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isActive } from '@faultguard/core';
import { makeTemporaryDirectory, waitFor } from '@faultguard/test-kit';
import { describe, expect, it } from 'vitest';
import { ask } from '../fixtures/http.ts';
import { nextLaunch, startGuardedServer, type GuardedServer } from '../fixtures/guarded-server.ts';
import { askUntilAnswered, stopServer } from '../fixtures/server.ts';

const cookieOf = (headers: IncomingHttpHeaders): { Cookie: string } => ({
  Cookie: String(headers['set-cookie']?.[0]).split(';')[0] as string,
});

/** Kills by asking; the answer never comes. */
async function die(server: GuardedServer, death: string): Promise<void> {
  const before = server.launches().length;
  await ask(
    server.url,
    death === 'hang' ? { method: 'POST', path: '/hang' } : { method: 'POST', path: '/die', body: { death } },
  ).then(
    ({ status }) => Promise.reject(new Error(`It has answered ${status}.`)),
    () => undefined,
  );
  await nextLaunch(server, before);
}

const DEATHS: [death: string, kind: string, options?: object][] = [
  ['SIGKILL', 'signal'],
  ['native memory fault', 'signal'],
  ['abort', 'signal'],
  ['process.exit(1)', 'exit'],
  ['unhandled rejection', 'exception'],
  ['heap out-of-memory', 'out-of-memory'],
  ['hang', 'hang', { hangTimeoutMs: 500 }],
];

describe('a server that dies', () => {
  it.each(DEATHS)(
    'of %s keeps its sessions and orders, and names what it was at',
    async (death, kind, options) => {
      const server = await startGuardedServer({ ...options, express: death === 'abort' ? 4 : 5 });
      const { url } = server;
      const first = await ask(url, { path: '/count' });
      const headers = cookieOf(first.headers);
      expect((await ask(url, { path: '/count', headers })).text).toBe('2');
      const order = {
        method: 'POST',
        path: '/order',
        headers: { 'Idempotency-Key': '"1"' },
        body: { order: 1 },
      };
      await ask(url, order);
      const slow = ask(url, { path: '/slow?secret=1' }).catch(() => 'gone');
      await server.script.waitForOutput('begun ');

      await die(server, death);

      expect(await slow).toBe('gone');
      const [rescue] = server.rescues();
      expect(rescue?.kind).toBe(kind);
      expect(rescue?.requests.map(({ path }) => path)).toEqual([
        '/slow',
        death === 'hang' ? '/hang' : '/die',
      ]);
      expect(rescue?.requests[0]?.ageMs).toBeGreaterThanOrEqual(rescue?.requests[1]?.ageMs as number);
      expect((await ask(url, { path: '/count', headers })).text).toBe('3');
      expect((await ask(url, order)).headers['idempotent-replayed']).toBe('true');
      const { ledger, lost } = JSON.parse((await ask(url, { path: '/ledger' })).text);
      expect(ledger).toEqual(['1 reserve', '1 charge', '1 ship']);
      expect(lost.sort()).toEqual([death === 'hang' ? '/hang' : '/die', '/slow']);
      expect(JSON.parse((await ask(url, { path: '/status' })).text)).toMatchObject({
        attempt: 2,
        lastCrash: { kind },
        requests: { inFlight: 0, interrupted: 0, keptResponses: 1 },
        sessions: 1,
        state: { 'ledger.length': 3 },
      });
      expect(await stopServer(server)).toMatchObject({ exitCode: 0 });
    },
  );
});

describe('with an autosave', () => {
  it('sessions and responses are there when both processes have been killed', async () => {
    const directory = makeTemporaryDirectory();
    const options = {
      autosave: { path: join(directory.path, 'work.xz'), existing: 'resume', intervalMs: 50 },
    };
    const server = await startGuardedServer(options);
    const headers = cookieOf((await ask(server.url, { path: '/count' })).headers);
    const order = {
      method: 'POST',
      path: '/order',
      headers: { 'Idempotency-Key': '"1"' },
      body: { order: 1 },
    };
    const { text } = await ask(server.url, order);
    process.kill(server.script.process.pid as number, 'SIGKILL');
    for (const { pid } of server.launches()) process.kill(pid, 'SIGKILL');
    await waitFor('the end of both', () => !isActive(options.autosave.path));
    await server.script.ended;

    const next = await startGuardedServer(options);
    expect(await askUntilAnswered(next.url, { path: '/count', headers })).toMatchObject({ text: '2' });
    const again = await ask(next.url, order);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([text, 'true']);
    await stopServer(next);
    directory.remove();
  });
});

describe('a server that is asked to end', () => {
  it('finishes its requests, takes no new ones, and keeps its sessions', async () => {
    const directory = makeTemporaryDirectory();
    const path = join(directory.path, 'work.xz');
    const options = { autosave: { path, existing: 'resume', keep: 'always' } };
    const server = await startGuardedServer(options);
    const headers = cookieOf((await ask(server.url, { path: '/count' })).headers);
    const slow = ask(server.url, { path: '/slow?ms=300' });
    await server.script.waitForOutput('begun ');
    const ended = stopServer(server);
    await waitFor('the port to be closed', () =>
      ask(server.url, { path: '/ping' }).then(
        () => false,
        () => true,
      ),
    );
    expect(await slow).toMatchObject({ status: 200, text: 'at last', headers: { connection: 'close' } });
    expect(await ended).toMatchObject({ exitCode: 0 });
    expect(server.script.output.stdout).toContain('outcome {"exitCode":0}');
    expect(server.rescues()).toEqual([]);

    const next = await startGuardedServer(options);
    expect((await ask(next.url, { path: '/count', headers })).text).toBe('2');
    await stopServer(next);
    directory.remove();
  });

  it('tells the clients of responses that have begun nothing, and ends their connections', async () => {
    const server = await startGuardedServer({ graceMs: 1_000_000 });
    const agent = new Agent({ keepAlive: true });
    expect((await ask(server.url, { path: '/ping', agent })).headers.connection).toBe('keep-alive');
    const slow = ask(server.url, { path: '/slow?ms=200&begin=1', agent });
    await server.script.waitForOutput('begun ');
    const ended = stopServer(server);
    expect((await slow).text).toBe('begun, at last');
    expect(await ended).toMatchObject({ exitCode: 0 });
    agent.destroy();
  });

  it('does not wait for a request that takes longer than the grace time', async () => {
    const server = await startGuardedServer({ graceMs: 100 });
    const slow = ask(server.url, { path: '/slow' }).catch(() => 'cut off');
    await server.script.waitForOutput('begun ');
    expect(await stopServer(server)).toMatchObject({ exitCode: 0 });
    expect(await slow).toBe('cut off');
  });

  it('ends connections that ask for nothing at once, and upgraded ones when the grace time is over', async () => {
    const server = await startGuardedServer({ graceMs: 200 });
    const { hostname, port } = new URL(server.url);
    const idle = connect(Number(port), hostname);
    await once(idle, 'connect');
    const upgraded = connect(Number(port), hostname);
    upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    const [data] = (await once(upgraded, 'data')) as [Buffer];
    expect(String(data)).toMatch(/^HTTP\/1\.1 101 /);
    const idleEnded = once(idle.resume(), 'close');
    const upgradedEnded = once(upgraded.resume(), 'close');
    expect(await stopServer(server)).toMatchObject({ exitCode: 0 });
    await Promise.all([idleEnded, upgradedEnded]);
    expect(server.script.output.stdout).toContain('closed\n');
  });

  it('finishes its requests also when only another server of its process is asked', async () => {
    const server = await startGuardedServer({ signals: ['SIGUSR2'] });
    const slow = ask(server.url, { path: '/slow?ms=300' });
    await server.script.waitForOutput('begun ');
    expect(await stopServer(server)).toMatchObject({ exitCode: 0 });
    expect((await slow).text).toBe('at last');
    expect(server.script.output.stdout).toContain('closed\n');
  });

  it('by a signal to the whole group of processes takes it for one', async () => {
    const server = await startGuardedServer({ graceMs: 1_000_000 }, 60_000, true);
    const slow = ask(server.url, { path: '/slow?ms=300' });
    await server.script.waitForOutput('begun ');
    process.kill(-(server.script.process.pid as number), 'SIGTERM');
    expect((await slow).text).toBe('at last');
    expect(await server.script.ended).toMatchObject({ exitCode: 0 });
  });

  it('a second time, later, ends at once', async () => {
    const server = await startGuardedServer({ graceMs: 60_000 });
    const slow = ask(server.url, { path: '/slow' }).catch(() => 'cut off');
    await server.script.waitForOutput('begun ');
    server.script.process.kill('SIGTERM');
    await waitFor('the port to be closed', () =>
      ask(server.url, { path: '/ping' }).then(
        () => false,
        () => true,
      ),
    );
    const second = setInterval(() => server.script.process.kill('SIGTERM'), 100);
    const { exitCode, signal } = await server.script.ended;
    clearInterval(second);
    expect([exitCode, signal]).toEqual([null, 'SIGTERM']);
    expect(await slow).toBe('cut off');
  });
});
