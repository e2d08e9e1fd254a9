/**
 * What this process was started with, read when the library is loaded: before the script can change its
 * directory or its environment, which the app's process is to have as they were.
 */
import { isMainThread } from 'node:worker_threads';
import { startTimeOf } from './process-identity.ts';

export const SESSION_VARIABLE = 'FAULTGUARD_SESSION';
/** What `faultguard run` wants of the guard of the program that it runs: JSON, see run/settings.ts. */
export const RUN_VARIABLE = 'FAULTGUARD_RUN';

/** In front of the pid of an app that is to be adopted. */
const ADOPTION = 'adopt:';
/**
 * In front of the pid of `faultguard run`, which may be of another release: the number is that of what the two say to each other.
 * A program that knows another one takes itself for one that nobody runs.
 */
const RUN = 'run:1:';

// A worker thread is not the app, and may share the environment with a main thread that has yet to read it.
const marker = isMainThread ? process.env[SESSION_VARIABLE] : undefined;
const settingsText = isMainThread ? process.env[RUN_VARIABLE] : undefined;
// The app's own children must not take themselves for the app.
if (isMainThread) {
  delete process.env[SESSION_VARIABLE];
  delete process.env[RUN_VARIABLE];
}

/** Undefined when the directory has been removed meanwhile; a child then starts where this process is. */
export const directoryAtStart: string | undefined = currentDirectory();
export const environmentAtStart: NodeJS.ProcessEnv = { ...process.env };

/** For a guardian of `attach`: what is loaded in it before its own program may call `attach` too. */
export const GUARDIAN_MARKER = 'guardian';

/** This process is one. */
export const isAttachedGuardian: boolean = marker === GUARDIAN_MARKER;

/** An app whose guardian this process is to be: it has lost the one before, and started this one. */
export interface AdoptedApp {
  readonly pid: number;
  readonly directory: string;
}

/** Of an app that has lost its guardian; undefined in every other process. */
export const adoptedApp: AdoptedApp | undefined = readAdoption(marker);

/** The session directory, when this process is the app of the guardian that started it. */
export const inheritedSession: string | undefined = readMarker(marker);

/** The pid of the `faultguard run` that has started this process; undefined in every other process. */
export const runPid: number | undefined = readRun(marker);

/** What it wants of the guard: in the process that it has started, in the app of that, and in each guardian after the first. */
export const runSettingsText: string | undefined =
  runPid === undefined && inheritedSession === undefined && adoptedApp === undefined
    ? undefined
    : settingsText;

/** What app and guardian hand on to each other. `marker`: what the process is to be. */
export function markedVariables(marker: string): NodeJS.ProcessEnv {
  return {
    [SESSION_VARIABLE]: marker,
    ...(runSettingsText !== undefined && { [RUN_VARIABLE]: runSettingsText }),
  };
}

/** For a program that this process runs. */
export function formatRun(): string {
  return `${RUN}${process.pid}`;
}

export function formatMarker(guardianPid: number, directory: string): string {
  return `${guardianPid}:${directory}`;
}

/** For a new guardian of this process. */
export function formatAdoption(directory: string): string {
  return `${ADOPTION}${process.pid}:${directory}`;
}

/** True when this process was started as the app of a guardian that has died meanwhile. */
export const isOrphanedApp: boolean =
  inheritedSession === undefined && adoptedApp === undefined && isGuardianGone(marker);

/** A marker counts only for a child of the very guardian that wrote it. */
function readMarker(text: string | undefined): string | undefined {
  const separator = text?.indexOf(':') ?? -1;
  if (text === undefined || separator < 1) return undefined;
  return Number(text.slice(0, separator)) === process.ppid ? text.slice(separator + 1) : undefined;
}

/** A child of the app that wrote it, which may have died since. */
function readAdoption(text: string | undefined): AdoptedApp | undefined {
  const [, pid, directory] = /^adopt:(\d+):(.+)$/.exec(text ?? '') ?? [];
  if (pid === undefined || directory === undefined) return undefined;
  if (Number(pid) !== process.ppid && startTimeOf(pid) !== '0') return undefined;
  return { pid: Number(pid), directory };
}

/** For the very child of the one that wrote it. */
function readRun(text: string | undefined): number | undefined {
  return text === `${RUN}${process.ppid}` ? process.ppid : undefined;
}

function currentDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** A marker that a child of the app has inherited names a guardian that lives. */
function isGuardianGone(text: string | undefined): boolean {
  if (text === undefined || !/^\d+:/.test(text)) return false;
  try {
    process.kill(Number(text.split(':', 1)[0]), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
