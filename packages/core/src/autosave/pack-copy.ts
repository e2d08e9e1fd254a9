/** A state that has been read, as one checkpoint that has all of it: an autosave by itself, without a journal. */
import { readBytesOf } from '../mirror/read-memory.ts';
import { CHECKPOINT_VERSION, JOURNAL_END } from './checkpoint-format.ts';
import { CheckpointEncoder } from './encode-checkpoint.ts';
import { pack } from './pack.ts';
import type { AutosaveReading } from './read-autosave.ts';
import { encodeCrash } from './saved-crash.ts';

/** Of no session: no journal belongs to it. */
const NONCE = [0, 0] as const;

/**
 * Hands the packed bytes to `write`, in order. `reading` has to be unfinished (`isUnfinished`). Rejects with what `write`
 * throws.
 */
export async function packCopy(
  reading: AutosaveReading,
  preset: number,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { mirror, state, session, stateVersion, crash, source, directory, isUndone, pid, startedAt } =
    reading;
  const encoder = new CheckpointEncoder(
    {
      mirror,
      root: state,
      keys: [],
      readBytes: (buffer) => bytesOf(buffer),
      end: crash === undefined ? null : encodeCrash(crash),
    },
    {
      format: CHECKPOINT_VERSION,
      session,
      nonce: NONCE,
      position: JOURNAL_END,
      stateVersion,
      savedAt: (crash?.crashedAt ?? source.savedAt ?? new Date()).toISOString(),
      pid,
      startedAt: startedAt.toISOString(),
    },
  );
  await pack(encoder.pieces(), preset, write);

  /** What cannot be read is what the checkpoint had, as in a recovery. */
  function bytesOf(buffer: ArrayBuffer): Uint8Array {
    try {
      return readBytesOf(buffer, mirror.memoryOf(buffer), directory, isUndone);
    } catch {
      return new Uint8Array(buffer).slice();
    }
  }
}
