import { Control, SEGMENT_HEADER_WORDS, WORD_BYTES } from '../journal/layout.ts';
import type { JournalTail } from '../journal/reader.ts';
import type { ControlPage } from '../memory/segment.ts';

/** Did the app die in a transaction that may have written to the memory of buffers? `tail`: where its journal ends. */
export function isUndone(
  control: ControlPage,
  { sequence, offsetBytes }: Omit<JournalTail, 'state'>,
): boolean {
  if (control.read(Control.undoOpen) !== 1) return false;
  const openSequence = control.read(Control.undoSequence) >>> 0;
  // A change of segments may have come before its first record.
  const isInNext = sequence === openSequence + 1 && offsetBytes === SEGMENT_HEADER_WORDS * WORD_BYTES;
  return isInNext || (sequence === openSequence && offsetBytes === control.read(Control.undoOffset));
}
