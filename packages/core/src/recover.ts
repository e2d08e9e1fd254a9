/** `recover`: the state of an app that has died together with its guardian, or whose guardian has left it on disk. */
import { resolve } from 'node:path';
import type { RecoverySource } from './autosave/recovery-source.ts';
import { TEXT_BYTES_MAX } from './autosave/checkpoint-format.ts';
import { withDossier } from './dossier/dossier.ts';
import type { DossierSettings } from './dossier/dossier-reader.ts';
import { InvalidOptionError } from './errors.ts';
import {
  checkAutosavePath,
  checkDossierSettings,
  checkInteger,
  checkRecord,
  describe,
  type RescueContext,
} from './options.ts';
import { checkNodeVersion } from './platform/node-version.ts';
import type { Crash } from './rescue/crash.ts';

export interface RecoverOptions extends DossierSettings {
  /** Handed to `rescue` in its context. Default: none. */
  readonly args?: readonly unknown[];
  /**
   * Bytes that the text of a checkpoint may have, 1 to 536,870,888 (default): a small file can be made to unpack to
   * more than any memory holds.
   */
  readonly textBytesMax?: number;
}

export interface Recovery<State extends object> {
  /** Plain values, as a rescue gets them. */
  readonly state: State;
  /** How the app ended; `vanished` when nobody was left to see it. Absent after a clean exit. */
  readonly crash?: Crash;
  readonly source: RecoverySource;
  /** Bytes of journal behind the last valid record: of a record that was begun when the app died, or of damage. */
  readonly droppedBytes: number;
  /** The option `autosave.version` under which it was saved. */
  readonly version: number;
}

const RECOVER_NAMES = new Set(['args', 'dossier', 'redact', 'textBytesMax']);

/**
 * Reads an autosave: the newest checkpoint that is whole, and the journal from there to its last valid record. Falls
 * back to the checkpoint before, with its journal, and says in `source` what it has used and what not. Changes nothing:
 * delete the file when its state is safe elsewhere.
 *
 * Classes and custom kinds have to be registered before, as in the app; what is not is given as a plain object.
 *
 * @param path the autosave, as in option `autosave.path`.
 * @param rescue is called with the state, as in `start`, and awaited. What it throws is thrown.
 * @throws FaultguardError with code `ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND`, `ERR_FAULTGUARD_AUTOSAVE_UNUSABLE` (another
 *   user's), `ERR_FAULTGUARD_AUTOSAVE_ACTIVE` (its app or guardian lives) or `ERR_FAULTGUARD_AUTOSAVE_CORRUPT` (nothing
 *   of it can be used); InvalidOptionError. In each case everything is as it was.
 */
export async function recover<State extends object = Record<string, unknown>>(
  path: string,
  rescue?: (state: State, crash: Crash | undefined, context: RescueContext) => unknown,
  options: RecoverOptions = {},
): Promise<Recovery<State>> {
  checkNodeVersion('recover');
  checkAutosavePath('recover', path);
  if (rescue !== undefined && typeof rescue !== 'function') {
    throw new InvalidOptionError('rescue', `of recover() has to be a function, not ${describe(rescue)}.`);
  }
  const given: unknown = options;
  checkRecord('options', given, RECOVER_NAMES);
  const { args = [], textBytesMax = TEXT_BYTES_MAX } = options;
  if (!Array.isArray(args))
    throw new InvalidOptionError('args', `has to be an array, not ${describe(args)}.`);
  checkInteger('textBytesMax', textBytesMax, 1, TEXT_BYTES_MAX);
  checkDossierSettings(options);
  const { readAtRest } = await import('./autosave/read-at-rest.ts');
  const { readLeftDossier } = await import('./autosave/left-dossier.ts');
  const read = await readAtRest(resolve(path), { textBytesMax });
  const { state, source, droppedBytes, stateVersion } = read;
  const dossier = readLeftDossier(read, options);
  const crash = read.crash && withDossier(read.crash, dossier);
  await rescue?.(state as State, crash, { args });
  dossier?.settle();
  return {
    state: state as State,
    ...(crash !== undefined && { crash }),
    source,
    droppedBytes,
    version: stateVersion,
  };
}
