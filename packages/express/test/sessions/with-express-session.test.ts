/** The store under express-session, over real HTTP. */
import { GuardedSessionStore, listSessions } from '@faultguard/express';
import type { Request, Response } from 'express';
import session, { type SessionData, type SessionOptions } from 'express-session';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXPRESS_VERSIONS } from '../fixtures/express-versions.ts';
import { guardThisProcess, makeState, serveForTest } from '../fixtures/guarded-process.ts';
import { type Answer, ask } from '../fixtures/http.ts';

guardThisProcess();

declare module 'express-session' {
  interface SessionData {
    [name: string]: any;
  }
}

/** A method of a session as a promise. */
const call = (act: (done: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()));
  });

describe.each(EXPRESS_VERSIONS)('%s', (_name, express) => {
  async function open(
    handle: (request: Request, response: Response) => unknown,
    options: Partial<SessionOptions> = {},
  ) {
    const state = makeState();
    const store = new GuardedSessionStore(state);
    onTestFinished(() => store.close());
    const app = express();
    app.use(
      session({
        secret: 'test',
        resave: false,
        saveUninitialized: false,
        cookie: { maxAge: 60_000 },
        store,
        ...options,
      }),
    );
    app.get('/', async (request, response, next) => {
      try {
        await handle(request, response);
      } catch (error) {
        next(error);
      }
    });
    const { url } = await serveForTest(app);
    let cookie: string | undefined;
    /** With the cookie that the last answer has set. */
    const get = async (path = '/', sent: string | undefined = cookie): Promise<Answer> => {
      const answer = await ask(url, { path, headers: sent === undefined ? {} : { Cookie: sent } });
      const set = answer.headers['set-cookie']?.[0];
      if (set !== undefined) cookie = set.split(';')[0];
      return answer;
    };
    const sessions = (): Map<string, SessionData> => listSessions(state);
    return { get, sessions, store };
  }

  it('a session goes on from request to request', async () => {
    const { get, sessions } = await open((request, response) => {
      request.session['views'] = (request.session['views'] ?? 0) + 1;
      response.send(String(request.session['views']));
    });
    expect([(await get()).text, (await get()).text, (await get()).text]).toEqual(['1', '2', '3']);
    expect(sessions().size).toBe(1);
  });

  it('an answer is there when the session is saved', async () => {
    const { get, sessions } = await open((request, response) => {
      request.session['hit'] = true;
      response.send('saved');
    });
    await get();
    expect([...sessions().values()][0]?.['hit']).toBe(true);
  });

  it('regenerate, reload, save, touch and destroy do what they say', async () => {
    const { get, sessions } = await open(async (request, response) => {
      const { session } = request;
      const before = session.id;
      if (request.query['do'] === 'regenerate') await call((done) => session.regenerate(done));
      else if (request.query['do'] === 'destroy') await call((done) => session.destroy(done));
      else {
        session['views'] = (session['views'] ?? 0) + 1;
        await call((done) => session.save(done));
        session['views'] = 100;
        await call((done) => session.reload(done));
      }
      response.json({ same: request.session?.id === before, views: request.session?.['views'] });
    });
    expect((await get()).text).toBe('{"same":true,"views":1}');
    expect((await get()).text).toBe('{"same":true,"views":2}');
    const [sid] = sessions().keys();
    expect((await get('/?do=regenerate')).text).toBe('{"same":false}');
    expect([...sessions().keys()]).not.toContain(sid);
    expect((await get()).text).toBe('{"same":true,"views":1}');
    expect((await get('/?do=destroy')).text).toBe('{"same":false}');
    expect(sessions().size).toBe(0);
  });

  it('an end that moves is saved without saving the session', async () => {
    const { get, sessions, store } = await open((request, response) => {
      request.session['user'] = 'ada';
      response.send('x');
    });
    await get();
    const end = (): number => {
      const [session] = sessions().values() as unknown as [SessionData];
      return Date.parse(String(session.cookie.expires));
    };
    const before = end();
    store.set = () => {
      throw new Error('It is not to be saved.');
    };
    await new Promise((resolve) => setTimeout(resolve, 5));
    await get();
    expect(end()).toBeGreaterThan(before);
  });

  it('sessions that nobody has written to are not kept, unless they are to be', async () => {
    const without = await open((_request, response) => response.send('x'));
    expect((await without.get()).headers).not.toHaveProperty('set-cookie');
    expect(without.sessions().size).toBe(0);
    const kept = await open((_request, response) => response.send('x'), { saveUninitialized: true });
    await kept.get();
    expect(kept.sessions().size).toBe(1);
  });

  it('a store that is told to be disconnected is passed by until it is connected', async () => {
    const { get, store } = await open((request, response) => response.send(typeof request.session));
    store.emit('disconnect');
    expect((await get()).text).toBe('undefined');
    store.emit('connect');
    expect((await get()).text).toBe('object');
  });

  it('a session id that is forged is a new session', async () => {
    const { get, sessions } = await open((request, response) => {
      request.session['x'] = 1;
      response.send(request.sessionID);
    });
    for (const cookie of [
      's:__proto__.x',
      `s:${'x'.repeat(4000)}.y`,
      's:\u00ff\u00fe.z',
      's:',
      'a; connect.sid=b',
    ]) {
      const { status, text } = await get('/', `connect.sid=${encodeURIComponent(cookie)}`);
      expect([status, text.length]).toEqual([200, 32]);
    }
    expect(sessions().size).toBe(5);
  });

  it.each([true, false])('requests that overlap keep each other’s keys (resave: %s)', async (resave) => {
    const arrived: (() => void)[] = [];
    const { get, sessions } = await open(
      async (request, response) => {
        const name = request.query['name'] as string | undefined;
        if (name !== undefined) {
          request.session[name] = true;
          await new Promise<void>((resolve) => {
            arrived.push(resolve);
            if (arrived.length === 5) for (const go of arrived) go();
          });
        }
        request.session['first'] ??= true;
        response.send('x');
      },
      { resave },
    );
    await get();
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => get(`/?name=${name}`)));
    const [session] = [...sessions().values()];
    expect(Object.keys(session as object).sort()).toEqual(['a', 'b', 'c', 'cookie', 'd', 'e', 'first']);
  });

  it.each([true, false])(
    'a session that is destroyed stays so under a request that is slow (resave: %s)',
    async (resave) => {
      const go = Promise.withResolvers<void>();
      const slowIsThere = Promise.withResolvers<void>();
      const { get, sessions } = await open(
        async (request, response) => {
          if (request.query['do'] === 'slow') {
            request.session['slow'] = true;
            request.session.save(() => slowIsThere.resolve());
            await go.promise;
            request.session['late'] = true;
          } else if (request.query['do'] === 'log out') {
            await new Promise((resolve) => request.session.destroy(resolve));
          } else request.session['user'] = 'ada';
          response.send('x');
        },
        { resave },
      );
      await get();
      const slow = get('/?do=slow');
      await slowIsThere.promise;
      await get('/?do=log%20out');
      expect(sessions().size).toBe(0);
      go.resolve();
      await slow;
      expect(sessions().size).toBe(0);
    },
  );

  it.each([
    ['reads', true],
    ['reads', false],
    ['writes', true],
    ['writes', false],
  ])(
    'a session that is to last longer does so under a request that only %s (rolling: %s)',
    async (what, rolling) => {
      const go = Promise.withResolvers<void>();
      const slowIsThere = Promise.withResolvers<void>();
      const { get, sessions } = await open(
        async (request, response) => {
          if (request.query['do'] === 'slow') {
            slowIsThere.resolve();
            await go.promise;
            if (what === 'writes') request.session['slow'] = true;
          } else if (request.query['do'] === 'remember') request.session.cookie.maxAge = 30 * 86_400_000;
          else request.session['user'] = 'ada';
          if (request.query['do'] === 'remember') request.session['remember'] = true;
          response.send('x');
        },
        { rolling },
      );
      await get();
      const slow = get('/?do=slow');
      await slowIsThere.promise;
      await get('/?do=remember');
      go.resolve();
      await slow;
      const [session] = [...sessions().values()] as [SessionData];
      expect(session.cookie.originalMaxAge).toBeGreaterThan(29 * 86_400_000);
      expect(Date.parse(String(session.cookie.expires))).toBeGreaterThan(Date.now() + 29 * 86_400_000);
      expect([session['remember'], session['slow']]).toEqual([true, what === 'writes' ? true : undefined]);
    },
  );
});
