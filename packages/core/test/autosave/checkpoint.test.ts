/** A checkpoint, taken at any moment, and the journal from there on give the state, whatever it is made of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { nodeOf } from '../../src/state/tracked-node.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { Follower, restore } from '../fixtures/checkpoints.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';
import { firstState, Money, program, registerTestClasses, runProgram } from '../fixtures/random-values.ts';

/** More by hand: FAULTGUARD_TEST_RUNS=20000 npx vitest run packages/core/test/autosave/checkpoint.test.ts */
const numRuns = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 100);

guardBuiltins();
registerTestClasses();

test('of random states, changing while it is written', () => {
  fc.assert(
    fc.property(program, program, (before, meanwhile) => {
      const journal = openJournalInDirectory();
      const guarded = journal.graph.setRoot(firstState());
      const transaction = (run: () => void): void => {
        runTransaction(journal.graph, run);
      };
      runProgram(guarded, before, transaction, String);
      const follower = new Follower(journal.directory);
      follower.read();
      const steps = meanwhile.values();
      const text = follower.encode(() => {
        const { value: step, done } = steps.next();
        if (done === true) return;
        runProgram(guarded, [step], transaction, String);
        follower.read();
      });
      follower.reader.close();
      const restored = restore(text, journal.directory);
      expect(restored.finish(journal.directory, false)).toEqual([]);
      const recovered = describeGraph(restored.root);
      expect(recovered).toBe(describeGraph(journal.replay().root));
      // The next app can go on with it, whatever it is: with a copy, and with the very objects that have been read.
      const next = openJournalInDirectory();
      next.graph.setRoot(restored.root as object);
      expect(describeGraph(next.replay().root)).toBe(recovered);
      const takingOver = openJournalInDirectory();
      const takenOver = takingOver.graph.setRoot(restored.root as object, (part) => restored.isOwn(part));
      expect(describeGraph(takenOver)).toBe(recovered);
      expect(describeGraph(takingOver.replay().root)).toBe(recovered);
      runProgram(takenOver, before, (run) => runTransaction(takingOver.graph, run), String);
      expect(describeGraph(takingOver.replay().root)).toBe(describeGraph(takenOver));
    }),
    { numRuns },
  );
});

test('of a sparse array with an element that is not enumerable', () => {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot({ list: [] as unknown[] }) as { list: unknown[] };
  state.list[1000] = { n: 0 };
  Object.defineProperty(state.list, 0, { value: 'hidden', writable: true, configurable: true });
  const follower = new Follower(journal.directory);
  follower.read();
  const restored = restore(follower.encode(), journal.directory);
  follower.reader.close();
  restored.finish(journal.directory, false);
  expect(Object.getOwnPropertyDescriptor((restored.root as typeof state).list, 0)).toMatchObject({
    value: 'hidden',
    enumerable: false,
  });
  expect(describeGraph(restored.root)).toBe(describeGraph(journal.replay().root));
});

test('of a large plain state, whose objects and arrays the next app takes over as they are', () => {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot({ rows: [{ id: 1, tags: ['a'] }], frozen: {}, map: new Map() }) as any;
  state.first = state.rows[0];
  state.rows[0].all = state.rows;
  state.frozen = Object.freeze({ list: [1] });
  state.map.set('row', { id: 2 });
  const follower = new Follower(journal.directory);
  follower.read();
  const restored = restore(follower.encode(), journal.directory);
  follower.reader.close();
  restored.finish(journal.directory, false);
  const { root } = restored as { root: any };
  const { rows, frozen } = root;
  const [row] = rows;
  const next = openJournalInDirectory();
  const guarded = next.graph.setRoot(root, (part) => restored.isOwn(part)) as any;
  expect(nodeOf(guarded)?.target).toBe(root);
  expect(nodeOf(guarded.rows)?.target).toBe(rows);
  expect(nodeOf(guarded.rows[0])?.target).toBe(row);
  expect(nodeOf(guarded.frozen)?.target).not.toBe(frozen);
  expect(guarded.first).toBe(guarded.rows[0]);
  expect(guarded.first.all).toBe(guarded.rows);
  guarded.first.id = 3;
  guarded.rows.push({ id: 4 });
  delete guarded.first.tags;
  expect(describeGraph(next.replay().root)).toBe(describeGraph(guarded));
});

test('of custom values in constant properties, and in objects that are closed', () => {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot({}) as any;
  const constant = Object.defineProperty({}, 'fixed', { value: new Money(1) });
  state.constant = constant;
  state.frozen = Object.freeze({ money: new Money(2) });
  state.sealed = Object.seal({ money: new Money(3) });
  state.list = Object.freeze([new Money(4)]);
  const follower = new Follower(journal.directory);
  follower.read();
  const text = follower.encode();
  follower.reader.close();
  const restored = restore(text, journal.directory);
  expect(restored.finish(journal.directory, false)).toEqual([]);
  const recovered = restored.root as any;
  expect(Object.isFrozen(recovered.frozen)).toBe(true);
  expect(Object.isSealed(recovered.sealed)).toBe(true);
  expect(Object.isFrozen(recovered.list)).toBe(true);
  expect(describeGraph(recovered)).toBe(describeGraph(journal.replay().root));
  expect(describeGraph(recovered)).toBe(describeGraph(state));
});

test('of a state with nodes that only hold each other, which the app still has and puts back', () => {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot({ ring: { name: 'ring', next: {} } }) as any;
  const { ring } = state;
  ring.next.back = ring;
  delete state.ring;
  const follower = new Follower(journal.directory);
  follower.read();
  const text = follower.encode();
  follower.reader.close();
  ring.name = 'changed';
  state.again = ring;
  const { root } = restore(text, journal.directory);
  expect(describeGraph(root)).toBe(describeGraph(journal.replay().root));
  expect((root as any).again.next.back.name).toBe('changed');
});

test('of values that lie deeper than a parser goes, without recursion', () => {
  const journal = openJournalInDirectory();
  const deep: any = { at: 0 };
  let last = deep;
  for (let depth = 1; depth < 20_000; depth++) last = last.next = { at: depth, list: [depth] };
  last.next = deep;
  journal.graph.setRoot({ deep, map: new Map([[{ key: 1 }, deep]]) });
  const follower = new Follower(journal.directory);
  follower.read();
  const text = follower.encode(() => {}, 32_768);
  follower.reader.close();
  const { root } = restore(text, journal.directory);
  expect(describeGraph(root)).toBe(describeGraph(journal.replay().root));
  // What lies deeper is beside the JSON: no reader has to go further.
  expect(depthOf(JSON.parse(text).json)).toBeLessThanOrEqual(1001);
});

function depthOf(json: unknown): number {
  let level: unknown[] = [json];
  let depth = 0;
  for (; level.length > 0; depth++) {
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return depth;
}
