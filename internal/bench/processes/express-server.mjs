/**
 * An Express server to be measured: `<kind> [port of redis | directory]`. Ended by `POST /end`.
 *
 * Kinds: `plain`, `passed on` (with a middleware that does nothing), `by hand` (the same as guardRequests, but in a Map that
 * nobody guards), `guarded` (with guardRequests); with sessions by `MemoryStore`, `GuardedSessionStore`, `connect-redis`,
 * `session-file-store`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { start } from '@faultguard/core';
import { GuardedSessionStore, guardRequests } from '@faultguard/express';
import express from 'express';
import session, { MemoryStore } from 'express-session';
import { tell } from '../child-process.ts';

const [kind, place] = process.argv.slice(2);
const isGuarded = kind === 'guarded' || kind === 'GuardedSessionStore';

if (isGuarded) await start({ launch: (state) => listen(state) });
else await listen(undefined);

async function listen(state) {
  const app = express();
  app.post('/end', (_request, response) => {
    response.end(() => process.exit());
  });
  if (kind === 'passed on') app.use((_request, _response, next) => next());
  if (kind === 'by hand') app.use(keepByHand());
  if (kind === 'guarded') app.use(guardRequests(state));
  const store = await openStore(state);
  if (store !== undefined) {
    app.post('/fill/:count', (request, response) => {
      fill(store, Number(request.params.count), () => response.end());
    });
    app.get('/alone/:count', async (request, response) => {
      response.json({ us: await timeStore(store, Number(request.params.count)) });
    });
    app.use(
      session({
        store,
        secret: 'bench',
        resave: false,
        saveUninitialized: false,
        cookie: { maxAge: 3_600_000 },
      }),
    );
  }
  const waiting = [];
  app.get('/wait', (_request, response) => {
    waiting.push(response);
    response.write('.');
  });
  app.get('/', (request, response) => {
    if (store !== undefined) request.session.views = (request.session.views ?? 0) + 1;
    response.json({ hello: 'world' });
  });
  const server = app.listen(0, '127.0.0.1', () => {
    tell({
      port: server.address().port,
      appPid: process.pid,
      ...(isGuarded && { guardianPid: process.ppid }),
    });
  });
}

/** What there is no way around: a line for each request, taken out at its end, and a context. */
function keepByHand() {
  const inFlight = new Map();
  const storage = new AsyncLocalStorage();
  let count = 0;
  return (request, response, next) => {
    const number = ++count;
    inFlight.set(number, `${request.method} ${Date.now()} ${request.originalUrl}`);
    response.on('close', () => inFlight.delete(number));
    storage.run(number, next);
  };
}

async function openStore(state) {
  switch (kind) {
    case 'MemoryStore':
      return new MemoryStore();
    case 'GuardedSessionStore':
      return new GuardedSessionStore(state);
    case 'connect-redis': {
      const { RedisStore } = await import('connect-redis');
      const { createClient } = await import('redis');
      return new RedisStore({ client: await createClient({ url: `redis://127.0.0.1:${place}` }).connect() });
    }
    case 'session-file-store': {
      const { default: makeFileStore } = await import('session-file-store');
      return new (makeFileStore(session))({ path: place, retries: 0, logFn: () => {} });
    }
    default:
      return undefined;
  }
}

/** Microseconds of reading a session, changing it and saving it, one after the other, as express-session does. */
async function timeStore(store, count) {
  const startedAt = performance.now();
  for (let at = 0; at < count; at++) {
    await new Promise((resolve, reject) => {
      const sid = `alone ${at % 20}`;
      store.get(sid, (_error, found) => {
        const request = { sessionID: sid, sessionStore: store };
        const held = store.createSession(request, found ?? { cookie: makeCookie() });
        held.views = (held.views ?? 0) + 1;
        store.set(sid, held, (error) => (error ? reject(error) : resolve()));
      });
    });
  }
  return ((performance.now() - startedAt) * 1000) / count;
}

function makeCookie() {
  return { originalMaxAge: 3_600_000, expires: new Date(Date.now() + 3_600_000), httpOnly: true, path: '/' };
}

function fill(store, count, done) {
  let left = count;
  for (let at = 0; at < count; at++) {
    const cookie = makeCookie();
    store.set(
      `session ${at}`.padEnd(32, '.'),
      { cookie, user: `user ${at}`, views: at, cart: ['tea'] },
      () => {
        if (--left === 0) done();
      },
    );
  }
}
