/** The header Idempotency-Key, over real HTTP: draft-ietf-httpapi-idempotency-key-header-07. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import http from 'node:http';
import { transaction } from '@faultguard/core';
import { currentRequest, type GuardRequestsOptions, guardRequests, inFlight } from '@faultguard/express';
import { waitFor } from '@faultguard/test-kit';
import type { Express, Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { express, EXPRESS_VERSIONS } from '../fixtures/express-versions.ts';
import { guardThisProcess, makeState, serveForTest } from '../fixtures/guarded-process.ts';
import { type Answer, type Ask, ask } from '../fixtures/http.ts';

guardThisProcess();

interface Shop {
  readonly state: Record<string, any>;
  readonly url: string;
  readonly runs: () => number;
  post(key: string | undefined, more?: Ask): Promise<Answer>;
}

/** `handle` is called for each execution. */
async function openShop(
  express: (typeof EXPRESS_VERSIONS)[number][1],
  handle: (request: Request, response: Response, run: number) => unknown,
  { parser = 'behind', ...options }: GuardRequestsOptions & { parser?: 'in front' | 'behind' | 'none' } = {},
  change: (app: Express) => void = () => undefined,
): Promise<Shop> {
  const state = makeState();
  const app = express();
  let runs = 0;
  app.disable('x-powered-by');
  change(app);
  if (parser === 'in front') app.use(express.json());
  app.use(guardRequests(state, options));
  if (parser === 'behind') app.use(express.json({ limit: '5mb' }));
  app.all('/', async (request, response, next) => {
    // Express 4 would not see what it rejects with.
    try {
      await handle(request, response, ++runs);
    } catch (error) {
      next(error);
    }
  });
  app.use(((error, _request, response, _next) => {
    response.status(error.status ?? 500).send(error.message);
  }) as import('express').ErrorRequestHandler);
  const { url } = await serveForTest(app);
  return {
    state,
    url,
    runs: () => runs,
    post: (key, more = {}) =>
      ask(url, {
        method: 'POST',
        body: { item: 'tea' },
        ...more,
        headers: { ...(key !== undefined && { 'Idempotency-Key': key }), ...more.headers },
      }),
  };
}

