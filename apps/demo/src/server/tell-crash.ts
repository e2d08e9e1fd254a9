/** What the app tells of the crash that it goes on from, and its dossier, where no guardian was left to save one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Recovered } from '@faultguard/core';
import type { CrashFacts } from '../notebook/entries.ts';
import type { Settings } from './settings.ts';

/** Undefined when the app has not crashed before this launch. */
export function tellCrash(recovered: Recovered | undefined, { directory }: Settings): CrashFacts | undefined {
  const crash = recovered?.crash;
  if (crash === undefined) return undefined;
  const { kind, signal, exitCode, pid, error, hang } = crash;
  const dossier = dossierName(crash);
  const path = join(directory, dossier);
  if (!existsSync(path)) crash.saveDossier(path);
  return {
    kind,
    signal,
    exitCode,
    pid,
    ...(error !== undefined && { error: `${error.name}: ${error.message}` }),
    ...(hang !== undefined && { hangMs: Math.round(hang.forMs) }),
    recordsReplayed: recovered?.source.recordsReplayed ?? 0,
    wasSeen: crash.uptimeMs !== undefined,
    dossier,
  };
}

/** The rescue, in the guardian, and the app that comes after it agree on it without a word. */
export function dossierName({ pid, crashedAt }: { readonly pid: number; readonly crashedAt: Date }): string {
  return `dossier-${pid}-${crashedAt.getTime()}.json`;
}
