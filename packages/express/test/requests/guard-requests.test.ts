/** A request's record: when it is there, what is in it, and where it can be found. Over real HTTP. */
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { snapshot } from '@faultguard/core';
import { currentRequest, guardRequests, inFlight } from '@faultguard/express';
import { waitFor } from '@faultguard/test-kit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { express, EXPRESS_VERSIONS } from '../fixtures/express-versions.ts';
import { guardThisProcess, makeState, serveForTest } from '../fixtures/guarded-process.ts';
import { ask } from '../fixtures/http.ts';

guardThisProcess();

/** One that is never ended. */
function makeResponse(): EventEmitter {
  return Object.assign(new EventEmitter(), { writableEnded: false, destroyed: false, end: () => undefined });
}

describe.each(EXPRESS_VERSIONS)('%s', (_name, express) => {
  it('gives each request a record, which is gone when the response has finished', async () => {
    const state = makeState();
    const app = express();
    app.use(guardRequests(state));
    let seen: object[] = [];
    app.get('/orders/:id', (request, response) => {
      Object.assign(request.guarded, { step: 'reserved' });
      seen = inFlight(state);
      response.send(request.guarded.id);
    });
    const { url } = await serveForTest(app);
    const { text } = await ask(url, { path: '/orders/7?card=4111111111111111' });
    expect(seen).toEqual([
      {
        id: text,
        method: 'GET',
        path: '/orders/7',
        startedAt: expect.any(Date),
        resumed: false,
        step: 'reserved',
        ageMs: expect.any(Number),
      },
    ]);
    await waitFor('the record to go', () => inFlight(state).length === 0);
    expect(JSON.stringify([...state['requests'].inFlight])).toBe('[]');
  });

  it.each(['in front of', 'behind'])(
    'knows the current request when it is mounted %s a body parser',
    async (where) => {
      const state = makeState();
      const app = express();
      if (where === 'in front of') app.use(guardRequests(state), express.json());
      else app.use(express.json(), guardRequests(state));
      app.post('/', async (request, response) => {
        const direct = currentRequest()?.id;
        await sleep(1);
        const later = currentRequest()?.id;
        const inTimer = await new Promise((resolve) => {
          setTimeout(() => resolve(currentRequest()?.id), 1);
        });
        response.json([request.guarded.id, direct, later, inTimer]);
      });
      const { url } = await serveForTest(app);
      const ids = await Promise.all(
        // Large enough for several chunks, and with a pause between them.
        Array.from({ length: 5 }, () => ask(url, { method: 'POST', body: { text: 'x'.repeat(90_000) } })),
      );
      const answers = ids.map(({ text }) => JSON.parse(text) as string[]);
      for (const answer of answers) expect(new Set(answer)).toEqual(new Set([answer[0]]));
      expect(new Set(answers.flat()).size).toBe(5);
      expect(currentRequest()).toBeUndefined();
    },
  );

  it('marks the record of a client that has gone, until its handler has ended the response', async () => {
    const state = makeState();
    const app = express();
    app.use(guardRequests(state));
    const go = Promise.withResolvers<void>();
    app.get('/', async (_request, response) => {
      await go.promise;
      response.send('nobody hears this');
    });
    const { url } = await serveForTest(app);
    const request = http.get(url);
    request.once('error', () => undefined);
    await waitFor('the request', () => inFlight(state).length === 1);
    expect(inFlight(state)[0]).not.toHaveProperty('abortedAt');
    request.destroy();
    await waitFor('the mark', () => inFlight(state)[0]?.abortedAt instanceof Date);
    go.resolve();
    await waitFor('the record to go', () => inFlight(state).length === 0);
  });

  it('takes the record away when the handler fails', async () => {
    const state = makeState();
    const app = express();
    app.use(guardRequests(state));
    app.get('/', () => {
      throw new Error('no');
    });
    // Without it the error is printed.
    app.use(
      ((_error, _request, response, _next) =>
        void response.sendStatus(500)) as import('express').ErrorRequestHandler,
    );
    const { url } = await serveForTest(app);
    expect((await ask(url)).status).toBe(500);
    await waitFor('the record to go', () => inFlight(state).length === 0);
  });

  it('has one record for a request that meets the middleware twice', async () => {
    const state = makeState();
    const app = express();
    app.use(guardRequests(state));
    app.use('/deep', guardRequests(state));
    app.get('/deep', (request, response) => {
      response.json([inFlight(state).length, request.guarded.id === currentRequest()?.id]);
    });
    const { url } = await serveForTest(app);
    expect((await ask(url, { path: '/deep' })).text).toBe('[1,true]');
  });

  it('gives the record to routers, to apps in apps, and to what comes behind them', async () => {
    const state = makeState();
    const [app, inner, late] = [express(), express(), express()];
    const seen: string[] = [];
    const look: import('express').RequestHandler = (request, _response, next) => {
      seen.push(request.guarded.id);
      next();
    };
    inner.use(look);
    const router = express.Router();
    router.use(look);
    app.use(guardRequests(state), look, inner, router);
    // Mounted where the middleware is its own.
    const own = makeState();
    late.use(guardRequests(own), look);
    app.use('/late', late);
    app.use(look, (_request, response) => void response.send('done'));
    const { url } = await serveForTest(app);
    await ask(url, { path: '/late' });
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(1);
    expect(own['requests'].inFlight.size).toBe(0);
  });

  it('keeps the headers that are named, and the body when it is asked to', async () => {
    const state = makeState();
    const app = express();
    app.use(express.json(), guardRequests(state, { headers: ['User-Agent', 'X-Trace'], body: true }));
    app.post('/', (_request, response) => {
      response.json(inFlight(state)[0]);
    });
    const { url } = await serveForTest(app);
    const { text } = await ask(url, {
      method: 'POST',
      headers: { 'User-Agent': 'test', 'X-Trace': '7', Authorization: 'secret', Cookie: 'a=secret' },
      body: { item: 'tea', __proto__: { x: 1 } },
    });
    expect(JSON.parse(text)).toMatchObject({
      headers: { 'user-agent': 'test', 'x-trace': '7' },
      body: { item: 'tea' },
    });
    expect(text).not.toContain('secret');
  });

  it('warns once when there is no parsed body, and goes on', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const state = makeState();
    const app = express();
    app.use(guardRequests(state, { body: true }), express.json());
    app.all('/', (_request, response) => void response.send('done'));
    app.use(
      ((error, _request, response, _next) =>
        void response.status(500).send(error.message)) as import('express').ErrorRequestHandler,
    );
    const { url } = await serveForTest(app);
    for (let times = 0; times < 2; times++) {
      expect((await ask(url, { method: 'POST', body: { a: 1 } })).text).toBe('done');
    }
    // Once in a process: by the first of both versions of Express.
    const isFirst = express === EXPRESS_VERSIONS[0]?.[1];
    expect(warnings.map((warning) => (warning as { code?: string }).code)).toEqual(
      isFirst ? ['FAULTGUARD_BODY_NOT_PARSED'] : [],
    );
    await waitFor('the records to go', () => inFlight(state).length === 0);
  });

  it('leaves other requests alone when a body cannot be guarded', async () => {
    const state = makeState();
    const app = express();
    app.use(express.json(), (request, _response, next) => {
      if (request.method === 'POST') request.body = { run: () => 1 };
      next();
    });
    app.use(guardRequests(state, { body: true }));
    app.all('/', (_request, response) => void response.send('done'));
    app.use(
      ((error, _request, response, _next) =>
        void response.status(500).send(error.message)) as import('express').ErrorRequestHandler,
    );
    const { url } = await serveForTest(app);
    const refused = await ask(url, { method: 'POST', body: { a: 1 } });
    expect(refused.text).toMatch(/body\.run: .*function/i);
    expect((await ask(url)).text).toBe('done');
    await waitFor('the records to go', () => inFlight(state).length === 0);
  });
});

