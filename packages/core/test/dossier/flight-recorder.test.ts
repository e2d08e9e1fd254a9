/** The flight recorder over real journals: what was appended last, in order, with paths, and never wrong. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registerCustom } from '../../src/classes/registry.ts';
import { readLastMutations } from '../../src/dossier/flight-recorder.ts';
import { Looks } from '../../src/dossier/looks.ts';
import { describeMutations, type Mutation } from '../../src/dossier/mutations.ts';
import { parseRedactedPath } from '../../src/dossier/redaction.ts';
import { RecordDecoder } from '../../src/journal/decode-record.ts';
import { type JournalPosition, JournalReader } from '../../src/journal/reader.ts';
import { segmentPath } from '../../src/journal/segment-files.ts';
import { Mirror } from '../../src/mirror/mirror.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { FIXED_NONCE } from '../fixtures/journal-ends.ts';
import { type JournalInDirectory, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

guardBuiltins();

interface Followed {
  readonly mirror: Mirror;
  readonly keys: readonly (string | symbol)[];
  readonly end: JournalPosition;
}

const CRASHED_AT = new Date('2026-01-02T03:04:05.678Z');

/** As the guardian has it when the app is dead. */
function follow(directory: string): Followed {
  const mirror = new Mirror();
  const decoder = new RecordDecoder(mirror);
  const reader = new JournalReader({ ...FIXED_NONCE, directory });
  while (reader.readSegment((words, from, to) => decoder.decode(words, from, to)));
  const end = reader.reached;
  reader.close();
  return { mirror, keys: decoder.keys, end };
}

interface Wanted {
  readonly count?: number;
  readonly bytesMax?: number;
  readonly redact?: readonly string[];
  readonly looks?: Looks;
  readonly nodesMax?: number;
}

function lastMutations(journal: JournalInDirectory, wanted: Wanted = {}, followed?: Followed): Mutation[] {
  const { mirror, keys, end } = followed ?? follow(journal.directory);
  const looks = wanted.looks ?? new Looks(1);
  const { directory } = journal;
  const recorded = readLastMutations({
    ...FIXED_NONCE,
    directory,
    end,
    keys,
    looks,
    count: wanted.count ?? 100,
  });
  return describeMutations(recorded, {
    mirror,
    crashedAt: CRASHED_AT,
    redacted: (wanted.redact ?? []).map((pattern) => parseRedactedPath(pattern)),
    bytesMax: wanted.bytesMax ?? 65_536,
    nodesMax: wanted.nodesMax ?? 1_000_000,
  });
}

function brief(mutations: readonly Mutation[]): string[] {
  return mutations.map(({ path, operation, value }) => [operation, path ?? '–', value].join(' ').trim());
}

function openState(initial: object): { journal: JournalInDirectory; state: any } {
  const journal = openJournalInDirectory();
  return { journal, state: journal.graph.setRoot(initial) };
}

test('every operation is told by its verb, with path and value', () => {
  const { journal, state } = openState({
    list: [3, 1, 2],
    map: new Map<unknown, unknown>([['a b', 1]]),
    set: new Set([1]),
    date: new Date(0),
    url: new URL('https://a.example/'),
    trace: new Float64Array(2),
  });
  state.count = 7;
  state['home address'] = 'é'.repeat(200);
  state.user = { name: { first: 'x' } };
  state.user.name.first = undefined;
  state.list.push(-0);
  state.list.splice(1, 2, 'x');
  state.list.sort();
  state.list.reverse();
  state.list.fill(null, 0, 1);
  state.list.copyWithin(0, 1, 2);
  state.list.length = 1;
  state.list[0] = 10n;
  state.map.set('key', [1, 2, 3]);
  state.map.set(5, new Map([[1, 2]]));
  state.map.delete('a b');
  state.set.add('member');
  state.set.delete(1);
  state.set.clear();
  state.date.setTime(1000);
  state.url.href = 'https://b.example/';
  Object.defineProperty(state, 'hidden', { value: true });
  Object.preventExtensions(state.user);
  delete state.count;
  expect(brief(lastMutations(journal))).toEqual([
    'set state Object',
    'set state.count 7',
    `set state["home address"] "${'é'.repeat(100)}"…`,
    'set state.user Object',
    'set state.user.name.first undefined',
    'push state.list -0',
    'splice state.list[1] 2 removed, 1 inserted: "x"',
    'assign state.list[0] 3 elements',
    'reverse state.list',
    'fill state.list[0] null',
    'copyWithin state.list[0] 1 to 2',
    'setLength state.list 1',
    'set state.list[0] 10n',
    'set state.map.get("key") Array(3)',
    'set state.map.get(5) Map(1)',
    'delete state.map.get("a b")',
    'add state.set.values() "member"',
    'delete state.set.values() 1',
    'clear state.set',
    'setTime state.date 1970-01-01T00:00:01.000Z',
    'setText state.url "https://b.example/"',
    'define state.hidden true',
    'preventExtensions state.user',
    'delete state.count',
  ]);
});

