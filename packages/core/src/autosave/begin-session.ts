/** A session of an autosave is begun: its directory beside the file, and who it is. */
import { dirname } from 'node:path';
import { JOURNAL_BEGINNING, type JournalPosition } from '../journal/reader.ts';
import type { AutosaveOptions } from '../options.ts';
import type { Disk } from '../platform/disk.ts';
import { writeJson } from '../platform/json-file.ts';
import { createNamedSession, type Session } from '../platform/session.ts';
import { identityPath, sessionPath } from './autosave-files.ts';
import { CHECKPOINT_VERSION, type CheckpointHeader } from './checkpoint-format.ts';
import { identityOfMachine, identityOfThis, type SessionIdentity } from './identity.ts';
import type { Packing } from './pack.ts';
import { unusable } from './refusals.ts';
import { removeAutosaveFiles } from './remove-autosave.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

/** Where, and as what, its checkpoints are written. */
export interface Storing {
  readonly disk: Disk;
  readonly packing: Packing;
}

/** What stays the same from one session to the next. */
export interface Possession extends Storing {
  readonly path: string;
  readonly options: AutosaveOptions;
  readonly isLocking: boolean;
  readonly release: () => void;
}

/** The one of now. */
export interface BegunSession extends Possession {
  readonly identity: SessionIdentity;
  readonly journal: Session;
  readonly isResumed: boolean;
  /** Another guardian has begun the session. */
  readonly isAdopted: boolean;
}

/** Rejects with a FaultguardError; what it has made is gone then. */
export async function beginSession(
  possession: Possession,
  session: number,
  isResumed: boolean,
): Promise<BegunSession> {
  const { disk, packing, path, options, isLocking } = possession;
  const directory = sessionPath(path, session);
  let journal: Session;
  try {
    journal = createNamedSession(directory);
  } catch (error) {
    throw unusable(path, `its journal cannot be made (${(error as Error).message})`);
  }
  // What is left over of one that has been deleted, or is to be.
  if (!isResumed) await removeAutosaveFiles(disk, path, session);
  const identity: SessionIdentity = {
    session,
    nonce: [journal.nonceLow, journal.nonceHigh],
    stateVersion: options.version ?? 0,
    ...identityOfMachine(),
    isLocking,
    guardian: identityOfThis(),
  };
  try {
    writeJson(identityPath(directory), identity);
    // From now on there is one.
    if (!isResumed) await writeCheckpoint(disk, path, emptyCheckpoint(identity), packing);
    else await disk.syncDirectory(dirname(path));
  } catch (error) {
    await disk.remove(directory);
    if (!isResumed) await removeAutosaveFiles(disk, path);
    throw unusable(path, `it cannot be written (${(error as Error).message})`);
  }
  return { ...possession, identity, journal, isResumed, isAdopted: false };
}

/** Of a session whose app has no state yet: the journal will have it. */
function emptyCheckpoint(identity: SessionIdentity): Iterator<string, void> {
  const { pid, startedAt } = identity.guardian;
  const header = headerOf(identity, JOURNAL_BEGINNING, pid, startedAt);
  return [
    `{"faultguard":${JSON.stringify(header)},"json":null,"meta":{"values":{},"v":1},` +
      '"exact":{"values":[],"slots":[],"ids":[],"keys":[]}}',
  ].values() as Iterator<string, void>;
}

/** What stands in front of a checkpoint of the state there. */
export function headerOf(
  { session, nonce, stateVersion }: SessionIdentity,
  position: JournalPosition,
  pid: number,
  startedAt: string,
): CheckpointHeader {
  const savedAt = new Date().toISOString();
  return { format: CHECKPOINT_VERSION, session, nonce, position, stateVersion, savedAt, pid, startedAt };
}
