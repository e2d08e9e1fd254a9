import { join } from 'node:path';
import { type Facts, numberOf, runChild } from '../child-process.ts';
import { diskDirectory, inDiskDirectory } from '../disk-directory.ts';
import { fileSystemOf } from '../machine.ts';
import { formatNumber, type Target } from '../report.ts';
import { ROW_BYTES } from '../rows.ts';
import { median } from '../statistics.ts';
import { wantAtMost } from '../targets.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/changing-app.ts', import.meta.url);
const ROUNDS = 2;
const MEGABYTES = [10, 100] as const;
const KINDS = ['plain', 'guarded', 'autosaved'] as const;
const NAMES: Readonly<Record<Kind, string>> = {
  plain: 'plain objects',
  guarded: 'guarded',
  autosaved: 'guarded, autosave',
};
const PHASES = ['usual', 'writing'] as const;
const TIMEOUT_MS = 300_000;

type Kind = (typeof KINDS)[number];
type Phase = (typeof PHASES)[number];

interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export const autosaveDelay: Question = {
  name: 'autosave-delay',
  async ask() {
    const runs = new Map<string, Facts[]>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const megabytes of MEGABYTES) {
        for (const kind of KINDS) {
          const facts = await inDiskDirectory((directory) =>
            runChild(PROCESS, {
              args: [kind, (megabytes * 1e6) / ROW_BYTES, join(directory, 'state.xz')],
              timeoutMs: TIMEOUT_MS,
            }),
          );
          const key = `${megabytes} MB, ${kind}`;
          runs.set(key, [...(runs.get(key) ?? []), facts]);
        }
      }
    }
    const of = (megabytes: number, kind: Kind, phase: Phase): Delay =>
      summarizeDelay(runs.get(`${megabytes} MB, ${kind}`) as Facts[], phase);
    return {
      question: 'What does an autosave cost the app?',
      method: [
        'How late a timer of 1 ms is in an app that changes 1,000 entries a second, ten numbers every 10 ms, ' +
          `in milliseconds (\`perf_hooks.monitorEventLoopDelay\`); ${ROUNDS} runs, taking turns: the medians ` +
          `of them, and the highest of all. The state consists of objects of five properties, ${ROW_BYTES} ` +
          'bytes of JSON each; its size is that of the JSON. The autosave has `intervalMs: 1000` and lies on ' +
          `${fileSystemOf(diskDirectory())}.`,
        '"Usual" are 20 s after the first checkpoint, in which the journal is synced every second; checkpoints ' +
          'come when the journal has become as long as the last one is large, which is soon, because this ' +
          'state is packed to a hundredth. "Writing" is the time until the next checkpoint has been written, ' +
          'which the app has brought about by many changes at once, and which may take as much time as it ' +
          'wants (`loadMax: 1`): the most that an autosave can ask of the machine. Without an autosave it is ' +
          '10 s after such a burst.',
      ],
      table: {
        columns: ['state', 'how', 'when', 'seconds', 'checkpoints', 'median', 'p99', 'max'],
        rows: MEGABYTES.flatMap((megabytes) =>
          KINDS.flatMap((kind) =>
            PHASES.map((phase) => {
              const { p50, p99, max } = of(megabytes, kind, phase);
              const facts = runs.get(`${megabytes} MB, ${kind}`) as Facts[];
              const seconds =
                phase === 'usual' ? 20 : median(facts.map((one) => numberOf(one, 'writingMs') / 1000));
              return [
                `${megabytes} MB`,
                NAMES[kind],
                phase,
                formatNumber(seconds),
                kind === 'autosaved' ? formatCheckpoints(facts, phase) : '',
                ...[p50, p99, max].map(formatNumber),
              ];
            }),
          ),
        ),
      },
      plots: [
        {
          kind: 'bars',
          name: 'autosave-delay',
          title: 'How late a timer of 1 ms is: milliseconds',
          labels: ['state', 'how', 'when'],
          values: ['p99', 'max'],
          unit: 'ms',
        },
      ],
      slower: [
        'While a checkpoint of a large state is written, its text is put together by one thread of the guardian and packed by another: on two processors the app waits for its turn, and that is its longest delay. Guarded objects are several for each of the app, which V8 has to look through as well: hence what a guarded app without an autosave has.',
      ],
      targets: MEGABYTES.flatMap((megabytes) => PHASES.flatMap((phase) => findTargets(megabytes, phase, of))),
      figures: Object.fromEntries(runs),
    };
  },
};

function formatCheckpoints(facts: readonly Facts[], phase: Phase): string {
  return phase === 'usual' ? String(median(facts.map((one) => numberOf(one, 'checkpoints')))) : '1';
}

function summarizeDelay(runs: readonly Facts[], phase: Phase): Delay {
  const values = (name: string): number[] => runs.map((facts) => numberOf(facts, `${phase}${name}Ms`));
  return { p50: median(values('P50')), p99: median(values('P99')), max: Math.max(...values('Max')) };
}

const P99_ADDED_MS_MAX = 1;
const STALL_MS_MAX = 5;

function findTargets(
  megabytes: number,
  phase: Phase,
  of: (megabytes: number, kind: Kind, phase: Phase) => Delay,
): Target[] {
  const autosaved = of(megabytes, 'autosaved', phase);
  const guarded = of(megabytes, 'guarded', phase);
  const what = `autosave, ${megabytes} MB, ${phase === 'usual' ? 'for 20 s' : 'while a checkpoint is written'}`;
  return [
    wantAtMost(
      `${what}: p99 of the delay`,
      Math.max(0, autosaved.p99 - guarded.p99),
      P99_ADDED_MS_MAX,
      'ms more than without',
    ),
    wantAtMost(
      `${what}: longest delay`,
      autosaved.max,
      STALL_MS_MAX,
      'ms',
      `without: ${formatNumber(guarded.max)} ms`,
    ),
  ];
}