describe.each(EXPRESS_VERSIONS)('%s', (_name, express) => {
  describe.each(['in front', 'behind'] as const)('with the body parser %s', (parser) => {
    it('answers a repeated request as the first one, without executing it', async () => {
      const shop = await openShop(
        express,
        (request, response, run) =>
          response
            .status(201)
            .set('X-Order', '7')
            .json({ run, ...request.body }),
        { parser },
      );
      const first = await shop.post('"a"');
      const second = await shop.post('"a"');
      expect([first.status, first.text]).toEqual([201, '{"run":1,"item":"tea"}']);
      expect([second.status, second.text]).toEqual([201, first.text]);
      expect(second.headers).toMatchObject({
        'x-order': '7',
        'content-type': first.headers['content-type'],
        etag: first.headers.etag,
        'idempotent-replayed': 'true',
      });
      expect(first.headers).not.toHaveProperty('idempotent-replayed');
      expect((await shop.post('"b"')).text).toBe('{"run":2,"item":"tea"}');
      expect((await shop.post(undefined)).text).toBe('{"run":3,"item":"tea"}');
      expect(inFlight(shop.state)).toEqual([]);
    });

    it('answers 422 to the same key with another payload, URL, or authorization', async () => {
      const shop = await openShop(express, (_request, response) => response.send('secret of the first'), {
        parser,
      });
      await shop.post('"a"');
      for (const more of [
        { body: { item: 'coffee' } },
        { path: '/?x=1' },
        { headers: { Authorization: 'Bearer other' } },
      ]) {
        const answer = await shop.post('"a"', more);
        expect([answer.status, answer.headers['content-type']]).toEqual([422, 'application/problem+json']);
        expect(JSON.parse(answer.text)).toMatchObject({
          status: 422,
          code: 'ERR_FAULTGUARD_IDEMPOTENCY_KEY_USED',
        });
        expect(answer.text).not.toContain('secret');
      }
      expect(shop.runs()).toBe(1);
    });

    it('lets a handler read a large body that has been read ahead', async () => {
      const shop = await openShop(
        express,
        (request, response) => response.json({ length: request.body.text.length }),
        { parser: 'behind', idempotency: { bodyBytesMax: 4_000_000 } },
      );
      const body = { text: 'x'.repeat(3_000_000) };
      expect((await shop.post('"a"', { body })).text).toBe('{"length":3000000}');
      expect((await shop.post('"a"', { body: { text: `${'x'.repeat(2_999_999)}y` } })).status).toBe(422);
    });
  });

  it('answers 409 with Retry-After while the first one is still running', async () => {
    const go = Promise.withResolvers<void>();
    const shop = await openShop(
      express,
      async (_request, response) => {
        await go.promise;
        response.send('done');
      },
      { idempotency: { retryAfterS: 3 } },
    );
    const first = shop.post('"a"');
    await waitFor('the first one', () => shop.runs() === 1);
    const second = await shop.post('"a"');
    expect([second.status, second.headers['retry-after']]).toEqual([409, '3']);
    expect((await shop.post('"a"', { body: { item: 'other' } })).status).toBe(422);
    go.resolve();
    expect((await first).text).toBe('done');
    expect((await shop.post('"a"')).text).toBe('done');
    expect(shop.runs()).toBe(1);
  });

  it('gives a failed request its record back when it is repeated', async () => {
    const shop = await openShop(express, (request, response, run) => {
      const order = request.guarded as typeof request.guarded & { steps?: number };
      order.steps = (order.steps ?? 0) + 1;
      if (run === 1) throw new Error('out of order');
      response.json({ steps: order.steps, resumed: order.resumed });
    });
    const failed = await shop.post('"a"');
    expect([failed.status, failed.text]).toEqual([500, 'out of order']);
    expect((await shop.post('"a"', { body: { item: 'other' } })).status).toBe(422);
    expect((await shop.post('"a"')).text).toBe('{"steps":2,"resumed":true}');
    expect((await shop.post('"a"')).text).toBe('{"steps":2,"resumed":true}');
    expect(shop.runs()).toBe(2);
  });

  it('keeps the response of a client that had gone before it', async () => {
    const go = Promise.withResolvers<void>();
    const state = makeState();
    const app = express();
    app.use(guardRequests(state));
    let runs = 0;
    app.post('/', async (_request, response) => {
      runs++;
      await go.promise;
      response.send('for whom?');
    });
    const { url } = await serveForTest(app);
    const asked = { method: 'POST', headers: { 'Idempotency-Key': '"a"', 'Content-Length': '0' } };
    const request = http.request(url, asked).end();
    request.once('error', () => undefined);
    await waitFor('the first one', () => runs === 1);
    request.destroy();
    await waitFor('the mark', () => inFlight(state)[0]?.abortedAt instanceof Date);
    expect((await ask(url, asked)).status).toBe(409);
    go.resolve();
    const again = await waitFor('the response', async () => {
      const answer = await ask(url, asked);
      return answer.status === 200 && answer;
    });
    expect([again.text, runs]).toEqual(['for whom?', 1]);
  });
});

