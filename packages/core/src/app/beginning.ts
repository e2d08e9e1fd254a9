/** What an app begins with, whichever way it came to be guarded: its order, its state, what it says first. */
import type { Resumed } from '../autosave/resume-autosave.ts';
import { withDossier } from '../dossier/dossier.ts';
import { InvalidOptionError } from '../errors.ts';
import { describe, type GuardOptions, type Recovered } from '../options.ts';
import type { Greeting } from '../platform/messages.ts';
import type { LaunchOrder } from '../restart/launch-order.ts';
import { isObject } from '../state/tracked-node.ts';

/** Of a first launch. */
export function orderOf({ autosave }: GuardOptions<object>): LaunchOrder {
  return { attempt: 1, autosave: autosave?.path, resumes: autosave?.existing === 'resume' };
}

export function greetingOf(attempt: number): Greeting {
  return { pid: process.pid, startedAtMs: performance.timeOrigin, attempt };
}

export function recoveredFrom(from: Recovered, { crash, poison }: LaunchOrder): Recovered {
  return {
    ...from,
    ...(crash !== undefined && { crash: withDossier(crash) }),
    ...(poison !== undefined && { poison }),
  };
}

export function firstState({ initial }: GuardOptions<object>): object {
  if (initial === undefined) return {};
  const state: unknown = initial();
  if (isObject(state)) return state;
  throw new InvalidOptionError(
    'initial',
    `has to return an object, the state, and returned ${describe(state)}.`,
  );
}

/** Undefined when there is nothing to go on with. The guardian holds the autosave: nobody else changes it. */
export async function resumeState(
  options: GuardOptions<object>,
  order: LaunchOrder,
): Promise<Resumed | undefined> {
  const { autosave: path, resumes, lastCrash } = order;
  if (path === undefined || !resumes) return undefined;
  const { resumeAutosave } = await import('../autosave/resume-autosave.ts');
  // Of a crash that the guardian has seen, its rescue has been told all.
  return await resumeAutosave({ ...options.autosave, path }, lastCrash === undefined ? options : undefined);
}