test('values of every kind are told by kind and size, never by what is in them', () => {
  const { journal, state } = openState({ known: { secret: 1 } });
  const values = [
    new Date(0),
    /secret/g,
    new RangeError('secret'),
    Object('secret'),
    new URL('https://secret.example/'),
    new URLSearchParams('secret'),
    new ArrayBuffer(8),
    new Uint16Array(3),
    Symbol.for('s'),
    Object.create(null),
    new Set(['secret']),
    state.known,
    NaN,
  ];
  for (const value of values) state.value = value;
  const told = lastMutations(journal, { count: values.length }).map(({ value }) => value);
  expect(told).toEqual([
    'Date(1970-01-01T00:00:00.000Z)',
    'RegExp',
    'RangeError',
    'String',
    'URL',
    'URLSearchParams',
    'ArrayBuffer(8)',
    'Uint16Array(3)',
    'Symbol(s)',
    'Object',
    'Set(1)',
    'Object',
    'NaN',
  ]);
});

test('only the last ones are given, over the change of segments', () => {
  const { journal, state } = openState({ list: [] });
  for (let index = 0; index < 60_000; index++) state.last = index;
  expect(journal.writer.position.segment).toBeGreaterThan(0);
  const { segment } = journal.writer.position;
  while (journal.writer.position.segment === segment) state.last = 'filling';
  state.last = 'new segment';
  const mutations = lastMutations(journal, { count: 5 });
  expect(mutations.length).toBe(5);
  expect(mutations.at(-1)).toMatchObject({ path: 'state.last', value: '"new segment"' });
  expect(mutations[0]).toMatchObject({ path: 'state.last', value: '"filling"' });
});

test('a segment that is gone, or has been used again, ends what is given', () => {
  const { journal, state } = openState({});
  while (journal.writer.position.segment < 2) state.text = 'x'.repeat(1000);
  const followed = follow(journal.directory);
  const all = lastMutations(journal, { count: 10_000, bytesMax: 1e9 }, followed);
  writeFileSync(segmentPath(journal.directory, 0), journal.readSegmentFile(1));
  const without0 = lastMutations(journal, { count: 10_000, bytesMax: 1e9 }, followed);
  rmSync(segmentPath(journal.directory, 1));
  const without1 = lastMutations(journal, { count: 10_000, bytesMax: 1e9 }, followed);
  rmSync(segmentPath(journal.directory, 2));
  expect(lastMutations(journal, { count: 10_000, bytesMax: 1e9 }, followed)).toEqual([]);
  expect(all.length).toBeGreaterThan(without0.length);
  expect(without0.length).toBeGreaterThan(without1.length);
  expect(without1.length).toBeGreaterThan(0);
  expect(all.slice(-without1.length)).toEqual(without1);
});

test('a value in parts is one mutation', () => {
  const { journal, state } = openState({});
  state.before = 1;
  state.large = Array.from({ length: 700_000 }, (_, index) => index);
  state.after = 2;
  expect(brief(lastMutations(journal))).toEqual([
    'set state Object',
    'set state.before 1',
    'set state.large Array(700000)',
    'set state.after 2',
  ]);
});

test('values of several segments are found behind segments in which no mutation ends', () => {
  const { journal, state } = openState({});
  for (let index = 0; index < 9; index++) {
    state.after = index;
    state.large = 'x'.repeat(3_000_000);
  }
  const large = `set state.large "${'x'.repeat(100)}"…`;
  const found = brief(lastMutations(journal));
  expect(found.slice(-3)).toEqual([large, 'set state.after 8', large]);
  // As far back as the eight segments go that are looked through.
  expect(found.length).toBeLessThan(7);
});

