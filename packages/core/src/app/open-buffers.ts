/** Memory for the bytes of ArrayBuffers, and what is said when there is none. */
import type { BufferMemory } from '../memory/buffer-memory.ts';
import type { JournalProgress } from '../memory/held-places.ts';
import { MappedBuffers } from '../memory/mapped-buffers.ts';
import type { SegmentMemory } from '../memory/segment.ts';
import { WrittenBuffers } from '../memory/written-buffers.ts';

/** Trouble with memory for buffers is said once: what is assigned is kept, what is written to elements later is not. */
export function openBuffers(
  kind: SegmentMemory['kind'],
  directory: string,
  progress: JournalProgress | undefined,
): BufferMemory {
  const warned = new Set<string>();
  const warn = (code: string, message: string): void => {
    if (warned.has(code)) return;
    warned.add(code);
    process.emitWarning(`faultguard: ${message}`, { code });
  };
  const onNoRoom = (reason: string): void => {
    warn(
      'FAULTGUARD_BUFFER_UNMAPPED',
      `there is no memory for an ArrayBuffer (${reason}). It is kept as it was assigned: what is written to its ` +
        'elements from now on is not rescued.',
    );
  };
  const onNoUndo = (reason: string): void => {
    warn(
      'FAULTGUARD_ELEMENTS_NOT_UNDONE',
      `there is no room to keep the bytes of ArrayBuffers for a transaction (${reason}). Should the app die inside ` +
        'of one, a rescue sees what it has written to their elements.',
    );
  };
  if (kind === 'mapped') return new MappedBuffers(directory, onNoRoom, onNoUndo, progress);
  const onFirst = (): void => {
    warn(
      'FAULTGUARD_ELEMENTS_DELAYED',
      'the memory of ArrayBuffers cannot be mapped here. What is written to their elements is saved ten times a ' +
        'second and at an exit: a process that is killed loses up to a tenth of a second of it.',
    );
  };
  return new WrittenBuffers(directory, onFirst, onNoRoom, progress);
}
