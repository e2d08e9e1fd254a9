/** How far an app has appended, as somebody sees it who looks at the files alone. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findJournalEnd } from '../../src/journal/find-end.ts';
import { bytesAt } from '../../src/journal/position.ts';
import { JOURNAL_BEGINNING, JournalReader, type JournalPosition } from '../../src/journal/reader.ts';
import { segmentPath } from '../../src/journal/segment-files.ts';
import { FIXED_NONCE } from '../fixtures/journal-ends.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

/** By reading all of it. */
function endOf(directory: string): JournalPosition {
  const reader = new JournalReader({ directory, ...FIXED_NONCE });
  while (reader.readSegment(() => {}));
  reader.close();
  return reader.reached;
}

describe.each(memoryKinds)('the end of a %s journal', (kind) => {
  it('is where all of it, read from the beginning, ends, wherever it is known to have been before', () => {
    const journal = openJournalInDirectory({ kind });
    const session = { directory: journal.directory, ...FIXED_NONCE };
    expect(findJournalEnd(session, JOURNAL_BEGINNING)).toEqual(JOURNAL_BEGINNING);
    const state = journal.graph.setRoot({ n: 0, text: '' }) as { n: number; text: string };
    const known: JournalPosition[] = [JOURNAL_BEGINNING];
    for (let n = 1; n <= 30; n++) {
      state.n = n;
      // Some of them in parts, over several segments.
      state.text = 'x'.repeat(n % 10 === 0 ? 1_500_000 : 40_000);
      const end = endOf(journal.directory);
      for (const position of known) expect(findJournalEnd(session, position)).toEqual(end);
      known.push(end);
    }
    expect(known.at(-1)?.segment).toBeGreaterThan(4);
    expect(bytesAt(known.at(-1) as JournalPosition)).toBeGreaterThan(5_000_000);
  });
});

describe('of files that are not what they were', () => {
  it('the end is where somebody is known to have been, or behind it as far as it is whole', () => {
    const journal = openJournalInDirectory({ kind: 'written' });
    const { directory } = journal;
    const session = { directory, ...FIXED_NONCE };
    const state = journal.graph.setRoot({ text: '' }) as { text: string };
    state.text = 'x'.repeat(100);
    const known = endOf(directory);
    state.text = 'y'.repeat(3_000_000);
    const end = endOf(directory);
    // A segment that is just being made ready, one that is none, and one of another session.
    writeFileSync(segmentPath(directory, end.segment + 1), Buffer.alloc(1024 * 1024));
    writeFileSync(segmentPath(directory, end.segment + 2), 'x');
    writeFileSync(join(directory, 'journal-x'), 'x');
    expect(findJournalEnd(session, known)).toEqual(end);
    rmSync(segmentPath(directory, end.segment));
    truncateSync(segmentPath(directory, end.segment - 1), 1000);
    expect(findJournalEnd(session, known).segment).toBeLessThanOrEqual(end.segment);
    rmSync(directory, { recursive: true });
    expect(findJournalEnd(session, known)).toEqual(known);
  });
});