describe('keys', () => {
  it.each([
    ['empty', ''],
    ['too long', `"${'k'.repeat(254)}"`],
    ['huge', 'k'.repeat(10_000)],
    ['repeated', ['"a"', '"b"']],
    ['a list', '"a", "b"'],
    ['with parameters', '"a";b=1'],
    ['without an end', '"a'],
    ['binary', Buffer.from([0xff, 0xc3, 0x80]).toString('latin1')],
    ['with a control character', 'a\tb'],
  ])('that are %s are answered by 400', async (_what, key) => {
    const shop = await openShop(express, (_request, response) => response.send('done'));
    const answer = await shop.post(undefined, { headers: { 'Idempotency-Key': key } });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([
      400,
      'ERR_FAULTGUARD_IDEMPOTENCY_KEY_INVALID',
    ]);
    expect(shop.runs()).toBe(0);
    expect((await shop.post('"fine"')).text).toBe('done');
  });

  it.each([
    '__proto__',
    'constructor',
    '"__proto__"',
    '"a \\"b\\" \\\\"',
    'toString',
    '8e03978e-40d5-43e8-bc93-6894a57f9324',
  ])('like %s are keys like any other', async (key) => {
    const shop = await openShop(express, (_request, response, run) => response.json({ run }));
    expect((await shop.post(key)).text).toBe('{"run":1}');
    expect((await shop.post(key)).text).toBe('{"run":1}');
    expect(shop.runs()).toBe(1);
  });

  it('do not count for methods that are idempotent, nor when they are switched off', async () => {
    const shop = await openShop(express, (_request, response, run) => response.json({ run }));
    await shop.post('"a"', { method: 'PUT' });
    expect((await shop.post('"a"', { method: 'PUT' })).text).toBe('{"run":2}');
    const without = await openShop(express, (_request, response, run) => response.json({ run }), {
      idempotency: false,
    });
    await without.post('"a"');
    expect((await without.post('"a"')).text).toBe('{"run":2}');
  });

  it('can be required', async () => {
    const shop = await openShop(express, (_request, response) => response.send('done'), {
      idempotency: { required: true },
    });
    const missing = await shop.post(undefined);
    expect([missing.status, JSON.parse(missing.text).code]).toEqual([
      400,
      'ERR_FAULTGUARD_IDEMPOTENCY_KEY_MISSING',
    ]);
    expect((await shop.post('"a"')).text).toBe('done');
    expect((await shop.post(undefined, { method: 'DELETE' })).text).toBe('done');
  });

  it('of different scopes do not meet', async () => {
    const shop = await openShop(express, (_request, response, run) => response.json({ run }), {
      idempotency: { scope: (request) => String(request.headers['x-user']) },
    });
    expect((await shop.post('"a"', { headers: { 'X-User': 'ada' } })).text).toBe('{"run":1}');
    expect((await shop.post('"a"', { headers: { 'X-User': 'eve' } })).text).toBe('{"run":2}');
    expect((await shop.post('"a"', { headers: { 'X-User': 'ada' } })).text).toBe('{"run":1}');
  });

  it('are compared by a fingerprint of your own', async () => {
    const shop = await openShop(express, (_request, response, run) => response.json({ run }), {
      idempotency: { fingerprint: () => 'all the same' },
    });
    await shop.post('"a"');
    expect((await shop.post('"a"', { body: { item: 'coffee' } })).text).toBe('{"run":1}');
  });
});

describe('bodies', () => {
  it('that are too large are answered by 413, and not executed', async () => {
    const shop = await openShop(express, (_request, response) => response.send('done'), {
      idempotency: { bodyBytesMax: 1000 },
    });
    // The server closes the connection, which the client may notice while it is sending.
    const answer = await shop.post('"a"', { body: { text: 'x'.repeat(2000) } });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([413, 'ERR_FAULTGUARD_REQUEST_TOO_LARGE']);
    expect(shop.runs()).toBe(0);
  });

  it.each([
    ['chunked, and empty', []],
    ['chunked, in one piece', ['{"item":"tea"}']],
    ['chunked, in pieces that come one by one', ['{"item":', '"t', 'ea"}']],
  ])('that are %s are read by the handler as if nobody had read them', async (_what, pieces) => {
    const shop = await openShop(
      express,
      async (request, response, run) => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        response.json({ run, text });
      },
      { parser: 'none' },
    );
    const send = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const request = http.request(shop.url, {
          method: 'POST',
          headers: { 'Idempotency-Key': '"a"', 'Transfer-Encoding': 'chunked' },
        });
        request.once('error', reject).once('response', (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk))).once('end', () => resolve(text));
        });
        const next = (at: number): void => {
          if (at === pieces.length) request.end();
          else request.write(pieces[at], () => setTimeout(next, 5, at + 1));
        };
        request.flushHeaders();
        next(0);
      });
    const expected = JSON.stringify({ run: 1, text: pieces.join('') });
    expect(await send()).toBe(expected);
    expect(await send()).toBe(expected);
  });

  it('whose client goes away in the middle are not executed, and leave the key free', async () => {
    const shop = await openShop(express, (_request, response) => response.send('done'));
    const request = http.request(shop.url, {
      method: 'POST',
      headers: { 'Idempotency-Key': '"a"', 'Content-Length': '100', 'Content-Type': 'application/json' },
    });
    request.once('error', () => undefined);
    await new Promise<void>((resolve) => request.write('{"item"', () => resolve()));
    request.destroy();
    expect((await shop.post('"a"')).text).toBe('done');
    expect(shop.runs()).toBe(1);
  });
});

