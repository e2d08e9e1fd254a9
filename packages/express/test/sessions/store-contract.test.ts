/** The store by itself: what express-session's own store does, and what it does not do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { snapshot } from '@faultguard/core';
import { GuardedSessionStore, type GuardedSessionStoreOptions, listSessions } from '@faultguard/express';
import { runScript, waitFor } from '@faultguard/test-kit';
import { Cookie, MemoryStore, type SessionData } from 'express-session';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { guardThisProcess, makeState } from '../fixtures/guarded-process.ts';

guardThisProcess();

/** The methods as promises. */
function open(store: GuardedSessionStore | MemoryStore) {
  const call =
    (name: 'get' | 'set' | 'touch' | 'destroy' | 'all' | 'length' | 'clear') =>
    (...given: unknown[]): Promise<any> =>
      (
        promisify((store[name] as (...all: unknown[]) => void).bind(store)) as (
          ...all: unknown[]
        ) => Promise<any>
      )(...given);
  return {
    store,
    get: call('get'),
    set: call('set'),
    touch: call('touch'),
    destroy: call('destroy'),
    all: call('all'),
    length: call('length'),
    clear: call('clear'),
  };
}

function openGuarded(options: GuardedSessionStoreOptions = {}, state: object = makeState()) {
  const store = new GuardedSessionStore(state, options);
  onTestFinished(() => store.close());
  return { ...open(store), state: state as Record<string, any> };
}

const makeSession = (more: object = {}, maxAge: number | null = 60_000): SessionData => {
  const cookie = new Cookie();
  if (maxAge !== null) cookie.maxAge = maxAge;
  return { cookie, ...more };
};

describe.each([
  ['GuardedSessionStore', () => openGuarded()],
  ['MemoryStore, which it stands in for', () => open(new MemoryStore())],
])('%s', (_name, make) => {
  it('gives back what it was given, as JSON keeps it', async () => {
    const { set, get } = make();
    await set(
      'a',
      makeSession({ user: 'ada', deep: { list: [1, { x: null }] }, at: new Date(5), none: undefined }),
    );
    const session = await get('a');
    expect(JSON.parse(JSON.stringify(session))).toEqual({
      cookie: { originalMaxAge: expect.any(Number), expires: expect.any(String), httpOnly: true, path: '/' },
      user: 'ada',
      deep: { list: [1, { x: null }] },
      at: '1970-01-01T00:00:00.005Z',
    });
    expect(await get('a')).toEqual(session);
  });

  it('gives a copy each time', async () => {
    const { set, get } = make();
    const session = makeSession({ cart: ['tea'] }) as any;
    await set('a', session);
    session.cart.push('coffee');
    (await get('a')).cart.push('milk');
    expect((await get('a')).cart).toEqual(['tea']);
  });

  it('knows nothing of a session that it was not given', async () => {
    const { get, touch, destroy, length, all } = make();
    expect(await get('a')).toBeUndefined();
    await touch('a', makeSession());
    await destroy('a');
    expect(await get('a')).toBeUndefined();
    expect(await length()).toBe(0);
    expect(Object.keys(await all())).toEqual([]);
  });

  it('counts, lists, destroys and clears', async () => {
    const { set, destroy, length, all, clear } = make();
    for (const sid of ['a', 'b', 'c']) await set(sid, makeSession({ sid }));
    await destroy('b');
    expect(await length()).toBe(2);
    const sessions = await all();
    expect(Object.keys(sessions).sort()).toEqual(['a', 'c']);
    expect(sessions.c.sid).toBe('c');
    await clear();
    expect(await length()).toBe(0);
  });

  it.each([
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['of 100,000 characters', 'x'.repeat(100_000)],
    ['with half a character', '\u0000\uD800'],
    ['of a space', ' '],
  ])('takes the session id %s', async (_what, sid) => {
    const { set, get, all, destroy, length } = make();
    await set(sid, makeSession({ mine: 1 }));
    expect((await get(sid))?.mine).toBe(1);
    expect((await all())[sid]?.mine).toBe(1);
    expect(await get(`${sid}x`)).toBeUndefined();
    await destroy(sid);
    expect(await length()).toBe(0);
    expect(({} as any).mine).toBeUndefined();
  });

  it('keeps a key __proto__ of a session to itself', async () => {
    const { set, get } = make();
    await set('a', Object.assign(makeSession(), JSON.parse('{"x":{"__proto__":{"admin":true}}}')));
    const session = await get('a');
    expect(JSON.stringify(session.x)).toBe('{"__proto__":{"admin":true}}');
    expect([session.admin, ({} as any).admin]).toEqual([undefined, undefined]);
  });

  it('moves the end of a session that is touched, and nothing else', async () => {
    const { set, get, touch } = make();
    await set('a', makeSession({ user: 'ada' }, 1000));
    await touch('a', makeSession({ user: 'eve' }, 60_000));
    const session = await get('a');
    expect(session.user).toBe('ada');
    expect(Date.parse(session.cookie.expires)).toBeGreaterThan(Date.now() + 30_000);
    expect(session.cookie.originalMaxAge).toBeGreaterThan(30_000);
  });

  it('does not have a session that has expired', async () => {
    const { set, get, length, all } = make();
    await set('a', makeSession({}, 5));
    await set('b', makeSession());
    await sleep(10);
    expect([await length(), Object.keys(await all())]).toEqual([1, ['b']]);
    expect(await get('a')).toBeUndefined();
  });

  it('takes what has no cookie, and an end that is none', async () => {
    const { set, get } = make();
    await set('a', { foo: 'bar' });
    expect(await get('a')).toEqual({ foo: 'bar' });
    const cookie = new Cookie();
    cookie.expires = new Date(Number.NaN);
    await set('b', { cookie });
    expect((await get('b')).cookie.expires).toBeNull();
  });

  it('writes over the whole session with an object of somebody’s own', async () => {
    const { set, get, destroy } = make();
    const own = { foo: 'bar' };
    await set('a', own);
    await set('a', { other: 1 });
    expect(await get('a')).toEqual({ other: 1 });
    await destroy('a');
    await set('a', own);
    await set('b', own);
    expect([await get('a'), await get('b')]).toEqual([own, own]);
  });

  it('calls back later, never at once, and needs no callback', async () => {
    const { store, get } = make();
    let called = false;
    store.set('a', makeSession(), () => (called = true));
    expect(called).toBe(false);
    await waitFor('the callback', () => called);
    store.touch?.('a', makeSession());
    store.set('b', makeSession());
    store.destroy('a');
    expect(await get('b')).toBeDefined();
  });
});

