export { isActive } from './autosave/is-active.ts';
export type { RecoverySource } from './autosave/recovery-source.ts';
export {
  type Class,
  type CustomTransformer,
  registerClass,
  type RegisterClassOptions,
  registerCustom,
} from './classes/registry.ts';
export type { MutationOperation } from './dossier/decode-mutation.ts';
export type { Mutation } from './dossier/mutations.ts';
export type { ResourceSample } from './dossier/resource-sample.ts';
export {
  FaultguardError,
  type FaultguardErrorCode,
  InvalidOptionError,
  NotGuardedError,
  UnguardableValueError,
} from './errors.ts';
export type { Guardable, RegisteredClasses, Snapshot, Unguardable } from './guardable.ts';
export type { Outcome } from './guardian/guardian.ts';
export { snapshot, subscribe, transaction } from './guarded-values.ts';
export type {
  AutosaveOptions,
  DossierOptions,
  JournalOptions,
  Launch,
  LaunchContext,
  Recovered,
  Rescue,
  RescueContext,
  StartOptions,
  Stats,
} from './options.ts';
export { recover, type RecoverOptions, type Recovery } from './recover.ts';
export type { Crash, CrashFacts } from './rescue/crash.ts';
export { start } from './start.ts';
