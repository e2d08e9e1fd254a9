/**
 * Random programs over values of every kind: guarded value, plain twin and the guardian's copy stay the same graph,
 * down to identity and order; what is taken back leaves no trace; snapshots never change.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { takeSnapshot } from '../../src/state/snapshot.ts';
import { nodeOf, type TrackedNode } from '../../src/state/tracked-node.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';
import {
  firstState,
  type Program,
  program,
  registerTestClasses,
  runProgram,
} from '../fixtures/random-values.ts';

const numRuns = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 200);

beforeAll(() => {
  guardBuiltins();
  registerTestClasses();
});

/** The twin of a transaction that fails does nothing of it. */
function withoutFailed(steps: Program): Program {
  return steps.filter((step) => !('transaction' in step && step.fails));
}

/** Snapshots are closed: only their values are compared. */
function describeValues(value: unknown): string {
  return describeGraph(value).replaceAll(/ (?:read-only|fixed|closed|constant)/g, '');
}

test.each(memoryKinds)('with the %s journal', { timeout: 600_000 }, (kind) => {
  fc.assert(
    fc.property(program, (steps) => {
      const journal = openJournalInDirectory({ kind });
      const guarded = journal.graph.setRoot(firstState());
      const twin = firstState();
      const snapshots: [snapshot: object, text: string][] = [];
      const transaction = (run: () => void): void => runTransaction(journal.graph, run);
      for (const step of steps) {
        const results = runProgram(guarded, [step], transaction, describeGraph);
        const expected = runProgram(twin, withoutFailed([step]), (run) => run(), describeGraph);
        // What a transaction that fails has done on its way is nobody's business.
        const isComparable = !('transaction' in step);
        expect(isComparable ? results : []).toEqual(isComparable ? expected : []);
        expect(describeGraph(guarded)).toBe(describeGraph(twin));
        const snapshot = takeSnapshot(nodeOf(guarded) as TrackedNode);
        const text = describeValues(snapshot);
        expect(text).toBe(describeValues(twin));
        snapshots.push([snapshot, text]);
      }
      for (const [snapshot, text] of snapshots) expect(describeValues(snapshot)).toBe(text);
      const { root, failure } = journal.replay();
      expect(failure).toBeUndefined();
      expect(describeGraph(root)).toBe(describeGraph(twin));
    }),
    { numRuns },
  );
});
