export {
  FaultguardError,
  type FaultguardErrorCode,
  InvalidOptionError,
  UnguardableValueError,
} from './errors.ts';
export type { Outcome } from './guardian/guardian.ts';
export type {
  JournalOptions,
  Launch,
  LaunchContext,
  Rescue,
  RescueContext,
  StartOptions,
} from './options.ts';
export type { Crash } from './rescue/crash.ts';
export { start } from './start.ts';
