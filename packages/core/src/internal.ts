/**
 * For packages of this repository that are released together with this one: what the library knows of its files. Not
 * covered by semantic versioning: docs/decisions/2026-11-28-cli-internal-exports.md. Loading it changes nothing in the
 * process, unlike the package itself, which replaces methods of builtins.
 */
export { previousPath } from './autosave/autosave-files.ts';
export { TEXT_BYTES_MAX } from './autosave/checkpoint-format.ts';
export {
  type CheckpointFile,
  type CheckpointRole,
  examineCheckpoints,
  type ExaminedCheckpoint,
  type JournalFiles,
  listCheckpoints,
  listJournals,
  peekHeader,
  readCheckpointAlone,
} from './autosave/examine-autosave.ts';
export { isActive } from './autosave/is-active.ts';
export { packCopy } from './autosave/pack-copy.ts';
export { checkReadable, readAtRest } from './autosave/read-at-rest.ts';
export { type JournalTime, readJournalTimes } from './autosave/journal-times.ts';
export { type AutosaveReading, readAutosave, readAutosaveAt } from './autosave/read-autosave.ts';
export { HistoryFollower } from './dossier/follow-history.ts';
export { type RecordedChange, readHistory } from './dossier/read-history.ts';
export { FaultguardError } from './errors.ts';
export { findSessions, type FoundSession } from './find-sessions.ts';
export { bytesAt, positionAt } from './journal/position.ts';
export { startTimeOf } from './platform/process-identity.ts';
export { journalDirectory, type Probe, probeLocks, probeLzma, probeMapping } from './probe-machine.ts';
export { type EncodeOptions, encodeSuperjson } from './rescue/encode-superjson.ts';
export { SHARED_MEMORY_BYTES_MIN } from './platform/session.ts';
export { RUN_FLAGS } from './platform/run-flags.ts';
export { runCommand } from './run/run-command.ts';
export { checkRunSettings, type RunSettings } from './run/settings.ts';
export type { RunEnd } from './run/supervise.ts';
export { CustomShell } from './value/custom-shell.ts';
export { formatEntryStep, formatPropertyStep } from './value/path-step.ts';
