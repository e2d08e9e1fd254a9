import { setTimeout as sleep } from 'node:timers/promises';
import { type MemoryBytes, readMemory } from '../proc-files.ts';
import { formatMegabytes } from '../report.ts';
import { whileResting } from '../resting-process.ts';
import { ROW_BYTES } from '../rows.ts';
import type { Question } from './question.ts';

const ROWS = 100e6 / ROW_BYTES;
/** What a process gives back it gives back soon after it has come to rest. */
const SETTLE_MS = 1000;

export const memory: Question = {
  name: 'memory',
  async ask() {
    const measured = new Map<string, MemoryBytes>();
    for (const rows of [0, ROWS]) {
      const state = rows === 0 ? 'empty' : '100 MB';
      await whileResting('plain', rows, async ({ app }) => {
        await sleep(SETTLE_MS);
        measured.set(`${state}: app without guard`, readMemory(app));
      });
      await whileResting('guarded', rows, async ({ app, guardian }) => {
        await sleep(SETTLE_MS);
        measured.set(`${state}: guarded app`, readMemory(app));
        measured.set(`${state}: guardian`, readMemory(guardian as number));
      });
    }
    return {
      question: 'How much memory?',
      method: [
        `Megabytes (10⁶ bytes) in use at rest, one run, no garbage collection forced. "100 MB" is ` +
          `${ROWS.toLocaleString('en-US')} objects of five properties, ${ROW_BYTES} bytes of JSON each, pushed ` +
          'one by one. "Files" are mapped programs and libraries, which processes share; "shared memory" are ' +
          "the journal's segments that the app has mapped.",
      ],
      table: {
        columns: ['process', 'resident', 'its own', 'files', 'shared memory'],
        rows: [...measured].map(([name, { resident, anonymous, file, sharedMemory }]) => [
          name,
          formatMegabytes(resident),
          formatMegabytes(anonymous),
          formatMegabytes(file),
          formatMegabytes(sharedMemory),
        ]),
      },
      plots: [
        {
          kind: 'bars',
          name: 'memory',
          title: 'Memory of both sides: MB',
          labels: ['process'],
          values: ['resident'],
          unit: 'MB',
        },
      ],
      slower: [
        'The state is there twice, in the app and in the guardian, and each guarded object has a proxy and a node beside it.',
      ],
      targets: [],
      figures: Object.fromEntries(measured),
    };
  },
};
