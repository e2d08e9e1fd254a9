/**
 * The sessions of this user's guards on this machine: those that a living process has open, wherever they lie, and those that
 * lie where sessions lie by default. Changes nothing.
 *
 * Invariants:
 * 1. A directory counts only when it is private to this user, and its control file is one.
 * 2. A process counts as a session's only when the kernel says that it has its control file open or mapped.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { endPath } from './autosave/autosave-files.ts';
import { readJson } from './platform/json-file.ts';
import { decodeCrash } from './autosave/saved-crash.ts';
import { findJournalEnd } from './journal/find-end.ts';
import { Control } from './journal/layout.ts';
import { bytesAt, distance, readPosition } from './journal/position.ts';
import { JOURNAL_BEGINNING, type JournalPosition } from './journal/reader.ts';
import { controlPath } from './journal/segment-files.ts';
import { FileControl } from './memory/written-segment.ts';
import { readLaunchOrder } from './restart/launch-order.ts';
import type { CrashFacts } from './rescue/crash.ts';
import {
  checkSessionDirectory,
  defaultBase,
  readSession,
  type Session,
  SESSION_NAME,
} from './platform/session.ts';
import { listDirectory } from './platform/list-directory.ts';

export interface FoundSession {
  readonly directory: string;
  /** Undefined of a guard without. */
  readonly autosave: string | undefined;
  /** Undefined of one that is not there any more, or not yet, or cannot be seen from here. */
  readonly appPid: number | undefined;
  readonly guardianPid: number | undefined;
  /** Of all files in the directory. */
  readonly sizeBytes: number;
  /** The app has stopped journaling. */
  readonly isDegraded: boolean;
  /** The autosave cannot be written. */
  readonly isAutosaveDegraded: boolean;
  /** Of journal that is mirrored and not on the disk yet; undefined without an autosave. */
  readonly unsavedBytes: number | undefined;
  /** How far journal, mirror and disk are: bytes of journal since the session began. Without an autosave nothing is saved. */
  readonly appendedBytes: number;
  readonly mirroredBytes: number;
  readonly savedBytes: number | undefined;
  /** How often the guardian has started the app again. */
  readonly restarts: number;
  /** How it has ended last, under this guard; undefined as long as it has not. */
  readonly lastCrash: CrashFacts | undefined;
}

/** Those with a living process first, each kind by its directory. */
export function findSessions(): FoundSession[] {
  const holders = findHolders();
  const directories = new Set([...holders.keys(), ...listByDefault()]);
  return [...directories]
    .toSorted()
    .flatMap((directory) => readFoundSession(directory, holders.get(directory) ?? new Set()) ?? [])
    .toSorted((one, other) => Number(hasProcess(other)) - Number(hasProcess(one)));
}

function hasProcess({ appPid, guardianPid }: FoundSession): boolean {
  return appPid !== undefined || guardianPid !== undefined;
}

const CONTROL_NAME: string = basename(controlPath('/'));

/** Which processes have the control file of which directory. Nothing where there is no /proc; of other users' nothing. */
function findHolders(): Map<string, Set<number>> {
  const holders = new Map<string, Set<number>>();
  for (const name of listDirectory('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    for (const path of controlsOf(name)) {
      const directory = dirname(path);
      const pids = holders.get(directory) ?? new Set<number>();
      holders.set(directory, pids.add(Number(name)));
    }
  }
  return holders;
}

function controlsOf(pid: string): string[] {
  const open = listDirectory(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  // proc(5): the path is what comes behind five fields.
  const mapped = textOf(`/proc/${pid}/maps`)
    .split('\n')
    .map((line) => /^(?:\S+ +){5}(\/.*)$/.exec(line)?.[1] ?? '');
  return [...open, ...mapped].filter((path) => path.startsWith('/') && basename(path) === CONTROL_NAME);
}

/** Also those whose processes are gone. */
function listByDefault(): string[] {
  const bases = new Set([defaultBase(), tmpdir()]);
  return [...bases].flatMap((base) =>
    listDirectory(base)
      .filter((name) => SESSION_NAME.test(name))
      .map((name) => join(base, name))
      .flatMap((directory) => ['.', ...listDirectory(directory)].map((name) => join(directory, name))),
  );
}

function readFoundSession(directory: string, holders: ReadonlySet<number>): FoundSession | undefined {
  try {
    checkSessionDirectory(directory);
    const control = FileControl.openIn(directory, 'read');
    try {
      return describe(readSession(directory, control), control, holders);
    } finally {
      control.close();
    }
  } catch {
    // No session, another user's, of another version, or gone meanwhile.
    return undefined;
  }
}

function describe(session: Session, control: FileControl, holders: ReadonlySet<number>): FoundSession {
  const { directory } = session;
  const named = /^(.+)\.journal-[1-9]\d{0,14}$/.exec(directory)?.[1];
  // One that is there for restarts alone is none of the user's.
  const isOwn = named !== undefined && SESSION_NAME.test(basename(dirname(named)));
  const autosave = isOwn ? undefined : named;
  const pidOf = (word: number): number | undefined => {
    const pid = control.read(word);
    return holders.has(pid) ? pid : undefined;
  };
  const saved = readSettled(control, Control.savedSequence, Control.savedOffset);
  const mirrored = readSettled(control, Control.mirroredSequence, Control.mirroredOffset);
  const launch = readLaunchOrder(directory);
  const end = readJson(endPath(directory));
  return {
    directory,
    autosave,
    appPid: pidOf(Control.appPid),
    guardianPid: pidOf(Control.guardianPid),
    sizeBytes: listDirectory(directory).reduce((sum, name) => sum + sizeOf(join(directory, name)), 0),
    isDegraded: control.read(Control.degraded) === 1,
    isAutosaveDegraded: control.read(Control.autosaveDegraded) === 1,
    unsavedBytes: autosave === undefined ? undefined : Math.max(0, distance(saved, mirrored)),
    appendedBytes: bytesAt(findJournalEnd(session, mirrored)),
    mirroredBytes: bytesAt(mirrored),
    savedBytes: autosave === undefined ? undefined : bytesAt(saved),
    restarts: Math.max(0, (launch?.attempt ?? 1) - 1),
    lastCrash: (end && decodeCrash(end)) ?? launch?.lastCrash,
  };
}

/** Two words that a living process writes: as they were between two of its writes. */
function readSettled(control: FileControl, segmentWord: number, offsetWord: number): JournalPosition {
  let position = readPosition(control, segmentWord, offsetWord);
  for (let tries = 0; tries < READ_TRIES; tries++) {
    const again = readPosition(control, segmentWord, offsetWord);
    if (again.offsetBytes !== 0 && distance(position, again) === 0) break;
    position = again;
  }
  return position.offsetBytes === 0 && position.segment === 0 ? JOURNAL_BEGINNING : position;
}

const READ_TRIES = 4;

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
