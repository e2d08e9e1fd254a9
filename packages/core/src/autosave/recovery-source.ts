/** Where a recovered state has come from. */
export interface RecoverySource {
  /** The checkpoint's file; undefined when the journal alone had everything. */
  readonly checkpoint: string | undefined;
  /** When that checkpoint was taken. */
  readonly savedAt: Date | undefined;
  /** The directory of the journal that has been replayed; undefined when there was none, or none was needed. */
  readonly journal: string | undefined;
  /** Records of it that came after the checkpoint. */
  readonly recordsReplayed: number;
  /** What could not be used and why, in sentences. Empty where everything could. */
  readonly dropped: readonly string[];
}