describe('responses', () => {
  it.each<[string, (response: Response) => unknown, string]>([
    [
      'in pieces',
      (response) => {
        response.write('one ');
        response.write(Buffer.from('two '));
        response.end('three');
      },
      'one two three',
    ],
    ['in an encoding', (response) => response.end('6e6f', 'hex'), 'no'],
    ['with headers of writeHead', (response) => response.writeHead(200, { 'X-Order': '7' }).end('x'), 'x'],
    [
      'with a list of headers',
      (response) => response.writeHead(200, 'OK', ['X-Order', '7'] as never).end('x'),
      'x',
    ],
    ['without a body', (response) => response.set('X-Order', '7').sendStatus(204), ''],
    ['with a callback', (response) => response.set('X-Order', '7').end('x', () => undefined), 'x'],
  ])('%s are repeated', async (what, send, text) => {
    const shop = await openShop(express, (_request, response) => void send(response), { parser: 'none' });
    const first = await shop.post('"a"');
    const second = await shop.post('"a"');
    expect([first.text, second.text, second.status]).toEqual([text, text, first.status]);
    expect(second.headers['x-order']).toBe(first.headers['x-order']);
    expect(first.headers['x-order'] !== undefined).toBe(!/pieces|encoding/.test(what));
    expect(shop.runs()).toBe(1);
  });

  it('of bytes that are no text are repeated byte by byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const shop = await openShop(express, (_request, response) => response.type('png').send(bytes));
    await shop.post('"a"');
    expect((await shop.post('"a"')).bytes).toEqual(bytes);
  });

  it('do not give a cookie of the first one to the second', async () => {
    const shop = await openShop(express, (_request, response) => response.cookie('sid', 'secret').send('x'));
    expect((await shop.post('"a"')).headers['set-cookie']).toHaveLength(1);
    expect((await shop.post('"a"')).headers).not.toHaveProperty('set-cookie');
    expect(JSON.stringify([...shop.state['requests'].done])).not.toContain('secret');
  });

  it('that are too large to be kept are not made a second time', async () => {
    const shop = await openShop(express, (_request, response) => response.send('x'.repeat(2000)), {
      idempotency: { responseBytesMax: 1000 },
    });
    expect((await shop.post('"a"')).text).toHaveLength(2000);
    const second = await shop.post('"a"');
    expect([second.status, JSON.parse(second.text).code]).toEqual([409, 'ERR_FAULTGUARD_RESPONSE_TOO_LARGE']);
    expect(shop.runs()).toBe(1);
  });

  it('are dropped when they are too old, or too many', async () => {
    const old = await openShop(express, (_request, response, run) => response.json({ run }), {
      idempotency: { keepMs: 0 },
    });
    await old.post('"a"');
    expect((await old.post('"a"')).text).toBe('{"run":2}');

    const many = await openShop(
      express,
      (_request, response, run) => response.json({ run, text: 'x'.repeat(500) }),
      {
        // An entry counts for 2 kB, and what is in it.
        idempotency: { keepBytes: 8000 },
      },
    );
    for (const key of ['"a"', '"b"', '"c"', '"d"', '"e"']) await many.post(key);
    expect([...many.state['requests'].done.keys()].at(-1)).toBe('"e"');
    expect(many.state['requests'].done.size).toBeLessThan(5);
    expect(JSON.parse((await many.post('"e"')).text).run).toBe(5);
    expect(JSON.parse((await many.post('"a"')).text).run).toBe(6);
  });

  it.each([
    [401, 2],
    [403, 2],
    [404, 1],
    [409, 2],
    [422, 1],
    [429, 2],
    [500, 2],
    [503, 2],
    [302, 1],
  ])('with status %d: after two requests the handler has run %d times', async (status, runs) => {
    const shop = await openShop(express, (request, response) =>
      response.status(status).send(request.guarded.id),
    );
    await shop.post('"a"');
    await shop.post('"a"');
    expect(shop.runs()).toBe(runs);
  });
});

