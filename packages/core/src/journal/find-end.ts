/** How far an app has appended, for whoever looks from outside: nowhere does it say so but in the journal itself. */
import { listDirectory } from '../platform/list-directory.ts';
import {
  type JournalPosition,
  JOURNAL_BEGINNING,
  JournalReader,
  type JournalReaderOptions,
} from './reader.ts';
import { sequenceOf } from './segment-files.ts';

/** Segments behind the mirrored one that are tried, the newest first: the last may have nothing in it yet. */
const SEGMENTS_TRIED = 3;

/**
 * Behind the last valid record, at or behind `known`, which is known to have been reached. Reads one segment to its
 * end, and looks into a few behind it. Never throws: what cannot be read has not been appended as far as anybody can tell.
 */
export function findJournalEnd(session: JournalReaderOptions, known: JournalPosition): JournalPosition {
  const newer = listSegments(session.directory).filter((segment) => segment > known.segment);
  for (const segment of newer.slice(0, SEGMENTS_TRIED)) {
    const beginning = { ...JOURNAL_BEGINNING, segment };
    const reached = readSegmentFrom(session, beginning);
    if (reached.segment > segment || reached.offsetBytes > beginning.offsetBytes) return reached;
  }
  return readSegmentFrom(session, known);
}

/** The newest first. */
function listSegments(directory: string): number[] {
  return listDirectory(directory)
    .flatMap((name) => sequenceOf(name) ?? [])
    .toSorted((one, other) => other - one);
}

function readSegmentFrom(session: JournalReaderOptions, from: JournalPosition): JournalPosition {
  const reader = new JournalReader({ ...session, from });
  try {
    reader.readSegment(() => {});
  } catch {
    // Gone meanwhile, or damaged: up to there it is whole.
  }
  const { reached } = reader;
  reader.close();
  return reached;
}
