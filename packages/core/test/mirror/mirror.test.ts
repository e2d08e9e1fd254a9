/** What the guardian makes of a state with values that only the user's code can make, or that have no file. */
import { describe, expect, it } from 'vitest';
import { registerCustom } from '../../src/classes/registry.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { FIXED_NONCE, replayFrom } from '../fixtures/journal-ends.ts';
import { openJournalInDirectory, replayJournal } from '../fixtures/journal-in-directory.ts';

class Temperature {
  readonly #kelvin: number;
  constructor(kelvin: number) {
    this.#kelvin = kelvin;
  }
  get kelvin(): number {
    return this.#kelvin;
  }
}

class Unmakable {
  readonly cause = 'unmakable';
}

registerCustom(
  {
    isApplicable: (value): value is Temperature => value instanceof Temperature,
    serialize: ({ kelvin }) => kelvin,
    deserialize: (kelvin) => new Temperature(kelvin),
  },
  'mirror.Temperature',
);
let isMade = false;
registerCustom(
  {
    isApplicable: (value): value is Unmakable => value instanceof Unmakable,
    serialize: () => 1,
    deserialize: () => {
      if (isMade) throw Object.create(null);
      return new Unmakable();
    },
  },
  'mirror.Unmakable',
);

describe('a custom value', () => {
  it.each<[string, () => object, ((state: any) => void)?]>([
    ['as the state itself', () => new Temperature(1)],
    [
      'in a property of an array that is no element',
      () => ({ list: Object.assign([], { hot: new Temperature(2) }) }),
    ],
    [
      'in an object that has been frozen in its place',
      () => ({ a: { hot: new Temperature(3) } }),
      ({ a }) => void Object.freeze(a),
    ],
    [
      'in an array that has been frozen in its place',
      () => ({ a: [new Temperature(3)] }),
      ({ a }) => void Object.freeze(a),
    ],
    [
      'in a constant property',
      () => Object.defineProperty({}, 'hot', { value: new Temperature(4), enumerable: true }),
    ],
    ['in a frozen object', () => ({ a: Object.freeze({ hot: new Temperature(5) }) })],
    ['as a key of a Map', () => ({ map: new Map([[new Temperature(6), new Set([new Temperature(7)])]]) })],
  ])('is made in its place: %s', (_, initial, change) => {
    const journal = openJournalInDirectory();
    const state = journal.graph.setRoot(initial());
    change?.(state);
    const { root, failure } = journal.replay();
    expect(failure).toBeUndefined();
    expect(describeGraph(root)).toBe(describeGraph(state));
  });

  it('is given as name and content, with a text, when it cannot be made, whatever is thrown', () => {
    isMade = false;
    const journal = openJournalInDirectory();
    journal.graph.setRoot({ value: new Unmakable() });
    isMade = true;
    const reader = new JournalReader({ ...FIXED_NONCE, directory: journal.directory });
    const { mirror } = replayFrom(reader);
    reader.close();
    expect(mirror.finish(journal.directory, false)).toEqual([
      expect.stringMatching(/"mirror.Unmakable" threw \(something that cannot be shown\)/),
    ]);
    expect(mirror.root).toEqual({ value: { name: 'mirror.Unmakable', content: 1 } });
  });
});

describe('a buffer whose bytes are in the record', () => {
  it('has those bytes and no more', () => {
    const journal = openJournalInDirectory();
    const state = journal.graph.setRoot({ empty: new ArrayBuffer(0), view: new Uint8Array() });
    const { root } = replayJournal(journal.directory);
    expect(describeGraph(root)).toBe(describeGraph(state));
    expect((root as { empty: ArrayBuffer }).empty.byteLength).toBe(0);
  });
});
