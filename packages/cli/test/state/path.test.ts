/** Places in a state, as a person writes them and as faultguard does. */
import { describe, expect, test } from 'vitest';
import { findPlace, parsePath } from '../../src/state/path.ts';

const root = {
  users: [{ name: 'Ada' }, { name: 'Bob' }],
  sessions: new Map<unknown, unknown>([
    ['ada', 1],
    [7, { deep: 'seven' }],
    ['with "quotes"', 2],
  ]),
  tags: new Set(['x', 'y']),
  trace: Float64Array.of(1.5, 2.5),
  'home address': { street: 'Baker' },
  get: 'a property',
  empty: {},
};

describe('a path', () => {
  test.each<[path: string, value: unknown, told: string]>([
    ['', root, 'state'],
    ['state', root, 'state'],
    ['users.1.name', 'Bob', 'state.users[1].name'],
    ['state.users[1].name', 'Bob', 'state.users[1].name'],
    ['sessions.ada', 1, 'state.sessions.get("ada")'],
    ['sessions.get("ada")', 1, 'state.sessions.get("ada")'],
    ['sessions.get(7).deep', 'seven', 'state.sessions.get(7).deep'],
    ['sessions.7.deep', 'seven', 'state.sessions.get(7).deep'],
    [String.raw`sessions.get("with \"quotes\"")`, 2, String.raw`state.sessions.get("with \"quotes\"")`],
    ['tags.1', 'y', 'state.tags[1]'],
    ['trace[1]', 2.5, 'state.trace[1]'],
    ['["home address"].street', 'Baker', 'state["home address"].street'],
    ['home address.street', 'Baker', 'state["home address"].street'],
    ['get', 'a property', 'state.get'],
  ])('%s leads to its value.', (path, value, told) => {
    expect(findPlace(root, parsePath(path))).toEqual({ value, path: told });
  });

  test('A root with a property "state" is taken at its word.', () => {
    expect(findPlace({ state: { x: 1 } }, parsePath('state.x')).path).toBe('state.state.x');
  });

  test.each([
    ['users.7', 'There is no "7" in state.users. It has [0], [1].'],
    ['users.0.name.first', 'There is no "first" in state.users[0].name: that is no object.'],
    ['empty.x', 'There is no "x" in state.empty. It is empty.'],
    ['constructor', 'There is no "constructor" in state.'],
    ['users.length.x', 'that is no object'],
    ['__proto__.x', 'There is no "__proto__" in state.'],
  ])('%s is not there, and it is told what is.', (path, says) => {
    expect(() => findPlace(root, parsePath(path))).toThrow(says);
  });

  test.each(['users[', 'a..b', '["x', 'a]b', 'a.'])('%s is no path.', (path) => {
    expect(() => parsePath(path)).toThrow('--path does not go on at');
  });
});
