/**
 * What a launch is to begin with, where that is not what the script's options say: written by the guardian into the
 * session of an app that it starts again, or whose autosave is its own.
 */
import { join } from 'node:path';
import { readJson, writeJson } from '../platform/json-file.ts';
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
  /** The crash because of which it is started again: for whoever looks from outside, and for the app to know that it is no first launch. */
  readonly lastCrash?: CrashFacts;
}

export function orderPath(sessionDirectory: string): string {
  return join(sessionDirectory, 'launch.json');
}

/** Throws what the file system says. */
export function writeLaunchOrder(directory: string, { crash, lastCrash, ...order }: LaunchOrder): void {
  const saved = {
    ...order,
    ...(crash !== undefined && { crash: encodeCrash(crash) }),
    // A diagnostic report may be large, and is not for those who look from outside.
    ...(lastCrash !== undefined && { lastCrash: { ...encodeCrash(lastCrash), report: undefined } }),
  };
  writeJson(orderPath(directory), saved, false);
}

/** Undefined where there is none, or something else. */
export function readLaunchOrder(directory: string): LaunchOrder | undefined {
  const saved = readJson(orderPath(directory));
  if (saved === undefined) return undefined;
  const { attempt, autosave, resumes, poison } = saved;
  const isRight =
    Number.isSafeInteger(attempt) &&
    (autosave === undefined || typeof autosave === 'string') &&
    (poison === undefined || typeof poison === 'string');
  if (!isRight) return undefined;
  const crash = readCrash(saved['crash']);
  const lastCrash = readCrash(saved['lastCrash']);
  return {
    attempt: attempt as number,
    autosave,
    resumes: resumes === true,
    ...(crash !== undefined && { crash }),
    ...(poison !== undefined && { poison }),
    ...(lastCrash !== undefined && { lastCrash }),
  };
}

function readCrash(saved: unknown): CrashFacts | undefined {
  return typeof saved === 'object' && saved !== null ? decodeCrash({ ...saved }) : undefined;
}
