/** Random programs run against the guarded state and a plain twin: the two, and the mirror, stay the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

/** More by hand: FAULTGUARD_TEST_RUNS=20000 npx vitest run packages/core/test/state/random-programs.test.ts */
const numRuns = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 150);

/** A container of the state, found by walking from the root: the same way leads to the same place in the twin. */
function walk(root: any, steps: readonly number[], kind: 'object' | 'array' | 'any'): any {
  let at = root;
  let found = kind === 'array' ? undefined : root;
  for (const step of steps) {
    const children = Object.values(at).filter((value) => typeof value === 'object' && value !== null);
    if (children.length === 0) break;
    at = children[step % children.length];
    if (kind === 'any' || Array.isArray(at) === (kind === 'array')) found = at;
  }
  return found ?? root.list;
}

const steps = fc.array(fc.nat(7), { maxLength: 5 });
const key = fc
  .oneof(fc.constantFrom('a', 'b', 'c', 'list', 'constructor'), fc.string({ maxLength: 4 }))
  .filter((text) => text !== '__proto__');
const primitive = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.bigInt(),
  fc.constantFrom(undefined, null, true, false, -0, Number.NaN),
);
const fresh = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    primitive,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** A value: new, or one that the state already holds. */
const value = fc.oneof(
  fresh.map((made) => ({ made })),
  steps.map((from) => ({ from })),
);
type Value = { made: unknown } | { from: number[] };

const small = fc.integer({ min: -12, max: 12 });
const operation = fc.oneof(
  fc.record({ do: fc.constant('set' as const), at: steps, key, value }),
  fc.record({ do: fc.constant('delete' as const), at: steps, key }),
  fc.record({ do: fc.constant('push' as const), at: steps, values: fc.array(value, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('unshift' as const), at: steps, values: fc.array(value, { maxLength: 3 }) }),
  fc.record({
    do: fc.constantFrom('pop' as const, 'shift' as const, 'reverse' as const, 'sort' as const),
    at: steps,
  }),
  fc.record({
    do: fc.constant('splice' as const),
    at: steps,
    start: small,
    count: small,
    values: fc.array(value, { maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('element' as const), at: steps, index: fc.nat(5), value }),
  fc.record({ do: fc.constant('length' as const), at: steps, length: fc.nat(5) }),
  fc.record({ do: fc.constant('fill' as const), at: steps, value, start: small, end: small }),
  fc.record({ do: fc.constant('copyWithin' as const), at: steps, target: small, start: small, end: small }),
  fc.record({ do: fc.constant('move' as const), from: steps, key, to: steps, newKey: key }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** By where its elements stand in the array before: the same for guarded objects and for plain ones. */
function order(list: unknown[]): (a: unknown, b: unknown) => number {
  const text = (item: unknown): string =>
    typeof item === 'object' && item !== null
      ? `object ${list.indexOf(item) % 3}`
      : `${typeof item} ${String(item)}`;
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}

function apply(root: any, op: Operation): unknown {
  const take = (from: Value): unknown =>
    'made' in from ? structuredClone(from.made) : walk(root, from.from, 'any');
  const list = 'at' in op ? (walk(root, op.at, 'array') as any[]) : [];
  switch (op.do) {
    case 'set':
      walk(root, op.at, 'object')[op.key] = op.key === 'list' && !('made' in op.value) ? [1] : take(op.value);
      root.list = Array.isArray(root.list) ? root.list : [];
      return undefined;
    case 'delete':
      return op.key === 'list' || delete walk(root, op.at, 'object')[op.key];
    case 'push':
      return list.push(...op.values.map((item) => take(item)));
    case 'unshift':
      return list.unshift(...op.values.map((item) => take(item)));
    case 'pop':
      return list.pop();
    case 'shift':
      return list.shift();
    case 'reverse':
      return list.reverse().length;
    case 'sort':
      return list.sort(order([...list])).length;
    case 'splice':
      return list.splice(op.start, op.count, ...op.values.map((item) => take(item)));
    case 'element':
      if (op.index <= list.length) list[op.index] = take(op.value);
      return undefined;
    case 'length':
      if (op.length <= list.length) list.length = op.length;
      return list.length;
    case 'fill':
      return list.fill(take(op.value), op.start, op.end).length;
    case 'copyWithin':
      return list.copyWithin(op.target, op.start, op.end).length;
    default: {
      const from = walk(root, op.from, 'object');
      if (op.key === 'list' || op.newKey === 'list') return undefined;
      const moved = from[op.key];
      if (typeof moved === 'function') return undefined;
      delete from[op.key];
      walk(root, op.to, 'object')[op.newKey] = moved;
      return undefined;
    }
  }
}

function firstState(): object {
  return { list: [1, { n: 1 }], a: { b: {} } };
}

test.each(memoryKinds)('with the %s journal', (kind) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (program) => {
      const journal = openJournalInDirectory({ kind });
      const guarded = journal.graph.setRoot(firstState());
      const twin = firstState();
      for (const op of program) {
        expect(describeGraph(apply(guarded, op))).toBe(describeGraph(apply(twin, op)));
        expect(describeGraph(guarded)).toBe(describeGraph(twin));
      }
      const { root, failure } = journal.replay();
      expect(failure).toBeUndefined();
      expect(describeGraph(root)).toBe(describeGraph(twin));
    }),
    { numRuns },
  );
});
