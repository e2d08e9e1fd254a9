/** When the guardian had read how much of the journal: what it writes is what others read, whatever becomes of the file. */
import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  JournalTimesWriter,
  readJournalTimes,
  TIMES_ENTRIES,
  TIMES_ENTRY_BYTES,
  TIMES_HEADER_BYTES,
  TIMES_MAGIC,
  TIMES_RESOLUTION_MS,
  timesPath,
} from '../../src/autosave/journal-times.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const BEGAN_MS = Date.UTC(2026, 0, 1);

/** `[ms since the beginning, bytes]`, both of one segment. */
function timesOf(directory: string): (readonly [number, number])[] {
  return readJournalTimes(directory).map(({ position, time }) => [
    time.getTime() - BEGAN_MS,
    position.offsetBytes,
  ]);
}

function note(writer: JournalTimesWriter, ...looks: readonly (readonly [ms: number, bytes: number])[]): void {
  for (const [ms, offsetBytes] of looks) writer.note({ segment: 0, offsetBytes }, BEGAN_MS + ms);
}

const DOCUMENT = new URL('../../../../docs/format/autosave.md', import.meta.url);

describe('the times of a journal', () => {
  it('have the numbers that their document tells', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const section = document.slice(document.indexOf('### The times'), document.indexOf('## The text'));
    expect(section).toContain(`\`FGT1\` (0x${TIMES_MAGIC.toString(16)})`);
    const entries = `${TIMES_ENTRY_BYTES} × ${TIMES_ENTRIES.toLocaleString('en')}`;
    expect(section).toContain(`| ${TIMES_HEADER_BYTES} | ${entries} | entries |`);
    expect(section).toContain(`within ${TIMES_RESOLUTION_MS} ms`);
  });

  it('are those of looks; of some that follow each other closely, of the last', () => {
    const directory = makeDirectoryForTest();
    const writer = new JournalTimesWriter(directory);
    expect(readJournalTimes(directory)).toEqual([]);
    note(writer, [0, 64], [40, 100], [99, 200], [100, 300], [5000, 400]);
    writer.close();
    note(writer, [6000, 500]);
    expect(timesOf(directory)).toEqual([
      [99, 200],
      [100, 300],
      [5000, 400],
    ]);
    expect(TIMES_RESOLUTION_MS).toBe(100);
  });

  it('are a ring: the file grows no further, and has the last of them, in their order', () => {
    const directory = makeDirectoryForTest();
    const writer = new JournalTimesWriter(directory);
    for (let n = 1; n <= TIMES_ENTRIES + 10; n++) note(writer, [n * 1000, 64 + n]);
    writer.close();
    expect(statSync(timesPath(directory)).size).toBe(TIMES_HEADER_BYTES + TIMES_ENTRIES * TIMES_ENTRY_BYTES);
    const times = timesOf(directory);
    expect(times).toHaveLength(TIMES_ENTRIES);
    expect([times[0], times.at(-1)]).toEqual([
      [11_000, 75],
      [(TIMES_ENTRIES + 10) * 1000, 64 + TIMES_ENTRIES + 10],
    ]);
  });

  it('go on where another guardian has left them', () => {
    const directory = makeDirectoryForTest();
    const first = new JournalTimesWriter(directory);
    note(first, [0, 64], [1000, 100]);
    first.close();
    const second = new JournalTimesWriter(directory);
    note(second, [2000, 200]);
    second.close();
    expect(timesOf(directory)).toEqual([
      [0, 64],
      [1000, 100],
      [2000, 200],
    ]);
  });

  it('are in order when the clock goes back: what contradicts the others is left out', () => {
    const directory = makeDirectoryForTest();
    const writer = new JournalTimesWriter(directory);
    note(writer, [10_000, 100], [11_000, 200], [5000, 300], [6000, 400]);
    writer.close();
    expect(timesOf(directory)).toEqual([
      [5000, 300],
      [6000, 400],
    ]);
  });

  it('are none of a file that is none, a link, a directory that is gone; and of a damaged one what makes sense', () => {
    const directory = makeDirectoryForTest();
    const path = timesPath(directory);
    const writer = new JournalTimesWriter(directory);
    note(writer, [0, 64], [1000, 100]);
    writer.close();
    const whole = readFileSync(path);
    expect(whole.readUInt32LE(0)).toBe(TIMES_MAGIC);
    expect(whole.toString('latin1', 0, 4)).toBe('FGT1');
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect(timesOf(directory).length).toBeLessThanOrEqual(1);
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1_000_000, 0xff)]));
    expect(timesOf(directory)[0]).toEqual([0, 64]);
    writeFileSync(path, Buffer.concat([whole.subarray(0, TIMES_HEADER_BYTES), Buffer.alloc(64, 0xff)]));
    expect(timesOf(directory)).toEqual([]);
    writeFileSync(`${path}.other`, whole);
    rmSync(path);
    symlinkSync(`${path}.other`, path);
    expect(timesOf(directory)).toEqual([]);
    const refused = new JournalTimesWriter(directory);
    note(refused, [0, 64]);
    expect(readFileSync(`${path}.other`)).toEqual(whole);
    rmSync(directory, { recursive: true });
    expect(timesOf(directory)).toEqual([]);
    note(new JournalTimesWriter(directory), [0, 64]);
  });
});
