import { expect, test } from 'vitest';
import { hasTooManyHoles } from '../../src/state/holes.ts';

const hollow: unknown[] = Object.assign([], { length: 4e9 });

test.each<[what: string, value: unknown, isDeep: boolean, answer: boolean]>([
  ['a hollow array', hollow, false, true],
  ['one further down', { map: new Map([[{ key: [hollow] }, 1]]) }, true, true],
  ['one in a Set', { set: new Set([{ hollow }]) }, true, true],
  ['one that no format has', [Object.assign([1], { hollow })], true, false],
  ['one further down, where nobody looks', [hollow], false, false],
  ['some holes', Object.assign([], { length: 1000 }), true, false],
  ['a long one that is full', Array.from({ length: 5_000_001 }, () => 0), true, false],
  ['a number', 5, true, false],
])('%s', (_, value, isDeep, answer) => {
  expect(hasTooManyHoles(value, isDeep)).toBe(answer);
});

test('A cycle comes to an end.', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(hasTooManyHoles(cycle, true)).toBe(false);
});