test('an object that has left the state, or whose id is another by now, has no path', () => {
  const { journal, state } = openState({ first: { x: 0 }, other: {} });
  state.first.x = 1;
  state.link = state.first;
  delete state.link;
  delete state.first;
  state.second = { x: 0 };
  state.second.x = 2;
  expect(brief(lastMutations(journal).slice(1))).toEqual([
    'set – 1',
    'set state.link Object',
    'delete state.link',
    'delete state.first',
    'set state.second Object',
    'set state.second.x 2',
  ]);
});

test('a key from a table that has been cleared since is told as unknown', () => {
  const { journal, state } = openState({ map: {} });
  state.early = 1;
  const { segment } = journal.writer.position;
  while (journal.writer.position.segment === segment) state.early = 'two';
  state.early = 'three';
  const before = journal.readSegmentFile(segment);
  // More keys than the table has room for.
  for (let index = 0; index < 33_000; index++) state.map[`key${index}`] = index;
  expect(before.length).toBeGreaterThan(0);
  const last = lastMutations(journal, { count: 3 });
  expect(brief(last)).toEqual([
    'set state.map.key32997 32997',
    'set state.map.key32998 32998',
    'set state.map.key32999 32999',
  ]);
  const all = lastMutations(journal, { count: 10_000_000, bytesMax: 1e9 });
  const paths = new Set(all.map(({ path }) => path));
  expect(paths.has('state.early')).toBe(true);
  expect([...paths].every((path) => /^state(\.early|\.map\.key\d+)?$/.test(String(path)))).toBe(true);
  // Without the first segment nobody knows any more what the early keys were.
  const followed = follow(journal.directory);
  rmSync(segmentPath(journal.directory, 0));
  const rest = lastMutations(journal, { count: 10_000_000, bytesMax: 1e9 }, followed);
  const early = rest.filter(({ value }) => value?.startsWith('"t') === true);
  expect(new Set(early.map(({ path }) => path))).toEqual(new Set(['state.?']));
});

describe('damage', () => {
  test('every flipped byte of a small journal: what is given is what was there, up to the damage', () => {
    const { journal, state } = openState({ list: [] });
    state.a = 'text';
    state.list.push({ x: 1 });
    state.b = 2.5;
    const followed = follow(journal.directory);
    const whole = brief(lastMutations(journal, {}, followed));
    const bytes = journal.readSegmentFile(0);
    for (let at = 0; at < followed.end.offsetBytes; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      writeFileSync(segmentPath(journal.directory, 0), damaged);
      const given = brief(lastMutations(journal, {}, followed));
      expect(whole.slice(0, given.length)).toEqual(given);
    }
  });
});

test('a custom value is told by its content, and found when the real one is in its place', () => {
  class Money {
    #cents = 0;
    get cents(): number {
      return this.#cents;
    }
    pay(cents: number): void {
      this.#cents += cents;
    }
  }
  registerCustom(
    {
      isApplicable: (value): value is Money => value instanceof Money,
      serialize: (money) => ({ cents: money.cents }),
      deserialize: ({ cents }) => {
        const money = new Money();
        money.pay(cents);
        return money;
      },
    },
    'flight-recorder-money',
  );
  const { journal, state } = openState({ wallet: { money: new Money() } });
  state.wallet.money.pay(5);
  const followed = follow(journal.directory);
  followed.mirror.finish(journal.directory, false);
  expect((followed.mirror.root as { wallet: { money: Money } }).wallet.money.cents).toBe(5);
  expect(brief(lastMutations(journal, { count: 1 }, followed))).toEqual([
    'setContent state.wallet.money Object',
  ]);
  expect(brief(lastMutations(journal, { count: 1, redact: ['wallet.money.cents'] }, followed))).toEqual([
    'setContent state.wallet.money [redacted]',
  ]);
});

function explode(): never {
  throw new Error('code of a rescue has been run');
}

