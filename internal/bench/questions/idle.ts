import { setTimeout as sleep } from 'node:timers/promises';
import { type Activity, readActivity, subtractActivity } from '../proc-files.ts';
import { whileResting } from '../resting-process.ts';
import type { Question } from './question.ts';

/** V8 looks once, some 8 s after start-up, whether it can give memory back. */
const SETTLE_MS = 10_000;
const OBSERVED_MS = 5000;

export const idle: Question = {
  name: 'idle',
  async ask() {
    const [plain, guarded] = await Promise.all([
      whileResting('plain', 0, ({ app }) => observe([app])),
      whileResting('guarded', 0, ({ app, guardian }) => observe([app, guardian as number])),
    ]);
    const [app, guardian] = guarded as [Activity, Activity];
    const measured = { 'app without guard': plain[0] as Activity, 'guarded app': app, guardian };
    return {
      question: 'What does it cost while nothing happens?',
      method: [
        `Over ${OBSERVED_MS / 1000} s in which the app does nothing: processor time, which the kernel counts in ` +
          'steps of 10 ms, and how often the kernel put one of the threads on a processor (voluntary and other ' +
          'context switches, of the main thread and of all threads).',
      ],
      table: {
        columns: ['process', 'processor ms', 'switches, main thread', 'switches, all threads'],
        rows: Object.entries(measured).map(([name, { cpuMs, mainSwitches, allSwitches }]) => [
          name,
          String(cpuMs),
          String(mainSwitches),
          String(allSwitches),
        ]),
      },
      targets: [
        {
          what: 'idle: wake-ups of the guardian',
          wanted: 'none',
          measured: `${guardian.allSwitches} in ${OBSERVED_MS / 1000} s`,
          met: guardian.allSwitches === 0 && guardian.cpuMs === 0,
        },
      ],
      figures: measured,
    };
  },
};

async function observe(pids: readonly number[]): Promise<Activity[]> {
  await sleep(SETTLE_MS);
  const before = pids.map(readActivity);
  await sleep(OBSERVED_MS);
  return pids.map((pid, index) => subtractActivity(readActivity(pid), before[index] as Activity));
}