describe('sessions in the state', () => {
  it('can be read there', async () => {
    const { set, state } = openGuarded();
    await set('a', makeSession({ cart: ['tea'] }));
    await set('b', makeSession({}, 5));
    state['sessions']
      .set('no session', 'at all')
      .set('broken', `${Date.now() + 1000} {"cookie":`)
      .set(7, '9 {}');
    state['sessions'].set('neither', 8).set('nor this', '9999999999999 null');
    const at = new Date(Date.now() + 1000);
    const listed = { cart: ['tea'], cookie: expect.objectContaining({ path: '/' }) };
    expect(listSessions(state, { at })).toEqual(new Map([['a', listed]]));
    expect(listSessions(snapshot(state), { at })).toEqual(new Map([['a', listed]]));
    expect(listSessions(state, { at: new Date(Date.now() + 61_000) })).toEqual(new Map());
    expect(listSessions({})).toEqual(new Map());
    expect(Number.parseInt(state['sessions'].get('a'), 10)).toBeGreaterThan(Date.now() + 50_000);
  });

  it('that somebody else has put there are sessions', async () => {
    const { get, state, length } = openGuarded();
    state['sessions'] = new Map([['a', `${Date.now() + 1000} {"user":"ada"}`]]);
    expect([await get('a'), await length()]).toEqual([{ user: 'ada' }, 1]);
  });

  it('end after ttlMs without use when their cookie has no end', async () => {
    const { set, get, touch, state } = openGuarded({ ttlMs: 1000 });
    await set('a', makeSession({}, null));
    const first = Number.parseInt(state['sessions'].get('a'), 10);
    expect(first).toBeLessThanOrEqual(Date.now() + 1000);
    await sleep(5);
    await touch('a', makeSession({}, null));
    expect(Number.parseInt(state['sessions'].get('a'), 10)).toBeGreaterThan(first);
    state['sessions'].set('a', `${Date.now() - 1} {}`);
    expect(await get('a')).toBeUndefined();
  });

  it('that expire under a request are saved by it all the same', async () => {
    const { set, get, destroy } = openGuarded();
    await set('a', makeSession({}, 20));
    const late = await get('a');
    await sleep(30);
    expect(await get('a')).toBeUndefined();
    late.x = 1;
    late.cookie.expires = new Date(Date.now() + 1000);
    await set('a', late);
    expect((await get('a')).x).toBe(1);
    await destroy('a');
    await set('a', late);
    expect(await get('a')).toBeUndefined();
  });

  it('are dropped when they have expired, all of them, in slices', async () => {
    const { set, state } = openGuarded({ pruneEveryMs: 20 });
    for (let count = 0; count < 12_000; count++) {
      state['sessions']?.set(`old ${count}`, '1 {}');
    }
    await set('new', makeSession());
    await waitFor('the old ones to go', () => state['sessions'].size === 1);
    expect([...state['sessions'].keys()]).toEqual(['new']);
  });

  it('that somebody has put something else in the place of are an error for requests, and for no timer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { get, set, state } = openGuarded({ pruneEveryMs: 1000 });
    await set('a', makeSession());
    state['sessions'] = ['mine'];
    await expect(get('a')).rejects.toThrow(/state.sessions is not a Map/);
    vi.advanceTimersByTime(5000);
    expect(state['sessions']).toEqual(['mine']);
    state['sessions'] = new Map([['old', '1 {}']]);
    vi.advanceTimersByTime(1000);
    expect(state['sessions'].size).toBe(0);
  });

  it('are an error where JSON cannot hold them, and stay what they were', async () => {
    const { set, get } = openGuarded();
    await set('a', makeSession({ user: 'ada' }));
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    await expect(set('a', makeSession({ loop }))).rejects.toThrow(/The session's "loop" cannot be kept/);
    await expect(set('a', makeSession({ big: 1n }))).rejects.toThrow(/"big" cannot be kept.*stays as it was/);
    expect((await get('a')).user).toBe('ada');
    await expect(set(7, makeSession())).rejects.toThrow(/"sid" has to be a string/);
    await expect(set('a', 5)).rejects.toThrow(/"session" has to be an object, not 5/);
  });
});

