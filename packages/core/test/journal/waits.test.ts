/** An app that waits for its guardian says that it lives, and does not wait for one that can do nothing. */
import { expect, test } from 'vitest';
import { Control } from '../../src/journal/layout.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

const TEXT = 'x'.repeat(300_000);
const LIMIT_BYTES = 2 * 1024 * 1024;

test.each(memoryKinds)('it goes on soon when the autosave cannot be written (%s)', (kind) => {
  let waits = 0;
  const { graph, writer, control, warnings } = openJournalInDirectory({
    kind,
    sizeBytesMax: LIMIT_BYTES,
    stallTimeoutMs: 60_000,
    onWait: () => waits++,
  });
  const state = graph.setRoot({ list: [] as string[] }) as { list: string[] };
  control.write(Control.autosaveDegraded, 1);
  const beganMs = performance.now();
  while (!writer.degraded) state.list.push(TEXT);
  expect(performance.now() - beganMs).toBeLessThan(20_000);
  expect(warnings).toEqual(['the journal is full and its autosave cannot be written']);
  expect(waits).toBeGreaterThan(10);
});
