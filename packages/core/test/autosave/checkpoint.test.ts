/** A checkpoint, taken at any moment, and the journal from there on give the state, whatever it is made of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { runTransaction } from '../../src/state/transaction.ts';
import { Follower, restore } from '../fixtures/checkpoints.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';
import { firstState, program, registerTestClasses, runProgram } from '../fixtures/random-values.ts';

/** More by hand: FAULTGUARD_TEST_RUNS=20000 npx vitest run packages/core/test/autosave/checkpoint.test.ts */
const numRuns = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 300);

guardBuiltins();
registerTestClasses();

test('of random states, changing while it is written', () => {
  fc.assert(
    fc.property(program, program, (before, meanwhile) => {
      const journal = openJournalInDirectory();
      const guarded = journal.graph.setRoot(firstState());
      const transaction = (run: () => void): void => void runTransaction(journal.graph, run);
      const describe = (): string => '';
      runProgram(guarded, before, transaction, describe);
      const follower = new Follower(journal.directory);
      follower.read();
      const steps = meanwhile.values();
      const text = follower.encode(() => {
        const { value: step, done } = steps.next();
        if (done === true) return;
        runProgram(guarded, [step], transaction, describe);
        follower.read();
      });
      follower.reader.close();
      const restored = restore(text, journal.directory);
      expect(restored.finish(journal.directory, false)).toEqual([]);
      expect(describeGraph(restored.root)).toBe(describeGraph(journal.replay().root));
    }),
    { numRuns },
  );
});
