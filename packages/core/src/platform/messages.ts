/** What an app, its guardian and `faultguard run` say to each other through their pipes. */
import { join } from 'node:path';
import type { AutosaveOptions, DossierOptions, JournalOptions } from '../options.ts';

/**
 * The first line, of JSON, that an app says to a guardian that it has started itself. Everything else that it says are
 * zero bytes, which may also stand in the midst of it.
 */
export interface Greeting {
  readonly pid: number;
  /** Milliseconds since 1970 at which the app's process began. */
  readonly startedAtMs: number;
  readonly attempt: number;
  /** Of `attach`: for a guardian that does not run the app's script. */
  readonly attached?: AttachedGuard;
}

/** What `attach` was told, as far as the guardian has to know. */
export interface AttachedGuard {
  /** The session's directory; undefined with an autosave, which the guardian takes into possession. */
  readonly directory: string | undefined;
  /** Undefined without an autosave: they are in the session. */
  readonly options?: AttachedOptions;
}

/** What a program says to the `faultguard run` that has started it, a line of JSON each. */
export type RunMessage =
  /** It has called `attach`. `library`: the URL of a module of its copy of this library, which is to guard it. */
  | { readonly attach: Greeting; readonly library: string }
  /** It has closed that guard, and waits for the pipe's end. */
  | { readonly isClosed: true }
  /** It has called `start`: it is a guardian itself, of the app with that pid, or of one that there is not yet. */
  | { readonly guardianOf: number | null }
  /** And so that has ended. */
  | { readonly outcome: RunOutcome };

/** What a guardian has done about the end of its app. */
export interface RunOutcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** As JSON has it; `null` after a clean exit. */
  readonly crash: object | null;
  readonly rescued: boolean;
  readonly rescueFile?: string;
  readonly restarts: number;
  readonly dossiers: readonly string[];
}

/** Those of `attach`, as JSON has them. */
export interface AttachedOptions {
  readonly rescue?: string;
  readonly args?: readonly unknown[];
  readonly rescueTimeoutMs?: number;
  readonly journal?: JournalOptions;
  readonly autosave?: Omit<AutosaveOptions, 'migrate'>;
  /** A function that this process has makes a state of today of an older one. */
  readonly canMigrate?: boolean;
  readonly hangTimeoutMs?: number;
  readonly dossier?: DossierOptions;
  readonly redact?: readonly string[];
}

/** Where they are in a session. */
export function optionsPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'options.json');
}

/** What the guardian says through the same pipe, a line of JSON each. In any case: look at the control page. */
export interface GuardianMessage {
  readonly warning?: string;
  /** A new guardian, or one that has caught up with an app that had degraded: it wants to be told the whole state. */
  readonly isReady?: true;
  /** To `attach` with an autosave: where the journal is to be, or why not. */
  readonly session?: string;
  readonly refusal?: { readonly code: string; readonly message: string };
  /** The files of the journal have vanished: go on in a new one. */
  readonly isJournalGone?: true;
}
