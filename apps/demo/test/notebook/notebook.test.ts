/** The notebook as the server keeps it, and the view as a browser goes on with it, are the same at any time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Draft, type Entry, STEPS } from '../../src/notebook/entries.ts';
import { emptyNotebook, Notebook } from '../../src/notebook/notebook.ts';
import { emptyView, ORDERS_MAX, readEntries, RECENT_MAX } from '../../src/notebook/view.ts';

const number = fc.double({ min: 0, max: 100, noNaN: true });
const drafts: fc.Arbitrary<Draft> = fc.oneof(
  fc.record({
    kind: fc.constant('sample' as const),
    busyPercent: number,
    residentMib: number,
    loopDelayMs: number,
  }),
  fc.record({ kind: fc.constant('note' as const), text: fc.string() }),
  fc.record({
    kind: fc.constant('step' as const),
    order: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    step: fc.constantFrom(...STEPS),
    pid: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('guardian' as const),
    lostPid: fc.nat(),
    pid: fc.nat(),
    tookMs: fc.nat(),
  }),
);

function makeNotebook(): Notebook {
  const notebook = new Notebook(emptyNotebook(), (change) => change());
  notebook.write({ kind: 'life', pid: 1, guardianPid: 2 });
  return notebook;
}

const sample: Draft = { kind: 'sample', busyPercent: 1, residentMib: 2, loopDelayMs: 3 };

test('a browser that reads the entries, in pieces of any size, sees what the server sees', () => {
  fc.assert(
    fc.property(fc.array(fc.array(drafts, { maxLength: 8 }), { maxLength: 20 }), (pieces) => {
      const notebook = makeNotebook();
      let view = readEntries(emptyView, notebook.entriesAfter(0, Infinity));
      for (const piece of pieces) {
        for (const draft of piece) notebook.write(draft);
        view = readEntries(view, notebook.entriesAfter(view.sequence, Infinity));
        expect(view).toEqual(notebook.state.page.view);
      }
      expect(notebook.state.entries.map(({ sequence }) => sequence)).toEqual(
        notebook.state.entries.map((_, index) => index + 1),
      );
      expect(view.orders.length).toBeLessThanOrEqual(ORDERS_MAX);
    }),
  );
});

test('entries that come twice are read once', () => {
  const notebook = makeNotebook();
  notebook.write({ kind: 'step', order: 'a', step: 'reserve', pid: 1 });
  const entries = notebook.entriesAfter(0, Infinity);
  const once = readEntries(emptyView, entries);
  expect(readEntries(once, entries)).toBe(once);
});

test('the view keeps a minute of samples, and the notebook a quarter of an hour', () => {
  const notebook = makeNotebook();
  const count = 10_100;
  for (let index = 0; index < count; index += 1) notebook.write(sample);
  expect(notebook.state.page.view.recent).toHaveLength(RECENT_MAX);
  expect(notebook.state.entries).toHaveLength(10_000);
  expect(notebook.entriesAfter(0, 2).map(({ sequence }) => sequence)).toEqual([
    count + 2 - 10_000,
    count + 3 - 10_000,
  ]);
  expect(notebook.entriesAfter(count, 10).map(({ sequence }) => sequence)).toEqual([count + 1]);
  expect(notebook.entriesAfter(count + 1, 10)).toEqual([]);
  expect(notebook.entriesAfter(count + 500, 10)).toEqual([]);
});

describe('a notebook that is opened again', () => {
  test('counts on, in a life of its own', () => {
    const first = makeNotebook();
    const second = new Notebook(first.state, (change) => change());
    const entry: Entry = second.write({ kind: 'life', pid: 3, guardianPid: 2 });
    expect(entry).toMatchObject({ sequence: 2, life: 2 });
  });

  test('does what is done alongside in the same commit', () => {
    const commits: string[][] = [];
    const notebook = new Notebook(emptyNotebook(), (change) => {
      commits.push([]);
      change();
    });
    notebook.write({ kind: 'note', text: 'x' }, ({ sequence }) => commits.at(-1)?.push(`#${sequence}`));
    expect(commits).toEqual([['#1']]);
  });
});
