/**
 * A state that a rescue function has returned, copied in as the app would copy it: told into a journal of its own, which
 * is read back into a mirror. The one place at which the guardian uses the app's side; the app is dead by then, and the
 * state is the script's own.
 */
import { createSession, removeSession, type Session } from '../platform/session.ts';
import { FileControl, openWrittenMemory } from '../memory/written-segment.ts';
import { WrittenBuffers } from '../memory/written-buffers.ts';
import { RecordDecoder } from '../journal/decode-record.ts';
import { JournalReader } from '../journal/reader.ts';
import { JournalWriter } from '../journal/writer.ts';
import { Mirror } from '../mirror/mirror.ts';
import { Graph } from '../state/graph.ts';

export interface CopiedState {
  /** Not finished. */
  readonly mirror: Mirror;
  /** Where the bytes of its buffers are. */
  readonly directory: string;
  readonly remove: () => void;
}

/** Throws UnguardableValueError, and what the file system says; nothing is left then. */
export function copyIn(state: object): CopiedState {
  const session = createSession(undefined);
  const { directory } = session;
  const remove = (): void => removeSession(directory);
  try {
    tell(state, session);
    return { mirror: readBack(session), directory, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** As the app would, into files. */
function tell(state: object, session: Session): void {
  const { directory } = session;
  const control = FileControl.openIn(directory, 'write');
  const buffers = new WrittenBuffers(directory, ignore, fail);
  const journal = new JournalWriter({
    ...session,
    memory: openWrittenMemory(),
    control,
    // Nobody reads before all of it is there.
    sizeBytesMax: Number.POSITIVE_INFINITY,
    ring: ignore,
    isGuardianAlive: () => true,
    onDegraded: fail,
  });
  try {
    new Graph(journal, buffers).setRoot(state);
    buffers.flush();
  } finally {
    buffers.stop();
    journal.close();
    control.close();
  }
}

function readBack(session: Session): Mirror {
  const mirror = new Mirror({ isNumbered: true });
  const decoder = new RecordDecoder(mirror);
  const reader = new JournalReader(session);
  while (reader.readSegment((words, from, to) => decoder.decode(words, from, to)));
  reader.close();
  return mirror;
}

function ignore(): void {}

function fail(reason: string): never {
  throw new Error(reason);
}
