import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Facts, numberOf, runChild } from '../child-process.ts';
import { inDiskDirectory } from '../disk-directory.ts';
import { formatMegabytes, formatNumber, formatRange, type Target } from '../report.ts';
import { type RowKind, rowMakers } from '../row-kinds.ts';
import { ROW_BYTES } from '../rows.ts';
import { summarize } from '../statistics.ts';
import { wantAtMost } from '../targets.ts';
import type { Question } from './question.ts';

const RECOVERING = new URL('../processes/recovering.ts', import.meta.url);
const LEFT_CHECKPOINT = new URL('../processes/left-checkpoint.ts', import.meta.url);
const LEFT_JOURNAL = new URL('../processes/left-journal.ts', import.meta.url);
const RUNS = 3;
const ROWS = 100e6 / ROW_BYTES;
const RECORDS = 1_000_000;
const SECONDS_MAX = 3;
const TIMEOUT_MS = 180_000;

interface Case {
  readonly name: string;
  readonly how: 'autosave' | 'JSON';
  /** Makes what is to be read, at that path. */
  readonly leave: (path: string) => Promise<void>;
  readonly entries: number;
  readonly recordsMin: number;
  readonly hasTarget: boolean;
}

const cases: readonly Case[] = [
  checkpoint('100 MB, a checkpoint alone', 'uniform', true),
  checkpoint('100 MB of varied text, a checkpoint alone', 'varied', false),
  {
    name: '1,000,000 records behind a small checkpoint',
    how: 'autosave',
    leave: async (path) =>
      void (await runChild(LEFT_JOURNAL, { args: [path, RECORDS], end: 'SIGKILL', timeoutMs: TIMEOUT_MS })),
    entries: RECORDS / 4,
    recordsMin: RECORDS,
    hasTarget: true,
  },
  {
    name: '100 MB, `JSON.parse(readFileSync(path))`',
    how: 'JSON',
    async leave(path) {
      writeFileSync(
        path,
        JSON.stringify({ rows: Array.from({ length: ROWS }, (_, id) => rowMakers.uniform(id)) }),
      );
    },
    entries: ROWS,
    recordsMin: 0,
    hasTarget: false,
  },
];

function checkpoint(name: string, kind: RowKind, hasTarget: boolean): Case {
  return {
    name,
    how: 'autosave',
    leave: async (path) =>
      void (await runChild(LEFT_CHECKPOINT, { args: [path, ROWS, kind, 0], timeoutMs: TIMEOUT_MS })),
    entries: ROWS,
    recordsMin: 0,
    hasTarget,
  };
}

export const recoverTime: Question = {
  name: 'recover-time',
  async ask() {
    const measured = new Map<string, Facts[]>();
    for (const one of cases)
      measured.set(one.name, await inDiskDirectory((directory) => measure(one, directory)));
    const of = (name: string, fact: string): number[] =>
      (measured.get(name) as Facts[]).map((facts) => numberOf(facts, fact));
    return {
      question: 'How long does `recover` take?',
      method: [
        `Seconds from the call to its state, in a process that has done nothing before; ${RUNS} processes each. ` +
          '"Peak" is the most memory, in MB, that the process has had (`maxRSS`), that of Node itself included. The ' +
          `state of 100 MB consists of ${ROWS.toLocaleString('en-US')} objects of five properties, ` +
          `${ROW_BYTES} bytes of JSON each, packed with preset 0. The records assign numbers and strings and ` +
          'push, a quarter each; app and guardian were killed right after the last one. The files are in the ' +
          "page cache: the disk's own time is not in it.",
      ],
      table: {
        columns: ['what is read', 'seconds', 'from – to', 'peak'],
        rows: cases.map(({ name }) => {
          const { median, lowest, highest } = summarize(of(name, 'ms').map((ms) => ms / 1000));
          return [
            name,
            formatNumber(median),
            formatRange(lowest, highest),
            formatMegabytes(summarize(of(name, 'peakBytes')).median),
          ];
        }),
      },
      plots: [
        {
          kind: 'bars',
          name: 'recover-time',
          title: 'recover(): seconds',
          labels: ['what is read'],
          values: ['seconds'],
          unit: 's',
        },
      ],
      targets: cases
        .filter(({ hasTarget }) => hasTarget)
        .map(({ name }): Target =>
          wantAtMost(`recover: ${name}`, summarize(of(name, 'ms')).median / 1000, SECONDS_MAX, 's'),
        ),
      figures: Object.fromEntries(measured),
    };
  },
};

async function measure({ name, how, leave, entries, recordsMin }: Case, directory: string): Promise<Facts[]> {
  const path = join(directory, 'state.xz');
  await leave(path);
  const runs: Facts[] = [];
  for (let run = 0; run < RUNS; run++) {
    const facts = await runChild(RECOVERING, { args: [how, path] });
    if (numberOf(facts, 'entries') !== entries || numberOf(facts, 'records') < recordsMin) {
      throw new Error(
        `${name}: ${numberOf(facts, 'entries')} entries and ${numberOf(facts, 'records')} records came back.`,
      );
    }
    runs.push(facts);
  }
  return runs;
}