test('what a rescue has made of the state runs no code, and paths are those of that moment', () => {
  const { journal, state } = openState({ list: [], user: { name: 'n' }, gone: {}, map: new Map() });
  state.user.name = 'Ada';
  state.gone.x = 1;
  const followed = follow(journal.directory);
  const root = followed.mirror.root as Record<string, unknown>;
  root['moved'] = root['user'];
  delete root['user'];
  delete root['gone'];
  root['proxy'] = new Proxy({}, { ownKeys: explode, getOwnPropertyDescriptor: explode, get: explode });
  Object.defineProperty(root, 'getter', { get: explode, enumerable: true });
  Object.defineProperty(root['list'], 0, { get: explode, enumerable: true });
  Object.assign(root['map'] as object, { forEach: explode });
  root['url'] = Object.create(URL.prototype);
  expect(brief(lastMutations(journal, { count: 2, redact: ['nothing'] }, followed))).toEqual([
    'set state.moved.name "Ada"',
    'set – [redacted]',
  ]);
});

test('the times are those of the first look behind a mutation, and of the death for what had not been read', () => {
  const { journal, state } = openState({});
  const looks = new Looks(2);
  const note = (nowMs: number): void => {
    looks.note(follow(journal.directory).end, nowMs);
  };
  note(1000);
  state.a = 1;
  note(2000);
  state.b = 1;
  note(3000);
  state.c = 1;
  expect(lastMutations(journal, { looks, count: 3 }).map(({ at }) => at.getTime())).toEqual([
    2000,
    3000,
    CRASHED_AT.getTime(),
  ]);
});

test('looks are places to begin at: what is given is the same with them and without', () => {
  const { journal, state } = openState({ list: [] });
  const looks = new Looks(1000);
  for (let turn = 0; turn < 200; turn++) {
    state.turn = turn;
    state[`key${turn}`] = { turn };
    if (turn % 3 === 0) delete state[`key${turn}`];
    looks.note(follow(journal.directory).end, turn);
  }
  state.last = 1;
  for (const count of [1, 2, 10, 100, 300, 1000]) {
    const without = lastMutations(journal, { count });
    expect(brief(lastMutations(journal, { count, looks }))).toEqual(brief(without));
    expect(without.length).toBeLessThanOrEqual(count);
  }
});

test('the limits: none, by count, by bytes, by objects that are looked at', () => {
  const { journal, state } = openState({ deep: { deeper: {} } });
  state.deep.deeper.x = 1;
  state.a = 1;
  state.b = 1;
  expect(lastMutations(journal, { count: 0 })).toEqual([]);
  expect(brief(lastMutations(journal, { count: 1 }))).toEqual(['set state.b 1']);
  expect(brief(lastMutations(journal, { bytesMax: 11 }))).toEqual(['set state.b 1']);
  expect(lastMutations(journal, { bytesMax: 10 })).toEqual([]);
  expect(brief(lastMutations(journal, { nodesMax: 2 })).slice(1, 2)).toEqual(['set – 1']);
});

test('values at and below redacted paths are not shown, nor those of objects that are no longer there', () => {
  const { journal, state } = openState({
    user: { password: 'a', name: 'n' },
    tokens: ['t'],
    sessions: new Map([['k', { token: 't' }]]),
    gone: { x: 0 },
  });
  state.user.password = 'hunter2';
  state.user.name = 'shown';
  state.tokens.push('hunter2');
  state.tokens[0] = 'hunter2';
  state.sessions.get('k').token = 'hunter2';
  state.gone.x = 'hunter2';
  delete state.gone;
  const redact = ['user.password', 'tokens[*]', 'sessions.*.token'];
  const told = brief(lastMutations(journal, { redact }).slice(1));
  expect(told).toEqual([
    'set state.user.password [redacted]',
    'set state.user.name "shown"',
    'push state.tokens [redacted]',
    'set state.tokens[0] [redacted]',
    'set state.sessions.get("k").token [redacted]',
    'set – [redacted]',
    'delete state.gone',
  ]);
});

test('a state as deep as one likes has paths that are cut in the middle', () => {
  const { journal, state } = openState({});
  let node = state;
  for (let depth = 0; depth < 5000; depth++) {
    node.next = {};
    node = node.next;
  }
  node.x = 1;
  const [last] = lastMutations(journal, { count: 1 });
  expect(last?.path).toMatch(/^state…(\.next){64}\.x$/);
});
