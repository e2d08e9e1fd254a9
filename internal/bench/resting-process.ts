/** Runs an app that has built its state and rests, for as long as it takes to look at it. */
import { numberOf, startChild } from './child-process.ts';

const PROCESS = new URL('./processes/resting-app.ts', import.meta.url);

export interface RestingPids {
  readonly app: number;
  /** Undefined when the app runs without guard. */
  readonly guardian: number | undefined;
}

export async function whileResting<T>(
  what: 'guarded' | 'plain',
  rows: number,
  look: (pids: RestingPids) => T | Promise<T>,
): Promise<T> {
  const child = startChild(PROCESS, { args: [what, rows], end: 'SIGKILL' });
  const facts = await child.told('appPid');
  const app = numberOf(facts, 'appPid');
  try {
    return await look({ app, guardian: what === 'plain' ? undefined : numberOf(facts, 'guardianPid') });
  } finally {
    process.kill(app, 'SIGKILL');
    await child.ended;
  }
}
