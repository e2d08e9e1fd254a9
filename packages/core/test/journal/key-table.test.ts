/** A table of keys that gets full is cleared on both sides, wherever that happens. */
import { expect, test } from 'vitest';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

test('no key is lost', () => {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot({}) as Record<string, unknown>;
  for (let number = 0; number < 70_000; number++) {
    if (number % 1000 === 0) {
      state[`body ${number}`] = { [`in body ${number}`]: { [`deep in body ${number}`]: number } };
    } else state[`key ${number}`] = number;
    delete state[`key ${number - 100}`];
  }
  // More keys than the table takes, in one payload.
  state['large'] = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, index) => [`of large ${index}`, index]),
  );
  state['behind'] = true;
  const { root, failure } = journal.replay();
  expect(failure).toBeUndefined();
  expect(describeGraph(root)).toBe(describeGraph(state));
});
