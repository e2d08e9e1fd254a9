/** What the app tells of the crash that it goes on from. */
import type { Recovered } from '@faultguard/core';
import type { CrashFacts } from '../notebook/entries.ts';

/** Undefined when the app has not crashed before this launch. */
export function tellCrash(recovered: Recovered | undefined): CrashFacts | undefined {
  const crash = recovered?.crash;
  if (crash === undefined) return undefined;
  const { kind, signal, exitCode, pid, error, hang } = crash;
  return {
    kind,
    signal,
    exitCode,
    pid,
    ...(error !== undefined && { error: `${error.name}: ${error.message}` }),
    ...(hang !== undefined && { hangMs: Math.round(hang.forMs) }),
    recordsReplayed: recovered?.source.recordsReplayed ?? 0,
    dossier: dossierName(crash),
  };
}

/** The rescue, in the guardian, and the app that comes after it agree on it without a word. */
export function dossierName({ pid, crashedAt }: { readonly pid: number; readonly crashedAt: Date }): string {
  return `dossier-${pid}-${crashedAt.getTime()}.json`;
}
