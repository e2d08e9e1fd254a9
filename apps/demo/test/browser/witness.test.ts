/** The page's own record must be able to say that something is lost. */
import { afterEach, expect, test, vi } from 'vitest';
import { Witness } from '../../src/browser/witness.ts';
import type { Entry } from '../../src/notebook/entries.ts';

function makeSample(sequence: number, life = 1): Entry {
  const measured = { busyPercent: 12.5, residentMib: 80, loopDelayMs: sequence / 7 };
  return { sequence, life, at: 1_795_898_679_040 + sequence, kind: 'sample', ...measured };
}

const five = [1, 2, 3, 4, 5].map((sequence) => makeSample(sequence));

function witnessOf(entries: readonly Entry[], there: readonly Entry[]): Witness {
  const answer = async (): Promise<Response> => Response.json(there);
  vi.stubGlobal('fetch', vi.fn(answer));
  return new Witness('/api/entries', entries);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each<[what: string, there: readonly Entry[], lost: number]>([
  ['everything is there', five, 0],
  ['there is more than was seen', [...five, makeSample(6)], 0],
  ['the last one is missing', five.slice(0, 4), 1],
  ['one in the middle is missing', five.toSpliced(2, 1), 1],
  ['one has another value', five.with(2, { ...makeSample(3), busyPercent: 12.6 } as Entry), 1],
  ['one is of another life', five.with(4, makeSample(5, 2)), 1],
  ['one is of another kind', five.with(4, { ...makeSample(5), kind: 'note', text: '' }), 1],
  ['nothing is there', [], 5],
])('when %s', async (_, there, lost) => {
  expect(await witnessOf(five, there).audit(5)).toEqual({ lost, of: 5 });
});

test('what came after the death does not count', async () => {
  const witness = witnessOf([...five, makeSample(6, 2)], five);
  expect(await witness.audit(5)).toEqual({ lost: 0, of: 5 });
  expect(fetch).toHaveBeenCalledWith('/api/entries?after=0&upTo=5', expect.anything());
});

test('what is acknowledged before it comes counts once', async () => {
  const note: Entry = { sequence: 6, life: 1, at: 1, kind: 'note', text: 'x' };
  const witness = witnessOf(five, [...five, note]);
  witness.see(note, JSON.stringify(note));
  witness.see(note, JSON.stringify(note));
  expect(witness.lastSeen).toBe(6);
  expect(await witness.audit(6)).toEqual({ lost: 0, of: 6 });
});

test('an empty record has lost nothing, and asks nobody', async () => {
  const witness = witnessOf(five, []);
  witness.forget();
  expect(await witness.audit(0)).toEqual({ lost: 0, of: 0 });
  expect(fetch).not.toHaveBeenCalled();
});
