/** The processes of the demo: how they begin and end, and whom they listen to. */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFreePort, waitFor } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../src/notebook/faults.ts';
import { PORT_DEFAULT } from '../../src/server/options.ts';
import { runDemo, type RunningDemo, startDemo } from '../fixtures/running-demo.ts';

/** Mostly some tenths of a second; this is for a busy machine, on which an app is just being started again. */
const END_MS_MAX = 8000;

async function takePort(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

/** Ended when the test is over, however that has gone. */
async function startForTest(port?: number): Promise<RunningDemo> {
  const demo = await startDemo(port === undefined ? [] : ['--port', String(port)]);
  onTestFinished(async () => void (await demo.end()));
  return demo;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Not by fetch, which does not let one choose `Host` and `Origin`. */
function ask(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    asking.on('error', reject).end(body);
  });
}

async function crash(demo: RunningDemo, fault: Fault): Promise<void> {
  const headers = { Origin: new URL(demo.url).origin };
  const { status } = await ask(`${demo.url}api/faults/${fault}`, 'POST', headers);
  if (status !== 202) throw new Error(`It does not want to crash: ${status}`);
}

interface End {
  readonly exitCode: number | null;
  readonly files: readonly string[];
  readonly survivors: number;
  readonly isQuick: boolean;
}

const cleanEnd: End = { exitCode: 0, files: [], survivors: 0, isQuick: true };

async function endBy(demo: RunningDemo, signal: NodeJS.Signals): Promise<End> {
  const beganMs = performance.now();
  const { exitCode, files, survivors } = await demo.end(signal);
  return { exitCode, files, survivors, isQuick: performance.now() - beganMs < END_MS_MAX };
}

describe('the command line', () => {
  test('explains itself', async () => {
    const { exitCode, output, files } = await runDemo(['--help']);
    expect(output).toContain('Usage: npm run demo');
    expect(output).toContain('--host <address>');
    expect({ exitCode, files }).toEqual({ exitCode: 0, files: [] });
  });

  test.each([
    [['--port', 'abc'], '--port has to be a whole number from 1 to 65535, and "abc" is not.'],
    [['--port', '70000'], '"70000" is not'],
    [['--prot', '4000'], "Unknown option '--prot'"],
    [['4000'], "Unexpected argument '4000'"],
  ])('refuses %j', async (args, message) => {
    const { exitCode, output, files } = await runDemo(args);
    expect(output).toContain(message);
    expect({ exitCode, files }).toEqual({ exitCode: 2, files: [] });
  });

  test('names the port that is taken, and starts nothing', async () => {
    const { port } = (await takePort(0)).address() as AddressInfo;
    const { exitCode, output, files } = await runDemo(['--port', String(port)]);
    expect(output).toContain(`Port ${port} is taken at 127.0.0.1`);
    expect(output).toContain('npm run demo -- --port');
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
  });

  test('says it when there is no such address', async () => {
    const { exitCode, output } = await runDemo(['--host', '203.0.113.1']);
    expect(output).toContain('Nothing can listen at 203.0.113.1');
    expect(exitCode).toBe(1);
  });

  test('takes the next port when none was asked for', async () => {
    // Or somebody else has it.
    await takePort(PORT_DEFAULT).catch(() => {});
    const demo = await startForTest();
    const port = Number(new URL(demo.url).port);
    const { exitCode } = await demo.end();
    expect(port).toBeGreaterThan(PORT_DEFAULT);
    expect(port).toBeLessThan(PORT_DEFAULT + 50);
    expect(exitCode).toBe(0);
  });
});

describe('the end', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s to the process that it names leaves nothing behind',
    async (signal) => {
      const demo = await startForTest(await findFreePort());
      expect(demo.output()).toContain(`SIGTERM to process ${demo.pid}:`);
      expect(await endBy(demo, signal)).toEqual(cleanEnd);
    },
  );

  test('by Ctrl-C leaves nothing behind when the app hangs', async () => {
    const demo = await startForTest(await findFreePort());
    await crash(demo, 'loop');
    expect(await endBy(demo, 'SIGINT')).toEqual(cleanEnd);
  });

  test('by Ctrl-C leaves nothing behind when the guardian is not the first one', async () => {
    const demo = await startForTest(await findFreePort());
    const first = demo.pids();
    await crash(demo, 'guardian');
    await waitFor('a new guardian', () => demo.pids().some((pid) => !first.includes(pid)));
    await crash(demo, 'kill');
    expect(await endBy(demo, 'SIGINT')).toEqual(cleanEnd);
  });

  test('of the outermost process by kill -9 is the end of all of them', async () => {
    const demo = await startForTest(await findFreePort());
    expect(demo.pids().length).toBeGreaterThanOrEqual(4);
    const { exitCode, files } = await demo.end('SIGKILL');
    expect({ exitCode, files }).toEqual({ exitCode: null, files: [] });
  });
});