it('gives a client that has gone while another middleware was waiting a record that goes, too', async () => {
  const state = makeState();
  const app = express();
  const arrived = Promise.withResolvers<http.ServerResponse>();
  const go = Promise.withResolvers<void>();
  app.use(async (_request, response, next) => {
    arrived.resolve(response);
    await go.promise;
    next();
  });
  app.use(guardRequests(state));
  const handled = Promise.withResolvers<unknown>();
  app.get('/', (request, response) => {
    handled.resolve(request.guarded.abortedAt);
    response.send('late');
  });
  const { url } = await serveForTest(app);
  const request = http.get(url);
  request.once('error', () => undefined);
  const response = await arrived.promise;
  request.destroy();
  await once(response, 'close');
  go.resolve();
  expect(await handled.promise).toBeInstanceOf(Date);
  await waitFor('the record to go', () => inFlight(state).length === 0);
});

it('takes out the record of a client that has gone when its handler never ends', async () => {
  const state = makeState();
  const app = express();
  app.use(guardRequests(state, { abortedMs: 0 }));
  app.get('/', () => undefined);
  const { url } = await serveForTest(app);
  const request = http.get(url);
  request.once('error', () => undefined);
  await waitFor('the request', () => inFlight(state).length === 1);
  request.destroy();
  await waitFor('the record to go', () => inFlight(state).length === 0, 15_000);
  expect(state['requests'].inFlight.size).toBe(0);
});