describe('requests that overlap', () => {
  it('do not lose each other’s keys', async () => {
    const { set, get } = openGuarded();
    await set('s', makeSession({ both: 1, kept: 'yes', gone: 'soon', deep: { x: 1 } }));
    const one = await get('s');
    const other = await get('s');
    one.a = 1;
    one.both = 'one';
    delete one.gone;
    other.b = 2;
    other.both = 'other';
    other.deep.x = 2;
    await set('s', one);
    await set('s', other);
    const { cookie: _cookie, ...rest } = await get('s');
    expect(rest).toEqual({ a: 1, b: 2, both: 'other', kept: 'yes', deep: { x: 2 } });
  });

  it('save again what they change after they have saved', async () => {
    const { set, get } = openGuarded();
    await set('s', makeSession({ count: 1 }));
    const one = await get('s');
    one.count = 2;
    await set('s', one);
    const other = await get('s');
    other.count = 3;
    await set('s', other);
    one.late = true;
    await set('s', one);
    expect(await get('s')).toMatchObject({ count: 3, late: true });
    delete one.late;
    await set('s', one);
    expect(await get('s')).not.toHaveProperty('late');
  });

  it('write over each other with merge: false', async () => {
    const { set, get } = openGuarded({ merge: false });
    await set('s', makeSession());
    const [one, other] = [await get('s'), await get('s')];
    one.a = 1;
    other.b = 2;
    await set('s', one);
    await set('s', other);
    expect(await get('s')).not.toHaveProperty('a');
  });

  it.each([true, false])('do not bring back what has been destroyed (merge: %s)', async (merge) => {
    const { set, get, destroy, length } = openGuarded({ merge });
    await set('s', makeSession());
    const late = await get('s');
    late.x = 1;
    await destroy('s');
    await set('s', late);
    expect([await get('s'), await length()]).toEqual([undefined, 0]);
  });
});

it('what one store knows of a session, another one does not', async () => {
  const [from, to] = [openGuarded(), openGuarded()];
  await from.set('s', makeSession({ user: 'ada' }));
  const held = await from.get('s');
  await to.set('s', held);
  expect(await to.get('s')).toMatchObject({ user: 'ada' });
  // Nothing of it is in the object, and a session that cannot be changed any more can be saved too.
  expect(Reflect.ownKeys(held)).toEqual(['cookie', 'user']);
  await from.set('s', Object.freeze(await from.get('s')));
  expect(await from.get('s')).toMatchObject({ user: 'ada' });
});

describe('refuses', () => {
  it('a state that is not guarded', () => {
    for (const state of [{}, null, undefined, 'x', { sessions: new Map() }]) {
      expect(() => new GuardedSessionStore(state as object)).toThrow(
        expect.objectContaining({ code: 'ERR_FAULTGUARD_NOT_GUARDED' }),
      );
    }
  });

  it('a place where something else is', () => {
    const state = makeState();
    state['sessions'] = { mine: 1 };
    expect(() => new GuardedSessionStore(state)).toThrow(
      /"place" is "sessions", and state.sessions is not a Map/,
    );
    expect(state['sessions']).toEqual({ mine: 1 });
    openGuarded({ place: 'http sessions' }, state);
  });

  it.each([
    [{ ttlMs: 0 }, /"ttlMs" has to be a number of at least 1/],
    [{ ttlMs: Number.NaN }, /"ttlMs"/],
    [{ pruneEveryMs: 2 ** 31 }, /"pruneEveryMs" has to be a number from 0 to 2147483647/],
    [{ merge: 'yes' }, /"merge" has to be true or false/],
    [{ ttl: 5 }, /"ttl" is not one of those there are: place, ttlMs/],
  ])('the options %j', (options, message) => {
    expect(() => new GuardedSessionStore(makeState(), options as never)).toThrow(message);
  });
});

it('does not keep a process alive', async () => {
  const script = new URL('../fixtures/apps/idle-store.mjs', import.meta.url).pathname;
  expect(await runScript(script)).toMatchObject({ exitCode: 0, stdout: 'ready with 0\n' });
});
