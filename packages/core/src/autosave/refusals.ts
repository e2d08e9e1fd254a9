/** Why an autosave is not taken into possession. Nothing has been started then. */
import { dirname } from 'node:path';
import { FaultguardError } from '../errors.ts';

export function active(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_ACTIVE',
    `The autosave ${path} belongs to a process that lives. Nothing has been started, and that process goes on ` +
      'undisturbed. End it, or give each app a path of its own.',
  );
}

export function exists(path: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_EXISTS',
    `There is an autosave ${path} of an app that has ended. Nothing has been started, and it has not been touched. ` +
      `Get its state with recover(), then delete the file; or set option "autosave.existing" to 'resume' or 'discard'.`,
  );
}

export function foreign(path: string, what: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
    `${path} cannot be used for an autosave: ${what}. Nothing has been started, and it has not been touched. Name another ` +
      'path, or move it away.',
  );
}

export function unusable(path: string, what: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE',
    `The autosave ${path} cannot be used: ${what}. Nothing has been started. The directory ${dirname(path)} has to ` +
      'exist and to be writable.',
  );
}