it('hands out, once, what an earlier life had left', async () => {
  const state = makeState();
  const left = { id: 'a', method: 'GET', path: '/', startedAt: new Date(5), resumed: false, step: 2 };
  const keyed = { ...left, id: 'b' };
  state['requests'] = {
    life: 'before',
    inFlight: new Map<number, unknown>([
      [1, left],
      [2, keyed],
      [3, 'GET 6 /line'],
      [4, { ...left, id: 'c' }],
    ]),
    running: new Map(),
    interrupted: new Map(),
    done: new Map(),
  };
  state['requests'].running.set('"k"', { fingerprint: 'f', request: state['requests'].inFlight.get(2) });
  // One that was just completed, and one that was just interrupted a second time.
  state['requests'].done.set('"d"', { fingerprint: 'f' });
  state['requests'].running.set('"d"', { fingerprint: 'f', request: { ...left, id: 'd' } });
  state['requests'].interrupted.set('"c"', {
    fingerprint: 'f',
    request: state['requests'].inFlight.get(4),
    expiresAt: 9e15,
  });
  expect(inFlight(state, { at: new Date(1005) }).map(({ id, ageMs }) => [id, ageMs])).toEqual([
    ['a', 1000],
    ['b', 1000],
    ['c', 1000],
    ['before-3', 999],
  ]);
  const lost: object[] = [];
  guardRequests(state, { onLost: (request) => lost.push(request) });
  guardRequests(state, { onLost: (request) => lost.push(request) });
  const line = { id: 'before-3', method: 'GET', path: '/line', startedAt: new Date(6), resumed: false };
  expect(lost).toEqual([left, line]);
  expect(inFlight(state)).toEqual([]);
  expect(state['requests'].running.size).toBe(0);
  expect(new Set(state['requests'].interrupted.keys())).toEqual(new Set(['"c"', '"k"']));
});

it('finds the requests of a plain state, as a rescue is given it', () => {
  const startedAt = new Date(1000);
  const requests = {
    life: 'before',
    inFlight: new Map<number, unknown>([
      [1, { id: 'a', startedAt }],
      [35, 'PUT 1200 /x y'],
      [36, 'no line'],
    ]),
    running: new Map(),
    interrupted: new Map(),
    done: new Map(),
  };
  expect(inFlight({ requests }, { at: new Date(1500) })).toEqual([
    { id: 'before-10', method: '?', path: '', startedAt: new Date(0), resumed: false, ageMs: 1500 },
    { id: 'a', startedAt, ageMs: 500 },
    { id: 'before-z', method: 'PUT', path: '/x y', startedAt: new Date(1200), resumed: false, ageMs: 300 },
  ]);
  expect(inFlight({})).toEqual([]);
  expect(inFlight({ requests: 'something else' })).toEqual([]);
});

it('is what it was when it is looked at first after the end', async () => {
  const state = makeState();
  const app = express();
  app.use(guardRequests(state));
  const after = Promise.withResolvers<object | undefined>();
  app.get('/late', async (_request, response) => {
    response.send('x');
    await waitFor('the record to go', () => state['requests'].inFlight.size === 0);
    after.resolve(currentRequest());
  });
  const { url } = await serveForTest(app);
  await ask(url, { path: '/late' });
  expect(await after.promise).toMatchObject({ method: 'GET', path: '/late', resumed: false });
  expect(state['requests'].inFlight.size).toBe(0);
});