describe('a stranger', () => {
  test('crashes nothing, changes nothing, and reads nothing', async () => {
    const demo = await startForTest(await findFreePort());
    const { host, origin } = new URL(demo.url);
    const html = (await ask(demo.url, 'GET', {})).body;
    const twin = JSON.parse(/id="facts">(.*?)<\/script>/.exec(html)?.[1] ?? '{}') as { twinOrigin: string };
    const before = new Set(demo.pids());
    const evil = 'http://evil.example';
    const json = { 'Content-Type': 'application/json' };

    const refused: [string, string, Record<string, string>][] = [
      ['no page', 'POST', {}],
      ['a page of another site', 'POST', { Origin: evil }],
      ['a page without an origin', 'POST', { Origin: 'null' }],
      ['a page of another port', 'POST', { Origin: twin.twinOrigin }],
      ['a name that points here', 'POST', { Host: 'evil.example', Origin: evil }],
      ['that name, with our port', 'POST', { Host: `evil.example:${new URL(demo.url).port}`, Origin: evil }],
      ['a preflight', 'OPTIONS', { Origin: evil, 'Access-Control-Request-Method': 'POST' }],
    ];
    for (const [who, method, headers] of refused) {
      for (const url of [demo.url.slice(0, -1), twin.twinOrigin]) {
        // To the twin the page is the one at the other port.
        if (who === 'a page of another port' && url === twin.twinOrigin) continue;
        const { status, headers: answered } = await ask(`${url}/api/faults/kill`, method, headers);
        expect([who, url, status]).toEqual([who, url, 403]);
        expect(answered['access-control-allow-origin']).toBeUndefined();
        expect((await ask(`${url}/api/notes`, 'PUT', { ...headers, ...json }, '{"text":"x"}')).status).toBe(
          403,
        );
      }
    }
    const reading = { Origin: evil, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' };
    expect((await ask(`${demo.url}api/entries?after=0&upTo=9`, 'GET', reading)).status).toBe(403);
    expect((await ask(`${twin.twinOrigin}/api/entries?after=0&upTo=9`, 'GET', reading)).status).toBe(403);
    const link = {
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    };
    expect((await ask(demo.url, 'GET', link)).status).toBe(200);
    expect((await ask(`${demo.url}api/faults/kill`, 'GET', {})).status).toBe(404);
    expect((await ask(`${demo.url}api/faults/nonsense`, 'POST', { Origin: origin, Host: host })).status).toBe(
      404,
    );
    expect(new Set(demo.pids())).toEqual(before);
  });

  test('gets no file but a dossier, and no answer to nonsense', async () => {
    const demo = await startForTest(await findFreePort());
    const { origin } = new URL(demo.url);
    for (const name of ['notebook.xz', 'running.json', '..%2Frunning.json', 'dossier-1-1.json'])
      expect((await ask(`${demo.url}api/dossiers/${name}`, 'GET', {})).status).toBe(404);
    const headers = { Origin: origin, 'Content-Type': 'application/json' };
    const put = async (path: string, body: string): Promise<number> =>
      (await ask(`${demo.url}api/${path}`, 'PUT', headers, body)).status;
    expect(await put('notes', '{')).toBe(400);
    expect(await put('notes', '{"text":7}')).toBe(400);
    expect(await put('notes', JSON.stringify({ text: 'x'.repeat(20_001) }))).toBe(400);
    expect(await put('notes', JSON.stringify({ text: 'x'.repeat(200_000) }))).toBe(413);
    expect((await ask(`${demo.url}api/entries?after=x&upTo=1`, 'GET', {})).status).toBe(400);
  });
});
