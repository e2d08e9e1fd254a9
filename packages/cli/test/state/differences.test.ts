/** Two states, path by path. */
import { describe, expect, test } from 'vitest';
import { findDifferences } from '../../src/state/differences.ts';

const classNameOf = (): undefined => undefined;

function compare(before: object, after: object): string[] {
  return [...findDifferences({ root: before, classNameOf }, { root: after, classNameOf })].map(
    ({ change, path, before: was, after: is }) => `${change} ${path}: ${was} → ${is}`,
  );
}

function cycleWith(n: number): object {
  const root: Record<string, unknown> = { n };
  root['self'] = root;
  return root;
}

function nested(end: number): object {
  let node: object = { end };
  for (let level = 0; level < 50_000; level++) node = { in: node };
  return node;
}

describe('differences', () => {
  test.each<[what: string, before: object, after: object, differences: string[]]>([
    ['equal states', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['a value', { n: 1 }, { n: 2 }, ['changed state.n: 1 → 2']],
    ['-0 and 0', { n: 0 }, { n: -0 }, ['changed state.n: 0 → -0']],
    ['NaN', { n: Number.NaN }, { n: Number.NaN }, []],
    ['undefined and nothing', { a: undefined }, {}, ['removed state.a: undefined → null']],
    ['another kind', { a: [] }, { a: {} }, ['changed state.a: Array(0) → Object {0}']],
    [
      'elements',
      { a: [1, 2] },
      { a: [1, 3, 4] },
      ['changed state.a[1]: 2 → 3', 'added state.a[2]: null → 4'],
    ],
    ['typed arrays', { a: Uint8Array.of(1, 2) }, { a: Uint8Array.of(1, 3) }, ['changed state.a[1]: 2 → 3']],
    [
      'entries',
      {
        m: new Map<unknown, unknown>([
          ['a', 1],
          [7, 1],
        ]),
      },
      {
        m: new Map<unknown, unknown>([
          [7, 2],
          ['b', 1],
        ]),
      },
      [
        'removed state.m.get("a"): 1 → null',
        'changed state.m.get(7): 1 → 2',
        'added state.m.get("b"): null → 1',
      ],
    ],
    [
      'keys that are objects',
      { m: new Map([[{ k: 1 }, 1]]) },
      { m: new Map([[{ k: 2 }, 1]]) },
      ['changed state.m[0].k: 1 → 2'],
    ],
    [
      'members',
      { s: new Set(['x', 'y']) },
      { s: new Set(['y', 'z']) },
      ['removed state.s[0]: "x" → null', 'added state.s[1]: null → "z"'],
    ],
    [
      'members that are objects',
      { s: new Set([{ a: 1 }]) },
      { s: new Set([{ a: 2 }]) },
      ['changed state.s[0].a: 1 → 2'],
    ],
    [
      'dates',
      { d: new Date(0) },
      { d: new Date(1) },
      ['changed state.d: Date 1970-01-01T00:00:00.000Z → Date 1970-01-01T00:00:00.001Z'],
    ],
    ['patterns', { r: /a/ }, { r: /a/g }, ['changed state.r: RegExp /a/ → RegExp /a/g']],
    [
      'bytes',
      { b: Uint8Array.of(1).buffer },
      { b: Uint8Array.of(2).buffer },
      ['changed state.b: ArrayBuffer (1 B) → ArrayBuffer (1 B)'],
    ],
    [
      'boxed',
      { b: new Object(1) },
      { b: new Object(2) },
      ['changed state.b: Boxed primitive → Boxed primitive'],
    ],
    ['strings that are long', { t: `${'x'.repeat(200)}a` }, { t: `${'x'.repeat(200)}a` }, []],
    [
      'sparse arrays',
      { a: Object.assign([], { length: 4e9 }) },
      { a: Object.assign([], { 3e9: 1, length: 4e9 }) },
      ['added state.a[3000000000]: null → 1'],
    ],
  ])('%s', (_, before, after, differences) => {
    expect(compare(before, after)).toEqual(differences);
  });

  test('Cycles come to an end, and a difference inside is told once.', () => {
    expect(compare(cycleWith(1), cycleWith(1))).toEqual([]);
    expect(compare(cycleWith(1), cycleWith(2))).toEqual(['changed state.n: 1 → 2']);
  });

  test('Cycles of different lengths come to an end.', () => {
    const one: Record<string, unknown> = {};
    one['next'] = one;
    const other: Record<string, unknown> = { next: {} };
    (other['next'] as Record<string, unknown>)['next'] = other;
    expect(compare(one, other)).toEqual([]);
  });

  test('Depth does not matter.', () => {
    const [difference] = compare(nested(1), nested(2));
    expect(difference).toMatch(/^changed state…(\.in)+\.end: 1 → 2$/);
  });
});
