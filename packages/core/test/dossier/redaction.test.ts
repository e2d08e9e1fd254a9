import { describe, expect, test } from 'vitest';
import { RedactedPlaces } from '../../src/dossier/redacted-places.ts';
import { parseRedactedPath } from '../../src/dossier/redaction.ts';
import { checkStartOptions } from '../../src/options.ts';

const launch = (): void => {};

function placesOf(root: object, ...patterns: string[]): RedactedPlaces {
  const mirror = { root, madeValues: new Map<object, unknown>(), settle: () => {} };
  return new RedactedPlaces(
    mirror,
    patterns.map((pattern) => parseRedactedPath(pattern)),
    1000,
  );
}

describe('a redacted path is read as steps', () => {
  test.each([
    ['password', ['password']],
    ['user.password', ['user', 'password']],
    ['state.user.password', ['user', 'password']],
    ['state.state.password', ['state', 'password']],
    ['stateful.password', ['stateful', 'password']],
    ['sessions.*.token', ['sessions', undefined, 'token']],
    ['*', [undefined]],
    ['cards[*].number', ['cards', undefined, 'number']],
    ['cards[12]["the number"]', ['cards', '12', 'the number']],
    ['state["a\\"b"]', ['a"b']],
    ['headers.set-cookie', ['headers', 'set-cookie']],
    ['state.users.get("a.b").name', ['users', 'a.b', 'name']],
    ['users.get(5)', ['users', '5']],
    ['users.get(5n).name', ['users', '5', 'name']],
    ['tags.values()', ['tags', undefined]],
  ])('%s', (pattern, steps) => {
    expect(parseRedactedPath(pattern)).toEqual(steps);
  });
});

describe('what is no path is refused, and the option is named', () => {
  test.each([
    ['', 'has no step'],
    ['state', 'has no step'],
    ['user.', 'no step at character 6'],
    ['.user', 'no step at character 1'],
    ['user..name', 'no step at character 6'],
    ['user[', 'no step at character 5'],
    ['user[name]', 'no step at character 5'],
    ['user[0]name', 'begins with "." or "["'],
    ['user name', 'begins with "." or "["'],
    ['user["\\x"]', 'is no string'],
  ])('%j', (pattern, message) => {
    const check = (): void => checkStartOptions({ launch, redact: ['fine', pattern] });
    expect(check).toThrow(expect.objectContaining({ option: 'redact[1]' }));
    expect(check).toThrow(message);
  });

  test.each([[{}], ['user'], [[5]]])('%j', (redact) => {
    expect(() => checkStartOptions({ launch, redact })).toThrow(/^Option "redact/);
  });
});

describe('redacted places are found by following the paths', () => {
  test('a place, what is below it, and nothing else', () => {
    const user = { secrets: { key: 'k' }, name: 'n' };
    const root = { user };
    const places = placesOf(root, 'user.secrets');
    expect(places.has(user, { name: 'secrets' })).toBe(true);
    expect(places.has(user.secrets, { name: 'key' })).toBe(true);
    expect(places.has(user, { name: 'name' })).toBe(false);
    expect(places.has(root, { name: 'user' })).toBe(false);
  });

  test('an object that stands at two places is redacted at both', () => {
    const user = { password: 'p' };
    const places = placesOf({ current: user, users: [user] }, 'users[*].password');
    expect(places.has(user, { name: 'password' })).toBe(true);
  });

  test('entries of a Map are matched by the text of their key, members of a Set by any step', () => {
    const one = { token: 't' };
    const two = { token: 't' };
    const member = { token: 't' };
    const root = {
      sessions: new Map<unknown, object>([
        [1, one],
        ['two', two],
      ]),
      set: new Set([member]),
    };
    const places = placesOf(root, 'sessions.1.token', 'set.whatever.token');
    expect(places.has(one, { name: 'token' })).toBe(true);
    expect(places.has(two, { name: 'token' })).toBe(false);
    expect(places.has(member, { name: 'token' })).toBe(true);
  });

  test('what is in doubt is redacted: a detached object, a key that is not known, a state that is too large', () => {
    const root = { password: 'p', list: Array.from({ length: 2000 }, () => ({})) };
    const places = placesOf(root, 'password');
    expect(places.has(undefined, { name: 'other' })).toBe(true);
    expect(places.has(root, { name: undefined })).toBe(true);
    expect(places.has(root, { name: 'list' })).toBe(false);
    expect(placesOf(root, 'list[*].x').has(root, { name: 'other' })).toBe(true);
  });

  test('without a path nothing is', () => {
    expect(placesOf({}).has(undefined)).toBe(false);
  });

  test('cycles, proxies and getters do no harm', () => {
    const root: Record<string, unknown> = { secret: {} };
    root['self'] = root;
    root['proxy'] = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    Object.defineProperty(root, 'getter', {
      get: () => {
        throw new Error('getter');
      },
    });
    expect(placesOf(root, 'self.*.*.secret').has(root['secret'] as object)).toBe(true);
  });
});