describe('a stranger', () => {
  it.each([401, 404, 500])('who is refused with %d leaves nothing', async (status) => {
    const shop = await openShop(express, (_request, response) => response.status(status).send('x'));
    for (let count = 0; count < 20; count++) await shop.post(`"${count}"`);
    const { inFlight, running, interrupted, done } = shop.state['requests'];
    expect([inFlight.size, running.size, interrupted.size, done.size]).toEqual([0, 0, 0, 0]);
  });

  it.each([401, 404])('who goes away before being refused with %d leaves nothing either', async (status) => {
    const go = Promise.withResolvers<void>();
    const shop = await openShop(express, async (_request, response) => {
      await go.promise;
      response.status(status).send('x');
    });
    const stranger = http.request(shop.url, {
      method: 'POST',
      headers: { 'Idempotency-Key': '"a"', 'Content-Length': 0 },
    });
    stranger.once('error', () => undefined).end();
    const { inFlight: records, running, interrupted, done } = shop.state['requests'];
    await waitFor('the request', () => shop.runs() === 1);
    stranger.destroy();
    await waitFor('the mark', () => inFlight(shop.state)[0]?.abortedAt instanceof Date);
    go.resolve();
    await waitFor('the end', () => running.size === 0);
    expect([records.size, interrupted.size, done.size]).toEqual([0, 0, 0]);
  });
});

