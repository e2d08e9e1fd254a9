/** Every error that the library throws on purpose. Codes are stable, messages may improve. */
import { runSettingsText } from './platform/process-at-start.ts';
import { withFlags } from './platform/run-flags.ts';

export type FaultguardErrorCode =
  | 'ERR_FAULTGUARD_ALREADY_STARTED'
  | 'ERR_FAULTGUARD_AUTOSAVE_ACTIVE'
  | 'ERR_FAULTGUARD_AUTOSAVE_CORRUPT'
  | 'ERR_FAULTGUARD_AUTOSAVE_EXISTS'
  | 'ERR_FAULTGUARD_AUTOSAVE_NOT_FOUND'
  | 'ERR_FAULTGUARD_AUTOSAVE_UNUSABLE'
  | 'ERR_FAULTGUARD_AUTOSAVE_VERSION'
  | 'ERR_FAULTGUARD_DOSSIER_EXISTS'
  | 'ERR_FAULTGUARD_INVALID_OPTION'
  | 'ERR_FAULTGUARD_NODE_TOO_OLD'
  | 'ERR_FAULTGUARD_NOT_GUARDED'
  | 'ERR_FAULTGUARD_NOT_MAIN_THREAD'
  | 'ERR_FAULTGUARD_NOT_SAVED'
  | 'ERR_FAULTGUARD_NO_SCRIPT'
  | 'ERR_FAULTGUARD_SESSION_UNUSABLE'
  | 'ERR_FAULTGUARD_SPAWN_FAILED'
  | 'ERR_FAULTGUARD_UNGUARDABLE_VALUE';

/** For whoever reads it: under `faultguard run` with the flags of that. */
function toReader(message: string): string {
  return runSettingsText === undefined ? message : withFlags(message);
}

/** What the environment or the order of calls does not allow. Nothing has been started or changed. */
export class FaultguardError extends Error {
  override readonly name = 'FaultguardError';
  readonly code: FaultguardErrorCode;

  constructor(code: FaultguardErrorCode, message: string, options?: ErrorOptions) {
    super(toReader(message), options);
    this.code = code;
  }
}

/** An option that means nothing. Nothing has been started. */
export class InvalidOptionError extends TypeError {
  override readonly name = 'InvalidOptionError';
  readonly code = 'ERR_FAULTGUARD_INVALID_OPTION';
  /** The option's name as it was written, such as `rescueTimeoutMs`. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(toReader(`Option "${option}" ${message}`));
    this.option = option;
  }
}

/** A function for guarded values was given something else. Nothing has happened. */
export class NotGuardedError extends TypeError {
  override readonly name = 'NotGuardedError';
  readonly code = 'ERR_FAULTGUARD_NOT_GUARDED';

  constructor(functionName: string) {
    super(
      `${functionName}() needs a guarded object: the state that launch was given, or something in it. ` +
        'Nothing has happened.',
    );
  }
}

/** A value that cannot be kept as it is. It was refused as a whole: the state is what it was before. */
export class UnguardableValueError extends TypeError {
  override readonly name = 'UnguardableValueError';
  readonly code = 'ERR_FAULTGUARD_UNGUARDABLE_VALUE';
  /** Where it would have stood, such as `state.user.onClick`. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path}: ${reason} The state has not changed.`);
    this.path = path;
  }
}
