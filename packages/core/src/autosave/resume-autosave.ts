/** A start that goes on with the state of an autosave. */
import { resolve } from 'node:path';
import { withDossier } from '../dossier/dossier.ts';
import type { DossierSettings } from '../dossier/dossier-reader.ts';
import { FaultguardError, InvalidOptionError } from '../errors.ts';
import { type AutosaveOptions, describe, type Recovered } from '../options.ts';
import type { Crash, CrashFacts } from '../rescue/crash.ts';
import { checkStateVersion } from './peek-autosave.ts';
import { type AutosaveReading, readAutosave } from './read-autosave.ts';

export interface Resumed {
  readonly state: object;
  /** Nobody else holds this part of it, and there is nothing special about it: see `Mirror.isOwn`. */
  readonly isOwn: ((part: object) => boolean) | undefined;
  readonly from: Recovered;
}

/**
 * The state to go on with, of this version of the app, and where it comes from; undefined when there is none. Rejects
 * with a FaultguardError, and with what `migrate` throws. Nothing is changed.
 *
 * @param settings of the dossier; undefined when somebody else tells how the app has ended.
 */
export async function resumeAutosave(
  options: AutosaveOptions,
  settings: DossierSettings | undefined,
): Promise<Resumed | undefined> {
  const path = resolve(options.path);
  try {
    const reading = await readAutosave(path);
    const { mirror, state, stateVersion, crash, source } = reading;
    checkStateVersion(path, { stateVersion }, options);
    const { version = 0, migrate } = options;
    const from = { ...(crash !== undefined && { crash: await tellCrash(crash, reading, settings) }), source };
    if (stateVersion === version || migrate === undefined) {
      return { state, isOwn: (part) => mirror.isOwn(part), from };
    }
    return { state: migrateState(migrate, state, stateVersion), isOwn: undefined, from };
  } catch (error) {
    if (error instanceof FaultguardError && error.code === 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND')
      return undefined;
    throw error;
  }
}

/** A restart, whose guardian has seen the crash, has no use for what reads a journal once more, and does not load it. */
async function tellCrash(
  crash: CrashFacts,
  reading: AutosaveReading,
  settings: DossierSettings | undefined,
): Promise<Crash> {
  if (settings === undefined) return withDossier(crash);
  const { readLeftDossier } = await import('./left-dossier.ts');
  const dossier = readLeftDossier(reading, settings);
  // The state is about to change, and the files are about to go.
  dossier?.settle();
  return withDossier(crash, dossier);
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
