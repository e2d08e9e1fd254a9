/** Any order in which requests of one session read, change, save and destroy it: each loses nothing that it alone has changed. */
import { promisify } from 'node:util';
import { GuardedSessionStore } from '@faultguard/express';
import { Cookie, type SessionData } from 'express-session';
import { asyncProperty, assert, array, constantFrom, integer, oneof, record } from 'fast-check';
import { it, expect } from 'vitest';
import { guardThisProcess, makeState } from '../fixtures/guarded-process.ts';

guardThisProcess();

const REQUESTS = 4;
const KEYS = ['a', 'b', 'deep', '__proto__'];

const request = integer({ min: 0, max: REQUESTS - 1 });
const steps = array(
  oneof(
    record({ act: constantFrom('read' as const), request }),
    record({ act: constantFrom('put' as const, 'remove' as const), request, key: constantFrom(...KEYS) }),
    record({ act: constantFrom('save' as const), request }),
    { arbitrary: record({ act: constantFrom('destroy' as const), request }), weight: 1 },
  ),
  { minLength: 5, maxLength: 60 },
);

/** What a request holds, and what it has changed since it has read or saved. */
interface Held {
  readonly session: Record<string, unknown>;
  readonly changed: Map<string, unknown>;
}

it('is a session that all of them explain', async () => {
  await assert(
    asyncProperty(steps, async (steps) => {
      const store = new GuardedSessionStore(makeState(), { pruneEveryMs: 0 });
      const get = promisify(store.get.bind(store)) as (sid: string) => Promise<SessionData | undefined>;
      const set = promisify(store.set.bind(store)) as (sid: string, session: object) => Promise<void>;
      const destroy: (sid: string) => Promise<void> = promisify(store.destroy.bind(store));
      await set('s', { cookie: new Cookie(), a: 'first', deep: { x: 0 } });
      let expected: Map<string, unknown> | undefined = new Map<string, unknown>([
        ['a', 'first'],
        ['deep', { x: 0 }],
      ]);
      const held: (Held | undefined)[] = [];
      let next = 0;
      const read: unknown[] = [];
      const wanted: unknown[] = [];
      for (const { act, request, ...step } of steps) {
        const mine = held[request];
        if (act === 'read') {
          const session = (await get('s')) as Record<string, unknown> | undefined;
          read.push(contentOf(session));
          wanted.push(expected && new Map(expected));
          held[request] = session && { session, changed: new Map() };
        } else if (act === 'destroy') {
          await destroy('s');
          expected = undefined;
        } else if (mine !== undefined && act === 'save') {
          await set('s', mine.session);
          if (expected !== undefined) for (const change of mine.changed) apply(expected, ...change);
          mine.changed.clear();
        } else if (mine !== undefined && 'key' in step) {
          // Each value is new, so that a change is one.
          const value = act === 'remove' ? undefined : { x: ++next };
          if (value === undefined) delete mine.session[step.key];
          else
            Object.defineProperty(mine.session, step.key, {
              value,
              writable: true,
              enumerable: true,
              configurable: true,
            });
          mine.changed.set(step.key, value);
        }
      }
      read.push(contentOf(await get('s')));
      expect(read).toEqual([...wanted, expected]);
    }),
    { numRuns: Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 300) },
  );
});

function apply(to: Map<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) to.delete(key);
  else to.set(key, value);
}

function contentOf(session: Record<string, unknown> | undefined): Map<string, unknown> | undefined {
  if (session === undefined) return undefined;
  return new Map(Object.entries(session).filter(([key]) => key !== 'cookie'));
}