describe('with other middleware', () => {
  it('in front that changes body and headers on their way, the response is repeated as it was', async () => {
    const shop = await openShop(
      express,
      (_request, response) => {
        response.type('text');
        response.write('one ');
        response.end('two');
      },
      { parser: 'none' },
      (app) => {
        app.use((_request, response, next) => {
          // As packers do: the header comes with the first piece.
          const write = response.write.bind(response);
          const end = response.end.bind(response);
          const shout = (chunk: unknown): unknown => {
            if (!response.headersSent) response.setHeader('X-Loud', 'yes');
            return typeof chunk === 'string' || Buffer.isBuffer(chunk) ? String(chunk).toUpperCase() : chunk;
          };
          response.write = ((chunk: unknown) => write(shout(chunk), 'utf8')) as typeof write;
          response.end = ((chunk: unknown) => end(shout(chunk), 'utf8')) as typeof end;
          next();
        });
      },
    );
    const [first, second] = [await shop.post('"a"'), await shop.post('"a"')];
    expect([first.text, second.text]).toEqual(['ONE TWO', 'ONE TWO']);
    expect([first.headers['x-loud'], second.headers['x-loud']]).toEqual(['yes', 'yes']);
    const [kept] = shop.state['requests'].done.values();
    expect([kept.body, Object.keys(kept.headers)]).toEqual(['one two', ['content-type']]);
  });

  it('that has ended the response already nothing is left', async () => {
    const shop = await openShop(
      express,
      () => undefined,
      {},
      (app) => {
        app.use((_request, response, next) => {
          response.send('early');
          next();
        });
      },
    );
    expect((await shop.post('"a"')).text).toBe('early');
    const { inFlight, running } = shop.state['requests'];
    await waitFor('the record to go', () => inFlight.size === 0 && running.size === 0);
    expect((await shop.post('"a"')).text).toBe('early');
  });

  it('in front its context is the handler’s, whenever the body comes', async () => {
    const storage = new AsyncLocalStorage<string>();
    const shop = await openShop(
      express,
      (request, response) => response.json([storage.getStore(), currentRequest()?.id === request.guarded.id]),
      {},
      (app) => {
        app.use((_request, _response, next) => storage.run('mine', next));
      },
    );
    expect((await shop.post('"a"')).text).toBe('["mine",true]');
    const slow = http.request(shop.url, {
      method: 'POST',
      headers: { 'Idempotency-Key': '"b"', 'Content-Type': 'application/json', 'Content-Length': 2 },
    });
    slow.write('{');
    setTimeout(() => slow.end('}'), 20);
    const [response] = (await once(slow, 'response')) as [http.IncomingMessage];
    expect(String(await response.toArray())).toBe('["mine",true]');
  });

  it('in front that has set an encoding, bodies are read as before', async () => {
    const shop = await openShop(
      express,
      async (request, response) => {
        let text = '';
        for await (const chunk of request) text += chunk as string;
        response.json({ text });
      },
      { parser: 'none' },
      (app) => {
        app.use((request, _response, next) => {
          request.setEncoding('utf8');
          next();
        });
      },
    );
    const body = '{"item":"tee, 茶"}';
    expect(JSON.parse((await shop.post('"a"', { body })).text)).toEqual({ text: body });
    expect((await shop.post('"a"', { body: '{"item":"tee, 菓"}' })).status).toBe(422);
  });

  it('in front that has begun the response, a body that is too large ends the connection and not the app', async () => {
    const shop = await openShop(
      express,
      (_request, response) => response.end('done'),
      { idempotency: { bodyBytesMax: 10 } },
      (app) => {
        app.use((_request, response, next) => {
          response.write(' ');
          next();
        });
      },
    );
    await shop.post('"a"', { body: { text: 'more than ten' } }).catch(() => undefined);
    expect((await shop.post(undefined)).text).toBe(' done');
    expect(shop.runs()).toBe(1);
  });
});

describe('handlers', () => {
  it.each([42, { order: 1 }])(
    'that end the response with %j have failed, and can be repeated',
    async (what) => {
      const shop = await openShop(
        express,
        (_request, response, run) => (run === 1 ? response.end(what as never) : response.end('done')),
        { parser: 'none' },
      );
      expect((await shop.post('"a"')).status).toBe(500);
      expect((await shop.post('"a"')).text).toBe('done');
    },
  );

  it('that give a header twice have it twice', async () => {
    const shop = await openShop(
      express,
      (_request, response) => response.writeHead(200, ['X-A', '1', 'X-B', 'x', 'X-A', '2']).end('x'),
      { parser: 'none' },
    );
    for (let times = 0; times < 2; times++) {
      expect((await shop.post('"a"')).headers).toMatchObject({ 'x-a': '1, 2', 'x-b': 'x' });
    }
  });

  it('whose transaction is taken back after the response have answered all the same', async () => {
    const shop = await openShop(express, (request, response) => {
      expect(() =>
        transaction(shop.state, () => {
          response.json({ id: request.guarded.id });
          throw new Error('too late');
        }),
      ).toThrow('too late');
    });
    const first = await shop.post('"a"');
    await waitFor('the end', () => shop.state['requests'].running.size === 0);
    expect((await shop.post('"a"')).text).toBe(first.text);
    expect(shop.runs()).toBe(1);
  });

  it.each(['scope', 'fingerprint'] as const)('are not called when %s is no text', async (option) => {
    const shop = await openShop(express, (_request, response) => response.send('done'), {
      idempotency: { [option]: async () => 'ada' },
    });
    const refused = await shop.post('"a"');
    expect([refused.status, refused.text]).toEqual([
      500,
      expect.stringContaining(`"idempotency.${option}" has to return a string, not a promise`),
    ]);
    expect(shop.runs()).toBe(0);
  });
});
