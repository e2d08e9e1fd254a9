/** What machines are told of the guard, and what they are not. */
import { GuardedSessionStore, guardRequests, guardStatus } from '@faultguard/express';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXPRESS_VERSIONS, express } from '../fixtures/express-versions.ts';
import { guardThisProcess, makeState, serveForTest, theGuard } from '../fixtures/guarded-process.ts';
import { ask } from '../fixtures/http.ts';

guardThisProcess();

const crash = {
  kind: 'exception',
  exitCode: 1,
  signal: null,
  error: { name: 'Error', message: 'the password is 1234', stack: 'at secret' },
  pid: 7,
  startedAt: new Date(1000),
  crashedAt: new Date(2000),
} as never;

describe.each(EXPRESS_VERSIONS)('%s', (_name, express) => {
  async function open(options: object = {}, recovered?: object) {
    const state = makeState();
    Object.assign(state, {
      secret: 'hush',
      orders: [{ by: 'ada' }, { by: 'eve' }],
      users: new Map([['3', { name: 'ada' }]]),
    });
    const store = new GuardedSessionStore(state);
    onTestFinished(() => store.close());
    const app = express();
    const guard = { stats: () => theGuard().stats(), ...(recovered && { recovered }) };
    app.use('/status', guardStatus(guard, { state, ...options }));
    app.use(guardRequests(state));
    app.post('/', (_request, response) => void response.send('done'));
    app.get('/secret/:id', async (_request, response) => {
      response.send((await ask(url, { path: '/status' })).text);
    });
    const { url } = await serveForTest(app);
    return { url, state, get: (path = '') => ask(url, { path: `/status${path}` }) };
  }

  it('is JSON, with nothing of what is in the state', async () => {
    const { url, get } = await open({}, { crash });
    await ask(url, { method: 'POST', headers: { 'Idempotency-Key': '"a"' } });
    const { status, headers, text } = await ask(url, { path: '/secret/8' });
    expect([status, headers['content-type']]).toEqual([200, expect.any(String)]);
    expect(JSON.parse(text)).toEqual({
      pid: process.pid,
      uptimeS: expect.any(Number),
      stats: expect.objectContaining({ appended: expect.any(Number), degraded: false, guardiansLost: 0 }),
      lastCrash: {
        kind: 'exception',
        exitCode: 1,
        signal: null,
        startedAt: '1970-01-01T00:00:01.000Z',
        crashedAt: '1970-01-01T00:00:02.000Z',
      },
      requests: {
        inFlight: 1,
        aborted: 0,
        oldestMs: expect.any(Number),
        interrupted: 0,
        keptResponses: 1,
        keptBytes: expect.any(Number),
      },
      sessions: 0,
    });
    expect(text).not.toMatch(/secret|hush|password|ada/);
    expect((await get()).headers).toMatchObject({
      'content-type': expect.stringContaining('json'),
      'cache-control': 'no-store',
    });
  });

  it('shows what is allowed by path', async () => {
    const paths = [
      'orders.length',
      'users.3.name',
      'users.size',
      'orders.1.by',
      'nothing.here',
      'orders.map',
      '__proto__.x',
      'constructor.name',
    ];
    const { get } = await open({ paths });
    expect(JSON.parse((await get('/')).text).state).toEqual({
      'orders.length': 2,
      'users.3.name': 'ada',
      'users.size': 1,
      'orders.1.by': 'eve',
      'nothing.here': null,
      'orders.map': null,
      '__proto__.x': null,
      'constructor.name': null,
    });
  });

  it('is what Prometheus reads', async () => {
    const { url, get } = await open({}, { crash });
    await ask(url, { method: 'POST', headers: { 'Idempotency-Key': '"a"' } });
    const first = await get('/metrics');
    expect(first.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(first.text).toMatch(/^faultguard_appended_bytes_total [1-9]\d*$/m);
    expect(first.text).toMatch(/^faultguard_responses_kept 1$/m);
    expect(first.text).toMatch(/^faultguard_last_crash_timestamp_seconds 2$/m);
    expect(first.text).toMatch(/^faultguard_degraded_journal 0$/m);
    await ask(url, { method: 'POST', headers: { 'Idempotency-Key': '"b"' } });
    expect((await get('/metrics')).text).toMatch(/^faultguard_responses_kept 2$/m);
  });

  it('can be added to a registry that there is', async () => {
    const registry = new Registry();
    const { get } = await open({ registry });
    await get('/metrics');
    expect(await registry.getSingleMetricAsString('faultguard_sessions')).toContain('faultguard_sessions 0');
  });

  it('leaves other paths and methods to others', async () => {
    const { url, get } = await open();
    expect((await get('/other')).status).toBe(404);
    const refused = await ask(url, { method: 'POST', path: '/status' });
    expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect((await ask(url, { method: 'HEAD', path: '/status' })).status).toBe(200);
  });
});

it('takes the guard of attach as it is', async () => {
  const app = express();
  app.use(guardStatus(theGuard()));
  const { url } = await serveForTest(app);
  expect(JSON.parse((await ask(url)).text)).toMatchObject({
    lastCrash: null,
    sessions: 0,
    requests: { inFlight: 0 },
  });
});

it.each([
  [{ paths: 'x' }, /"paths" has to be an array of strings/],
  [{ state: 1 }, /"state" has to be an object/],
  [{ path: [] }, /"path" is not one of those there are/],
])('refuses the options %j', (options, message) => {
  expect(() => guardStatus(theGuard(), options as never)).toThrow(message);
});
