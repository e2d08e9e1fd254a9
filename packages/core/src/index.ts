export { attach, type Guard } from './attach.ts';
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
export { events, type GuardEvents } from './events.ts';
export type { Guardable, RegisteredClasses, Snapshot, Unguardable } from './guardable.ts';
export type { Outcome } from './guardian/guardian.ts';
export { snapshot, subscribe, transaction } from './guarded-values.ts';
export type {
  AttachOptions,
  AutosaveOptions,
  GuardOptions,
  DossierOptions,
  JournalOptions,
  Launch,
  LaunchContext,
  Recovered,
  Rescue,
  RescueContext,
  RestartOptions,
  StartOptions,
  Stats,
  Verdict,
} from './options.ts';
export { recover, type RecoverOptions, type Recovery } from './recover.ts';
export type { Crash, CrashFacts, Hang } from './rescue/crash.ts';
export { start } from './start.ts';
