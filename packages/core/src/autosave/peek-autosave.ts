/** Whose an autosave is and what shape its state has, without reading all of it. */
import { FaultguardError } from '../errors.ts';
import type { AutosaveOptions } from '../options.ts';
import { identityPath, listSessions, previousPath, sessionPath } from './autosave-files.ts';
import { Mirror } from '../mirror/mirror.ts';
import { TEXT_BYTES_MAX } from './checkpoint-format.ts';
import { decodeCheckpoint, parseHeader } from './decode-checkpoint.ts';
import { readIdentity } from './identity.ts';
import { unpackBeginning, unpackFile } from './pack.ts';

export interface AutosavePeek {
  readonly session: number;
  readonly stateVersion: number;
}

/** Of one file: undefined for what is damaged or not there. */
async function peekCheckpoint(path: string): Promise<AutosavePeek | undefined> {
  try {
    return parseHeader(await unpackBeginning(path)) ?? (await readHeader(path));
  } catch {
    return undefined;
  }
}

/** Of a text that somebody has written anew: all of it has to be read. */
async function readHeader(path: string): Promise<AutosavePeek> {
  return decodeCheckpoint(await unpackFile(path, TEXT_BYTES_MAX), new Mirror()).header;
}

/** Of the newest state. Undefined for what is damaged: whoever reads all of it will say so. */
export async function peekAutosave(path: string): Promise<AutosavePeek | undefined> {
  const newest = listSessions(path).at(-1);
  const identity = newest === undefined ? undefined : readIdentity(identityPath(sessionPath(path, newest)));
  const checkpoint = (await peekCheckpoint(path)) ?? (await peekCheckpoint(previousPath(path)));
  if (identity === undefined) return checkpoint;
  return checkpoint === undefined || identity.session > checkpoint.session ? identity : checkpoint;
}

/** Throws FaultguardError for a state of a newer release, and for one of an older that nobody can migrate. */
export function checkStateVersion(
  path: string,
  saved: Pick<AutosavePeek, 'stateVersion'> | undefined,
  { version = 0, migrate }: Pick<AutosaveOptions, 'version' | 'migrate'>,
): void {
  if (saved === undefined) return;
  const { stateVersion } = saved;
  if (stateVersion === version || (stateVersion < version && migrate !== undefined)) return;
  throw new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_VERSION',
    stateVersion > version
      ? `The autosave ${path} was saved under version ${stateVersion}, and this app is of version ${version}. It has ` +
          'not been touched. Start the newer release of the app.'
      : `The autosave ${path} was saved under version ${stateVersion}, this app is of version ${version}, and option ` +
          '"autosave.migrate" is missing. It has not been touched.',
  );
}
