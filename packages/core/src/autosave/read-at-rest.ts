/** An autosave that nobody is using: read, and certain to be what it was while it was read. */
import { accessSync, constants, lstatSync, type Stats } from 'node:fs';
import { FaultguardError } from '../errors.ts';
import { isActive } from './is-active.ts';
import { type AutosaveReading, readAutosave, type ReadAutosaveOptions } from './read-autosave.ts';

/** `path`: absolute. Rejects with a FaultguardError, as `recover` does. */
export async function readAtRest(path: string, options: ReadAutosaveOptions): Promise<AutosaveReading> {
  checkReadable(path);
  if (isActive(path)) throw active(path);
  const before = statOf(path);
  const reading = await readAutosave(path, options);
  // Somebody may have taken it meanwhile, and what has been read is of before and after.
  const after = statOf(path);
  if (isActive(path) || before?.ino !== after?.ino || before?.mtimeMs !== after?.mtimeMs) throw active(path);
  return reading;
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Throws for another user's. Of what is not there, whoever reads it says so. */
export function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return;
    throw new FaultguardError(
      'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
      `The autosave ${path} cannot be read: it is another user's. Nothing has been changed. Call recover() as that user.`,
      { cause: error },
    );
  }
}

function active(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_ACTIVE',
    `The autosave ${path} belongs to a process that lives. Nothing has been changed. Call recover() when that process ` +
      'has ended; isActive() tells.',
  );
}
