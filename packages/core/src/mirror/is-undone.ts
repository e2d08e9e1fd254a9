import { Control, SEGMENT_HEADER_WORDS, WORD_BYTES } from '../journal/layout.ts';
import type { JournalPosition } from '../journal/reader.ts';
import type { ControlPage } from '../memory/segment.ts';

/**
 * Did the app die in a transaction that may have written to the memory of buffers? The position is where its journal
 * ends.
 */
export function isUndone(control: ControlPage, { segment, offsetBytes }: JournalPosition): boolean {
  if (control.read(Control.undoOpen) !== 1) return false;
  const openSegment = control.read(Control.undoSequence) >>> 0;
  // A change of segments may have come before its first record.
  const isInNext = segment === openSegment + 1 && offsetBytes === SEGMENT_HEADER_WORDS * WORD_BYTES;
  return isInNext || (segment === openSegment && offsetBytes === control.read(Control.undoOffset));
}
