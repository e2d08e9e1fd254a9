/**
 * What a launch is to begin with, where that is not what the script's options say: written by the guardian into the
 * session of an app that it starts again, or whose autosave is its own.
 */
import { join } from 'node:path';
import { readJson, writeJson } from '../autosave/identity.ts';
import { decodeCrash, encodeCrash } from '../autosave/saved-crash.ts';
import type { CrashFacts } from '../rescue/crash.ts';

export interface LaunchOrder {
  readonly attempt: number;
  /** The path of the autosave; undefined without one. */
  readonly autosave: string | undefined;
  /** Go on with the state that it holds. */
  readonly resumes: boolean;
  /** How the app has ended, if nothing that it resumes says so. */
  readonly crash?: CrashFacts;
  /** Where the state is kept with which it had died at once. */
  readonly poison?: string;
}

export function orderPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'launch.json');
}

/** Throws what the file system says. */
export function writeLaunchOrder(directory: string, { crash, ...order }: LaunchOrder): void {
  const saved = { ...order, ...(crash !== undefined && { crash: encodeCrash(crash) }) };
  writeJson(orderPath(directory), saved, false);
}

/** Undefined where there is none, or something else. */
export function readLaunchOrder(directory: string): LaunchOrder | undefined {
  const saved = readJson(orderPath(directory));
  if (saved === undefined) return undefined;
  const { attempt, autosave, resumes, crash, poison } = saved;
  const isRight =
    Number.isSafeInteger(attempt) &&
    (autosave === undefined || typeof autosave === 'string') &&
    (poison === undefined || typeof poison === 'string');
  if (!isRight) return undefined;
  const decoded = typeof crash === 'object' && crash !== null ? decodeCrash({ ...crash }) : undefined;
  return {
    attempt: attempt as number,
    autosave,
    resumes: resumes === true,
    ...(decoded !== undefined && { crash: decoded }),
    ...(poison !== undefined && { poison }),
  };
}
