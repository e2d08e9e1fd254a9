/** Positions between two records: how far apart they are, and how two processes tell each other of one. */
import type { ControlPage } from '../memory/segment.ts';
import { SEGMENT_BYTES } from './layout.ts';
import type { JournalPosition } from './reader.ts';

/** Bytes of journal from its beginning up to there. */
export function bytesAt({ segment, offsetBytes }: JournalPosition): number {
  return segment * SEGMENT_BYTES + offsetBytes;
}

/** The other way. */
export function positionAt(bytes: number): JournalPosition {
  return { segment: Math.floor(bytes / SEGMENT_BYTES), offsetBytes: bytes % SEGMENT_BYTES };
}

/** Bytes of journal from one position to another; negative when that comes before it. */
export function distance(from: JournalPosition, to: JournalPosition): number {
  return bytesAt(to) - bytesAt(from);
}

/** Two words of the control file, the offset last: it is 0 while the segment changes. */
export function readPosition(
  control: Pick<ControlPage, 'read'>,
  segmentWord: number,
  offsetWord: number,
): JournalPosition {
  const segment = control.read(segmentWord) >>> 0;
  return { segment, offsetBytes: control.read(offsetWord) };
}

/** Whenever it is read meanwhile, the offset of one segment is none of another. */
export function writePosition(
  write: (word: number, value: number) => void,
  segmentWord: number,
  offsetWord: number,
  { segment, offsetBytes }: JournalPosition,
): void {
  write(offsetWord, 0);
  write(segmentWord, segment);
  write(offsetWord, offsetBytes);
}
