/** What can be read of a guard from outside: the same for a person and as JSON. */
import { lstatSync } from 'node:fs';
import { findSessions, type FoundSession } from '@faultguard/core/internal';
import { Failure } from '../failure.ts';
import { type ProcessFacts, readProcessFacts } from '../machine/process-facts.ts';
import { type CrashJson, toCrashJson } from '../state/describe-crash.ts';
import { cutText } from '../terminal/escape-text.ts';
import { formatBytes, formatDuration } from '../terminal/format-amounts.ts';

export interface GuardJson {
  /** Of the journal. */
  readonly directory: string;
  readonly autosave: string | null;
  /** Of its newest checkpoint. */
  readonly autosaveBytes: number | null;
  readonly app: ProcessFacts | null;
  readonly guardian: ProcessFacts | null;
  /** Neither lives: left behind. */
  readonly isAbandoned: boolean;
  /** Of all files in the directory. */
  readonly sizeBytes: number;
  /** Bytes of journal since the session began: how far app, mirror and disk are. */
  readonly appendedBytes: number;
  readonly mirroredBytes: number;
  readonly savedBytes: number | null;
  /** Mirrored, and not on the disk yet. */
  readonly unsavedBytes: number | null;
  readonly isDegraded: boolean;
  readonly isAutosaveDegraded: boolean;
  /** How often the guardian has started the app again. */
  readonly restarts: number;
  /** How the app has ended last under this guard. */
  readonly lastCrash: CrashJson | null;
}

export function readGuards(): GuardJson[] {
  return findSessions().map((session) => describeGuard(session));
}

function describeGuard({ appPid, guardianPid, autosave, ...session }: FoundSession): GuardJson {
  return {
    directory: session.directory,
    autosave: autosave ?? null,
    autosaveBytes: autosave === undefined ? null : sizeOf(autosave),
    app: appPid === undefined ? null : readProcessFacts(appPid),
    guardian: guardianPid === undefined ? null : readProcessFacts(guardianPid),
    isAbandoned: appPid === undefined && guardianPid === undefined,
    sizeBytes: session.sizeBytes,
    appendedBytes: session.appendedBytes,
    mirroredBytes: session.mirroredBytes,
    savedBytes: session.savedBytes ?? null,
    unsavedBytes: session.unsavedBytes ?? null,
    isDegraded: session.isDegraded,
    isAutosaveDegraded: session.isAutosaveDegraded,
    restarts: session.restarts,
    lastCrash: session.lastCrash === undefined ? null : toCrashJson(session.lastCrash),
  };
}

function sizeOf(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Undefined of what is no number of a process. */
export function parsePid(text: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** Of the app or its guardian. */
export function isOf({ app, guardian }: Pick<GuardJson, 'app' | 'guardian'>, pid: number): boolean {
  return app?.pid === pid || guardian?.pid === pid;
}

/** `up 3 s, 77 MB`, as far as somebody tells. */
export function describeUse({ uptimeMs, memoryBytes }: ProcessFacts): string {
  return [
    ...(uptimeMs === null ? [] : [`up ${formatDuration(uptimeMs)}`]),
    ...(memoryBytes === null ? [] : [formatBytes(memoryBytes)]),
  ].join(', ');
}

const COMMAND_CHARS_MAX = 160;

/** Node's own path says nothing, and is long. */
export function describeCommand(app: ProcessFacts | null): string {
  if (app?.command == null) return 'command unknown';
  return cutText(app.command.replace(/^\S*\//, ''), COMMAND_CHARS_MAX);
}

/** Shorter: the script by its name, and what it has been given. */
export function nameOfApp(app: ProcessFacts | null): string {
  const [program = '', ...words] = (app?.command ?? '').split(' ');
  const script = words.findIndex((word) => !word.startsWith('-'));
  const named = script < 0 || !/(^|\/)node$/.test(program) ? [program, ...words] : words.slice(script);
  const [first = '', ...others] = named;
  const text = [first.replace(/^.*\//, ''), ...others].join(' ');
  return text === '' ? 'unknown' : cutText(text, COMMAND_CHARS_MAX);
}

export function notGuarded(pid: number): Failure {
  return new Failure(
    'NOT_GUARDED',
    `Process ${pid} is neither the app nor the guardian of a guard of this user. Nothing has been changed. Without a pid all are ` +
      'shown; faultguard list tells their processes.',
  );
}
