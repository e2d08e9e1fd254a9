/** When a sleeping guardian is woken: for a value that is whole, or for room. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Control } from '../../src/journal/layout.ts';
import { WordBuffer } from '../../src/value/words.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

const LIMIT_BYTES = 2 * 1024 * 1024;
/** More than a journal of that size holds. */
const LARGE = 'x'.repeat(5_000_000);

test.each(memoryKinds)(
  'it sleeps on while a large value is told, until that is whole (%s journal)',
  async (kind) => {
    const { control, rings, writer } = openJournalInDirectory({ kind });
    control.write(Control.wake, 1);
    const payload = new WordBuffer();
    const fill = (): void => {
      payload.reserve(50_000);
      payload.length = 50_000;
    };
    fill();
    writer.appendPart(payload, true);
    fill();
    writer.appendPart(payload, false);
    // The written journal rings at the end of a turn.
    await setImmediate();
    await setImmediate();
    expect(rings.count).toBe(0);
    expect(control.read(Control.wake)).toBe(1);
    writer.appendLastPart(payload);
    await setImmediate();
    await setImmediate();
    expect(rings.count).toBe(1);
  },
);

test.each(memoryKinds)(
  'it is woken when the journal has no room for the rest of one (%s journal)',
  (kind) => {
    const ringsByWait: number[] = [];
    const { control, graph, rings, warnings, writer } = openJournalInDirectory({
      kind,
      sizeBytesMax: LIMIT_BYTES,
      onWait: () => {
        ringsByWait.push(rings.count);
        control.write(Control.releasedSequence, writer.position.segment);
      },
    });
    const state = graph.setRoot({ text: '' }) as { text: string };
    control.write(Control.wake, 1);
    state.text = LARGE;
    expect(ringsByWait[0]).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
    expect(writer.degraded).toBe(false);
  },
);
