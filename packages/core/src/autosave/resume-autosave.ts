/** A start that goes on with the state of an autosave. */
import { resolve } from 'node:path';
import { withDossier } from '../dossier/dossier.ts';
import { FaultguardError, InvalidOptionError } from '../errors.ts';
import { type AutosaveOptions, describe, type Recovered } from '../options.ts';
import { checkStateVersion } from './peek-autosave.ts';
import { readAutosave } from './read-autosave.ts';

/**
 * The state to go on with, of this version of the app, and where it comes from; undefined when there is none. Rejects
 * with a FaultguardError, and with what `migrate` throws. Nothing is changed.
 */
export async function resumeAutosave(
  options: AutosaveOptions,
): Promise<{ readonly state: object; readonly from: Recovered } | undefined> {
  const path = resolve(options.path);
  try {
    const { state, stateVersion, crash, source } = await readAutosave(path);
    checkStateVersion(path, { session: 0, stateVersion }, options);
    const { version = 0, migrate } = options;
    return {
      state:
        stateVersion === version || migrate === undefined
          ? state
          : migrateState(migrate, state, stateVersion),
      from: { ...(crash !== undefined && { crash: withDossier(crash) }), source },
    };
  } catch (error) {
    if (error instanceof FaultguardError && error.code === 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND')
      return undefined;
    throw error;
  }
}

function migrateState(
  migrate: NonNullable<AutosaveOptions['migrate']>,
  state: object,
  version: number,
): object {
  const migrated: unknown = migrate(state, version);
  if (typeof migrated === 'object' && migrated !== null) return migrated;
  throw new InvalidOptionError(
    'autosave.migrate',
    `has to return an object, the state, and returned ${describe(migrated)}. The autosave stays as it is.`,
  );
}
