import { numberOf, runChild } from '../child-process.ts';
import { formatMegabytes, formatNumber, formatRange, type Target } from '../report.ts';
import { ROW_BYTES } from '../rows.ts';
import { type Summary, summarize } from '../statistics.ts';
import { wantAtMost } from '../targets.ts';
import type { Question } from './question.ts';

const GUARDED = new URL('../processes/dying-app.ts', import.meta.url);
const PLAIN = new URL('../processes/dying-plain.ts', import.meta.url);

type Death = 'SIGSEGV' | 'SIGKILL';

interface Case {
  readonly name: string;
  readonly size: '1kB' | number;
  readonly burst: number;
  readonly death: Death;
  readonly runs: number;
  /** Beside it: the same death of a process of the same size, noticed by a parent that only waits. */
  readonly plainRuns: number;
}

const rowsOf = (megabytes: number): number => (megabytes * 1e6) / ROW_BYTES;

const SMALL = 'small, native fault';
const SMALL_KILLED = 'small, SIGKILL';
const KILOBYTE = '1 kB, SIGKILL';
const LARGEST = '100 MB, SIGKILL';

const cases: readonly Case[] = [
  { name: SMALL, size: 0, burst: 1, death: 'SIGSEGV', runs: 20, plainRuns: 10 },
  { name: SMALL_KILLED, size: 0, burst: 1, death: 'SIGKILL', runs: 20, plainRuns: 10 },
  { name: KILOBYTE, size: '1kB', burst: 1, death: 'SIGKILL', runs: 7, plainRuns: 0 },
  { name: '10 MB, SIGKILL', size: rowsOf(10), burst: 1, death: 'SIGKILL', runs: 4, plainRuns: 4 },
  { name: LARGEST, size: rowsOf(100), burst: 1, death: 'SIGKILL', runs: 3, plainRuns: 3 },
  {
    name: 'small, 1,000,000 writes right before, SIGKILL',
    size: 0,
    burst: 1_000_000,
    death: 'SIGKILL',
    runs: 5,
    plainRuns: 0,
  },
];

interface Measured {
  readonly rescue: Summary;
  readonly plain: Summary | undefined;
  readonly appBytes: number;
}

export const deathToRescue: Question = {
  name: 'death-to-rescue',
  async ask() {
    const measured = new Map<string, Measured>();
    for (const one of cases) measured.set(one.name, await measure(one));
    return {
      question: 'How long from death until `rescue` is called?',
      method: [
        'Milliseconds from the last instruction before the fatal one to the first of `rescue`, by the clock ' +
          'that all processes share. "Native fault" is `strlen(8)` called in libc: a real SIGSEGV. The state ' +
          `consists of objects of five properties, ${ROW_BYTES} bytes of JSON each; its size is that of the ` +
          'JSON. It is built one `push` at a time, and the app dies once the guardian has come to rest.',
        '"Bare" is the part that has nothing to do with faultguard: a process with as much memory in use dies ' +
          "the same death under a plain parent, until that parent's 'exit' event. The kernel takes the memory " +
          'back before it tells anybody.',
      ],
      table: {
        columns: [
          'state and death',
          'runs',
          'median',
          'p95',
          'from – to',
          'bare: median',
          "app's memory, MB",
        ],
        rows: [...measured].map(([name, { rescue, plain, appBytes }]) => [
          name,
          String(rescue.count),
          formatNumber(rescue.median),
          formatNumber(rescue.p95),
          formatRange(rescue.lowest, rescue.highest),
          plain === undefined ? '' : formatNumber(plain.median),
          formatMegabytes(appBytes),
        ]),
      },
      plots: [
        {
          kind: 'bars',
          name: 'death-to-rescue',
          title: 'From death until rescue is called: milliseconds',
          labels: ['state and death'],
          values: ['median', 'bare: median'],
          unit: 'ms',
        },
      ],
      slower: [
        'The time grows with the memory of the app, not with its state: the kernel takes back its pages before it tells the parent that it has died. The bare parent beside it, which has nothing to do with faultguard, waits as long.',
      ],
      targets: findTargets(measured),
      figures: Object.fromEntries(measured),
    };
  },
};

async function measure({ size, burst, death, runs, plainRuns }: Case): Promise<Measured> {
  const rescueMs: number[] = [];
  const appBytes: number[] = [];
  for (let run = 0; run < runs; run++) {
    const facts = await runChild(GUARDED, { args: [size, burst, death], end: death });
    rescueMs.push((numberOf(facts, 'rescuedAtNs') - numberOf(facts, 'diedAtNs')) / 1e6);
    appBytes.push(numberOf(facts, 'appBytes'));
  }
  const bytes = summarize(appBytes).median;
  const plainMs: number[] = [];
  for (let run = 0; run < plainRuns; run++) {
    const facts = await runChild(PLAIN, { args: [bytes, death], end: death });
    plainMs.push((numberOf(facts, 'rescuedAtNs') - numberOf(facts, 'diedAtNs')) / 1e6);
  }
  return {
    rescue: summarize(rescueMs),
    plain: plainMs.length === 0 ? undefined : summarize(plainMs),
    appBytes: bytes,
  };
}

const RESCUE_MS_MAX = 10;
/** "Not growing", with room for the noise of a few runs. */
const GROWTH_MAX = 1.5;

function findTargets(measured: ReadonlyMap<string, Measured>): Target[] {
  const of = (name: string): Measured => measured.get(name) as Measured;
  const small = [SMALL, SMALL_KILLED].map((name) =>
    wantAtMost(`death to rescue: ${name}`, of(name).rescue.median, RESCUE_MS_MAX, 'ms'),
  );
  const growth = of(LARGEST).rescue.median / of(KILOBYTE).rescue.median;
  const overBare = (name: string): number => of(name).rescue.median - (of(name).plain?.median ?? 0);
  return [
    ...small,
    {
      what: 'death to rescue: 100 MB against 1 kB',
      wanted: `at most × ${GROWTH_MAX}`,
      measured: `× ${formatNumber(growth)}`,
      met: growth <= GROWTH_MAX,
    },
    {
      what: 'death to rescue: the same, over a bare parent',
      wanted: `at most ${RESCUE_MS_MAX} ms at 100 MB`,
      measured: `${formatNumber(overBare(LARGEST))} ms (small: ${formatNumber(overBare(SMALL_KILLED))} ms)`,
      met: overBare(LARGEST) <= RESCUE_MS_MAX,
    },
  ];
}
