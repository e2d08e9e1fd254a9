/** The files of an autosave one by one: which checkpoints there are, and whether each is whole by itself. Changes nothing. */
import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  agingPath,
  appPath,
  identityPath,
  listSessions,
  livedPath,
  previousPath,
  sessionPath,
} from './autosave-files.ts';
import { Mirror } from '../mirror/mirror.ts';
import type { CheckpointHeader } from './checkpoint-format.ts';
import { parseHeader } from './decode-checkpoint.ts';
import { readIdentity, readProcess } from './identity.ts';
import { unpackBeginning } from './pack.ts';
import { type AutosaveReading, readCheckpoint } from './read-autosave.ts';
import { listDirectory } from '../platform/list-directory.ts';

export type CheckpointRole = 'newest' | 'previous' | 'lived' | 'aging' | 'poison';

export interface CheckpointFile {
  readonly path: string;
  readonly role: CheckpointRole;
  /** Undefined of one that is not there: the newest alone is listed then. */
  readonly sizeBytes: number | undefined;
}

export interface ExaminedCheckpoint extends CheckpointFile {
  readonly savedAt: Date | undefined;
  readonly session: number | undefined;
  readonly pid: number | undefined;
  /** A session that has begun and not yet written its state leaves one without. */
  readonly hasState: boolean;
  /** Why it cannot be used, in a sentence. */
  readonly problem: string | undefined;
}

/** Newest first. */
export function listCheckpoints(path: string): CheckpointFile[] {
  const files: { readonly path: string; readonly role: CheckpointRole }[] = [
    { path: previousPath(path), role: 'previous' },
    { path: agingPath(path), role: 'aging' },
    { path: livedPath(path), role: 'lived' },
    ...listPoison(path).map((poison) => ({ path: poison, role: 'poison' as const })),
  ];
  const others = files.flatMap((file) => {
    const sizeBytes = sizeOf(file.path);
    return sizeBytes === undefined ? [] : [{ ...file, sizeBytes }];
  });
  return [{ path, role: 'newest', sizeBytes: sizeOf(path) }, ...others];
}

/** Reads all of each, but for the one that `reading` has used. */
export async function examineCheckpoints(
  path: string,
  textBytesMax: number,
  { source, session, pid }: Pick<AutosaveReading, 'source' | 'session' | 'pid'>,
): Promise<ExaminedCheckpoint[]> {
  const examined: ExaminedCheckpoint[] = [];
  for (const file of listCheckpoints(path)) {
    if (file.path === source.checkpoint) {
      examined.push({ ...file, savedAt: source.savedAt, session, pid, hasState: true, problem: undefined });
      continue;
    }
    const dropped: string[] = [];
    const found = await readCheckpoint(file.path, textBytesMax, dropped, new Mirror());
    examined.push({
      ...file,
      savedAt: found?.savedAt,
      session: found?.session,
      pid: found?.pid,
      hasState: found?.mirror.root !== undefined,
      problem: dropped[0],
    });
  }
  return examined;
}

/** The state of one checkpoint, as it was written: no journal, no files of a session. */
interface CheckpointState {
  readonly mirror: Mirror;
  readonly savedAt: Date | undefined;
}

/** A sentence, where it cannot be used. */
export async function readCheckpointAlone(
  path: string,
  textBytesMax: number,
): Promise<CheckpointState | string> {
  const dropped: string[] = [];
  const found = await readCheckpoint(path, textBytesMax, dropped, new Mirror());
  if (found === undefined) return dropped[0] ?? `${path} cannot be used.`;
  const { mirror, savedAt } = found;
  if (mirror.root === undefined) return `${path} holds no state: its session had only begun.`;
  mirror.forgetMemory();
  mirror.finish('', false);
  return { mirror, savedAt };
}

/** What a checkpoint says of itself, without reading all of it; undefined where that is not to be had so cheaply. */
export async function peekHeader(path: string): Promise<CheckpointHeader | undefined> {
  try {
    return parseHeader(await unpackBeginning(path));
  } catch {
    return undefined;
  }
}

export interface JournalFiles {
  readonly directory: string;
  readonly session: number;
  readonly segmentCount: number;
  /** Of all its files together. */
  readonly sizeBytes: number;
  /** Of the guardian that has begun the session, and of its app; undefined where the files do not say. */
  readonly guardianPid: number | undefined;
  readonly appPid: number | undefined;
}

/** The journals beside an autosave, the oldest first. */
export function listJournals(path: string): JournalFiles[] {
  return listSessions(path).map((session) => {
    const directory = sessionPath(path, session);
    const names = listDirectory(directory);
    const sizes = names.map((name) => sizeOf(join(directory, name)) ?? 0);
    return {
      directory,
      session,
      segmentCount: names.filter((name) => name.startsWith('journal-')).length,
      sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
      guardianPid: readIdentity(identityPath(directory))?.guardian.pid,
      appPid: readProcess(appPath(directory))?.pid,
    };
  });
}

function listPoison(path: string): string[] {
  const prefix = `${basename(path)}.poison-`;
  return listDirectory(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(name.slice(prefix.length)))
    .toSorted((one, other) => Number(one.slice(prefix.length)) - Number(other.slice(prefix.length)))
    .map((name) => join(dirname(path), name));
}

function sizeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.size;
}
