/** What an array method tells the guardian does not grow with the array; and it is one record, whatever it does. */
import { describe, expect, test } from 'vitest';
import { bytesAt } from '../../src/journal/position.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

const short: Record<string, (list: any[]) => unknown> = {
  push: (list) => list.push(1.5),
  'push of an object': (list) => list.push({ a: 1 }),
  pop: (list) => list.pop(),
  shift: (list) => list.shift(),
  unshift: (list) => list.unshift(2.5),
  'splice of few': (list) => list.splice(list.length >>> 1, 2, 'a', 'b', 'c'),
  'an element': (list) => (list[7] = 'x'),
  'a shorter length': (list) => (list.length -= 3),
  reverse: (list) => list.reverse(),
  fill: (list) => list.fill(0, 10),
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- one object in many places is the point
  'fill with an object': (list) => list.fill({}, list.length - 5),
  copyWithin: (list) => list.copyWithin(0, list.length >>> 1),
};

describe.each([1000, 1_000_000])('of an array of %i elements', (length) => {
  const open = () => {
    const journal = openJournalInDirectory({ sizeBytesMax: 256 * 1024 * 1024 });
    const state: any = journal.graph.setRoot({ list: Array.from({ length }, (_, index) => index + 0.5) });
    const position = (): number => bytesAt(journal.writer.position);
    return { journal, state, position };
  };

  test('all but sort are a few words', () => {
    const { journal, state, position } = open();
    const before = journal.replay().payloadCount;
    for (const [name, use] of Object.entries(short)) {
      const from = position();
      use(state.list);
      expect({ name, isShort: position() - from < 200 }).toEqual({ name, isShort: true });
    }
    const replay = journal.replay();
    // An object that nothing holds any more is one record more, and so is a key that is new.
    expect(replay.payloadCount - before).toBeLessThanOrEqual(Object.keys(short).length + 4);
    expect(describeGraph(replay.root)).toBe(describeGraph(state));
  });

  test.each<[string, (list: any[]) => unknown]>([
    ['sort', (list) => list.sort((a: number, b: number) => b - a)],
    ['reverse', (list) => list.reverse()],
    ['fill', (list) => list.fill(7)],
    ['copyWithin', (list) => list.copyWithin(3, 0)],
  ])('%s is one record', (_, use) => {
    const { journal, state } = open();
    const before = journal.replay().payloadCount;
    use(state.list);
    expect(journal.replay().payloadCount - before).toBe(1);
  });
});
