import { join } from 'node:path';
import { type Facts, numberOf, runChild } from '../child-process.ts';
import { inDiskDirectory } from '../disk-directory.ts';
import { formatMegabytes, formatNumber } from '../report.ts';
import { ROW_BYTES } from '../rows.ts';
import { wantAtMost } from '../targets.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/slow-app.ts', import.meta.url);
const ROWS = 100e6 / ROW_BYTES;
/** Of the default interval, which becomes the shorter one: time goes that much faster. */
const INTERVAL_MS = 3000;
const SHORT_INTERVAL_MS = 100;
const MINUTES = 10;
const INTERVALS = (MINUTES * 60_000) / INTERVAL_MS;
const CHANGE_CHARS = 100;
const TIMEOUT_MS = 180_000;

/** Bytes of changed text a second. */
const RATES = [1000, 10_000] as const;
const WANTED_RATE = 1000;
const MEGABYTES_A_MINUTE_MAX = 1;

export const bytesWritten: Question = {
  name: 'bytes-written',
  async ask() {
    const measured = new Map<number, Facts>();
    for (const rate of RATES) {
      const changes = (rate * INTERVAL_MS) / 1000 / CHANGE_CHARS;
      const facts = await inDiskDirectory((directory) =>
        runChild(PROCESS, {
          args: [ROWS, join(directory, 'state.xz'), SHORT_INTERVAL_MS, CHANGE_CHARS, changes, INTERVALS],
          timeoutMs: TIMEOUT_MS,
        }),
      );
      measured.set(rate, facts);
    }
    const perMinute = (rate: number, ...names: string[]): number =>
      names.reduce((sum, name) => sum + numberOf(measured.get(rate) as Facts, name), 0) / MINUTES;
    return {
      question: 'How much does an autosave write?',
      method: [
        `Megabytes a minute beside 100 MB of state (${ROWS.toLocaleString('en-US')} objects of five ` +
          `properties, ${ROW_BYTES} bytes of JSON each) in which texts of ${CHANGE_CHARS} characters are ` +
          'replaced, evenly spread, after the first checkpoint. "App" and "guardian" are `write_bytes` of ' +
          '/proc/<pid>/io: every page of 4 kB that has been changed and is to be written, each time. What the ' +
          'file system writes of its own accord is not in it. "Journal" are the bytes of the records alone.',
        `${MINUTES} minutes in ${(INTERVALS * SHORT_INTERVAL_MS) / 1000} seconds: \`intervalMs\` is ` +
          `${SHORT_INTERVAL_MS} instead of ${INTERVAL_MS.toLocaleString('en-US')}, and the app changes as much in ` +
          'each interval as it otherwise would.',
        'The next checkpoint comes when the journal has become as long as the last one is large. In the long ' +
          'run checkpoints therefore add as much as "journal" says, at most. A file of JSON that is written anew ' +
          `every ${INTERVAL_MS / 1000} seconds would take 2,000 MB a minute.`,
      ],
      table: {
        columns: ['change', 'journal', 'app', 'guardian', 'app + guardian', 'checkpoints'],
        rows: RATES.map((rate) => [
          `${rate / 1000} kB/s`,
          formatMegabytes(perMinute(rate, 'journal')),
          formatMegabytes(perMinute(rate, 'app')),
          formatMegabytes(perMinute(rate, 'guardian')),
          formatMegabytes(perMinute(rate, 'app', 'guardian')),
          String(numberOf(measured.get(rate) as Facts, 'checkpoints')),
        ]),
      },
      plots: [
        {
          kind: 'bars',
          name: 'bytes-written',
          title: 'Written beside 100 MB of state: MB a minute',
          labels: ['change'],
          values: ['app', 'guardian'],
          unit: 'MB a minute',
        },
      ],
      targets: [
        wantAtMost(
          'autosave: written to the disk at 1 kB/s of change',
          perMinute(WANTED_RATE, 'app', 'guardian') / 1e6,
          MEGABYTES_A_MINUTE_MAX,
          'MB a minute',
          `with checkpoints, in the long run: ${formatNumber(perMinute(WANTED_RATE, 'app', 'guardian', 'journal') / 1e6)}`,
        ),
      ],
      figures: Object.fromEntries(measured),
    };
  },
};
