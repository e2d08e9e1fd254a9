/** Rates and lags, from looks that are made up. */
import { describe, expect, test } from 'vitest';
import { columnsFor, COLUMNS, SORT_NAMES, sortGuards } from '../../src/guards/columns.ts';
import { GuardSampler, type WatchedGuard } from '../../src/guards/sample-guards.ts';
import { type GuardJson, nameOfApp } from '../../src/guards/guard-facts.ts';

function guard(facts: Partial<GuardJson> = {}): GuardJson {
  return {
    directory: '/a',
    autosave: '/work.xz',
    autosaveBytes: 10,
    app: { pid: process.pid, uptimeMs: 1000, memoryBytes: 1, command: 'node app.js' },
    guardian: null,
    isAbandoned: false,
    sizeBytes: 1,
    appendedBytes: 1000,
    mirroredBytes: 1000,
    savedBytes: 1000,
    unsavedBytes: 0,
    isDegraded: false,
    isAutosaveDegraded: false,
    restarts: 0,
    lastCrash: null,
    ...facts,
  };
}

const appOf = (pid: number): GuardJson['app'] => ({ pid, uptimeMs: 1, memoryBytes: 1, command: 'node' });

describe('looks', () => {
  test('Rates are of the time between two looks, and none at the first; one that goes back is none.', () => {
    const sampler = new GuardSampler();
    const [first] = sampler.look([guard()], 0).guards;
    expect(first).toMatchObject({ appendedBytesPerSecond: null, savedBytesPerSecond: null });
    const later = guard({ appendedBytes: 3000, mirroredBytes: 2000, savedBytes: 500 });
    const [second] = sampler.look([later], 2000).guards;
    expect(second).toMatchObject({
      appendedBytesPerSecond: 1000,
      mirroredBytesPerSecond: 500,
      savedBytesPerSecond: 0,
      unmirroredBytes: 1000,
    });
    const { appendedRates } = sampler.look(
      [guard({ appendedBytes: 4000 }), guard({ directory: '/b' })],
      3000,
    );
    expect([...appendedRates]).toEqual([
      ['/a', [1000, 1000]],
      ['/b', []],
    ]);
  });

  test('What is not saved has been waiting since it was first seen, whatever comes behind it.', () => {
    const sampler = new GuardSampler();
    const waitingAt = (atMs: number, appendedBytes: number, savedBytes: number): number | null =>
      sampler.look([guard({ appendedBytes, savedBytes })], atMs).guards[0]?.unsavedForMs ?? null;
    expect(waitingAt(0, 1000, 1000)).toBe(0);
    expect(waitingAt(1000, 1500, 1000)).toBe(0);
    expect(waitingAt(2000, 2000, 1000)).toBe(1000);
    // The first part is saved; the second has been there for a second.
    expect(waitingAt(3000, 2000, 1500)).toBe(1000);
    expect(waitingAt(4000, 2000, 2000)).toBe(0);
    expect(
      sampler.look([guard({ savedBytes: null, unsavedBytes: null })], 5000).guards[0]?.unsavedForMs,
    ).toBeNull();
  });

  test('One guard is followed to the next session of its app, by whichever of its processes lives on.', () => {
    const guardian = { pid: process.pid, uptimeMs: 1, memoryBytes: 1, command: 'node' };
    const sampler = new GuardSampler(41);
    expect(
      sampler.look([guard({ app: appOf(41), guardian }), guard({ directory: '/b', app: appOf(42) })], 0)
        .guards,
    ).toHaveLength(1);
    expect(sampler.look([], 1).guards).toEqual([]);
    expect(sampler.isAlive).toBe(true);
    const [next] = sampler.look([guard({ directory: '/c', app: appOf(43), guardian })], 2).guards;
    expect(next?.directory).toBe('/c');
  });
});

describe('columns', () => {
  const guards = new GuardSampler().look(
    [
      guard({ directory: '/a', restarts: 1, sizeBytes: 5 }),
      guard({ directory: '/b', restarts: 3, sizeBytes: 5, app: null }),
      guard({ directory: '/c', restarts: 2, sizeBytes: 5 }),
    ],
    0,
  ).guards;
  const order = (sort: string, isReversed = false): string[] =>
    sortGuards(guards, sort, isReversed).map(({ directory }) => directory);

  test('Each sorts, the largest first; what is equal stays in its order.', () => {
    expect(order('restarts')).toEqual(['/b', '/c', '/a']);
    expect(order('restarts', true)).toEqual(['/a', '/c', '/b']);
    expect(order('journal')).toEqual(['/a', '/b', '/c']);
    expect(order('up').at(-1)).toBe('/b');
    for (const name of SORT_NAMES) expect(order(name).toSorted()).toEqual(['/a', '/b', '/c']);
  });

  test('Those that have no room are left out, the last first; one is always there.', () => {
    expect(columnsFor(1000).map(({ name }) => name)).toEqual(COLUMNS.map(({ name }) => name));
    for (const width of [40, 80, 100, 1000])
      expect(columnsFor(width).reduce((sum, column) => sum + column.width, 0)).toBe(width);
    expect(columnsFor(31).map(({ name }) => name)).toEqual(['pid', 'app']);
    expect(columnsFor(1).map(({ name }) => name)).toEqual(['pid']);
    for (const column of COLUMNS) {
      expect(column.text({ ...guards[0] } as WatchedGuard)).not.toBe('');
    }
  });

  test('What comes from elsewhere is escaped.', () => {
    const hostile = { ...(guards[1] as WatchedGuard), autosave: '/tmp/\u001b[31m\u009b.xz' };
    for (const column of COLUMNS) {
      // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
      expect(column.text(hostile)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }
  });

  test.each([
    ['/usr/bin/node --no-warnings /srv/app/server.js --port 80', 'server.js --port 80'],
    ['node app.mjs', 'app.mjs'],
    ['node', 'node'],
    ['/usr/bin/electron .', 'electron .'],
    ['', 'unknown'],
    ['node a\u001b]0;owned\u0007.js \u009b31m', 'a\\u{1b}]0;owned\\u{7}.js \\u{9b}31m'],
  ])('%j is shown as %j.', (command, shown) => {
    expect(nameOfApp({ pid: 1, uptimeMs: null, memoryBytes: null, command })).toBe(shown);
  });
});