it('does not keep what an absolute URL has in front of its path', async () => {
  const state = makeState();
  const app = express();
  app.use(
    guardRequests(state),
    (_request, response) => void response.json(inFlight(state).map(({ path }) => path)),
  );
  const { url } = await serveForTest(app);
  const { text } = await ask(url, { absoluteUrl: 'http://ada:secret@host/x?y=1' });
  expect(text).toBe('["/x"]');
});

it.each([{}, { 'Idempotency-Key': '"a"' }])(
  'lets a request with %o end when somebody has put something else in the place of the requests, and refuses the next',
  async (headers) => {
    const state = makeState();
    const app = express();
    app.use(guardRequests(state));
    app.post('/', (_request, response) => {
      state['requests'] = ['mine'];
      response.send('done');
    });
    app.use(
      ((error, _request, response, _next) =>
        void response.status(500).send(error.message)) as import('express').ErrorRequestHandler,
    );
    const { url, server } = await serveForTest(app);
    const closed = Promise.withResolvers<void>();
    server.once('request', (_request, response) => response.once('close', closed.resolve));
    expect((await ask(url, { method: 'POST', headers })).text).toBe('done');
    await closed.promise;
    const next = await ask(url, { method: 'POST', headers });
    expect([next.status, next.text]).toEqual([
      500,
      expect.stringContaining('state.requests holds something else'),
    ]);
    expect(state['requests']).toEqual(['mine']);
  },
);

it('has no timer that fails when somebody has put something else in the place of the requests', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const state = makeState();
  const guard = guardRequests(state, { abortedMs: 0 });
  const go = (): void => {
    const response = makeResponse();
    guard({ method: 'GET', url: '/', headers: {} } as never, response as never, () => undefined);
    response.emit('close');
  };
  go();
  const { requests } = state;
  state['requests'] = ['mine'];
  vi.advanceTimersByTime(20_000);
  expect(state['requests']).toEqual(['mine']);
  state['requests'] = requests;
  go();
  vi.advanceTimersByTime(20_000);
  expect(inFlight(state)).toEqual([]);
});

it('keeps a thousand records at most of clients that have gone and handlers that say nothing', () => {
  const state = makeState();
  const guard = guardRequests(state);
  for (let count = 0; count < 1200; count++) {
    const response = makeResponse();
    guard({ method: 'GET', url: `/${count}`, headers: {} } as never, response as never, () => undefined);
    response.emit('close');
  }
  expect(state['requests'].inFlight.size).toBe(1000);
  expect(inFlight(state).map(({ path }) => path)).toContain('/1199');
});

describe('refuses', () => {
  it('a state that is not guarded', () => {
    const refusal = expect.objectContaining({ code: 'ERR_FAULTGUARD_NOT_GUARDED' });
    expect(() => guardRequests({})).toThrow(refusal);
    // Also one that has been guarded, and is a copy of it.
    const state = makeState();
    guardRequests(state);
    expect(() => guardRequests(snapshot(state))).toThrow(refusal);
  });

  it('a place where something else is, and leaves that as it is', () => {
    const state = makeState();
    state['requests'] = ['mine'];
    expect(() => guardRequests(state)).toThrow(/"place" is "requests".*something else/);
    expect(state['requests']).toEqual(['mine']);
    expect(() => guardRequests(state, { place: 'http' })).not.toThrow();
  });

  it.each([
    [{ headers: ['Authorization'] }, /"headers" names "Authorization", which is never kept/],
    [{ headers: ['cookie'] }, /never kept/],
    [{ headers: ['User-Agent', 'X-Session-Token'] }, /names "X-Session-Token"/],
    [{ headers: 'x' }, /"headers" has to be an array of strings/],
    [{ body: 1 }, /"body" has to be true or false/],
    [{ abortedMs: -1 }, /"abortedMs" has to be a number from 0/],
    [{ onLost: 1 }, /"onLost" has to be a function/],
    [{ idempotency: { keepMs: '1' } }, /"idempotency.keepMs" has to be a number of at least 0, not '1'/],
    [{ idempotency: { ttl: 1 } }, /"idempotency.ttl" is not one of those there are: methods/],
    [{ idempotency: true }, /"idempotency" has to be an object/],
    [{ palce: 'x' }, /"palce" is not one of those there are/],
  ])('the options %j', (options, message) => {
    expect(() => guardRequests(makeState(), options as never)).toThrow(message);
  });
});
