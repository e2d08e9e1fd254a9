import { numberOf, runChild } from '../child-process.ts';
import { diskDirectory, inNewDirectory } from '../disk-directory.ts';
import { guardedLoops } from '../guarded-loops.ts';
import { fileSystemOf } from '../machine.ts';
import { peers } from '../peers/peers.ts';
import { type Answer, formatNumber, formatRange, type Target } from '../report.ts';
import { medianRatio, summarize } from '../statistics.ts';
import { wantNs, wantRatio } from '../targets.ts';
import type { Question } from './question.ts';

const PROCESS = new URL('../processes/write-loop.ts', import.meta.url);
const ROUNDS = 5;
/** Of what no target depends on. */
const ROUNDS_OF_OTHERS = 3;
const SHARED_MEMORY = '/dev/shm';

interface Variant {
  readonly key: string;
  readonly what: string;
  readonly settings: string;
  readonly survives: string;
  /** Arguments of its process, given a directory of its own in `base`. */
  readonly args: (directory: string) => string[];
  readonly base: string;
  readonly rounds: number;
  readonly ipc?: boolean;
}

const variants: readonly Variant[] = [
  ...guardedLoops.map((loop) => guarded(loop.name, loop.code, 'mapped', SHARED_MEMORY)),
  guarded('counter', 'state.counter = i', 'mapped', diskDirectory()),
  ...guardedLoops
    .filter(({ length, mappedOnly }) => length.total === undefined && mappedOnly !== true)
    .map((loop) => guarded(loop.name, loop.code, 'written', SHARED_MEMORY)),
  ...peers.map((peer): Variant => ({
    key: peer.name,
    what: peer.name,
    settings: peer.settings,
    survives: peer.survives,
    args: (directory) => ['peer', peer.name, directory],
    base: peer.place === 'disk' ? diskDirectory() : SHARED_MEMORY,
    rounds: ROUNDS,
    ipc: peer.name === 'process.send',
  })),
];

function guarded(name: string, code: string, kind: 'mapped' | 'written', base: string): Variant {
  return {
    key: `${name}, ${kind}${base === SHARED_MEMORY ? '' : ', disk'}`,
    what: `\`${code}\``,
    settings: `guarded, ${kind} journal on ${fileSystemOf(base)}`,
    survives: 'process death',
    args: (directory) => ['guarded', name, kind, directory],
    base,
    rounds: kind === 'written' || name === 'counter, sustained' ? ROUNDS_OF_OTHERS : ROUNDS,
  };
}

export const writeCost: Question = {
  name: 'write-cost',
  async ask() {
    const ns = new Map<string, number[]>(variants.map(({ key }) => [key, []]));
    // Round by round, not variant by variant: a slow minute of the machine then hits all of them.
    for (let round = 0; round < ROUNDS; round++) {
      for (const variant of variants) {
        if (round < variant.rounds) ns.get(variant.key)?.push(await timeVariant(variant));
      }
    }
    return answer(ns);
  },
};

async function timeVariant({ args, base, ipc }: Variant): Promise<number> {
  return await inNewDirectory(base, async (directory) =>
    numberOf(await runChild(PROCESS, { args: args(directory), ipc: ipc ?? false }), 'ns'),
  );
}

function answer(ns: ReadonlyMap<string, readonly number[]>): Answer {
  const of = (key: string): readonly number[] => ns.get(key) as readonly number[];
  const systemCall = of('fs.writeSync (tmpfs)');
  const rows = variants.map(({ key, what, settings, survives }) => {
    const { median, lowest, highest } = summarize(of(key));
    const ratio = medianRatio(of(key), systemCall);
    return [
      what,
      settings,
      survives,
      formatNumber(median),
      formatRange(lowest, highest),
      formatNumber(ratio),
    ];
  });
  return {
    question: 'What does one write cost?',
    method: [
      `Nanoseconds for one operation, while the guardian reads along. Each line is a process of its own, ` +
        `warmed up, and its figure the median of its batches; the table has the median of up to ${ROUNDS} ` +
        'such processes, which took turns, and the lowest and highest of them. "sustained" is the mean of one ' +
        'long run, waiting for the guardian included. The last column is the ratio to `fs.writeSync` of 40 ' +
        'bytes on tmpfs, in the same round.',
      '"Survives" is the worst fault after which an operation that has returned is still there. Nothing ' +
        'is synced to a disk unless the line says so.',
    ],
    table: {
      columns: ['operation', 'how', 'survives', 'ns', 'from – to', '÷ writeSync'],
      rows,
    },
    plots: [
      {
        kind: 'bars',
        name: 'write-cost',
        title: 'One write, and what survives it: nanoseconds',
        labels: ['operation', 'how'],
        values: ['ns'],
        unit: 'ns, logarithmic',
        scale: 'logarithmic',
        rows: ([what, how, survives]) =>
          survives !== 'nothing' &&
          (!what?.startsWith('`') ||
            /^`state\.(counter = i|ratio|label|a\.b|list)[^,;]*(, 1,000,000 .*)?`$/.test(what)) &&
          how !== undefined,
      },
    ],
    slower: [
      'A plain object and `observable` of mobx without observers take less for a write: they keep nothing that outlives the process. What a guarded write adds is the trap of the proxy, the encoding, a checksum over the record, and the store that publishes it.',
      'A text costs more than a number: its characters are copied into the journal one by one, since a call into native code for twenty of them would cost as much again.',
      '`put` of lmdb returns sooner than the written journal does: it has not written yet, and a crash takes the batch with it.',
      'The written journal makes a system call for each record. It is what there is where files cannot be mapped.',
    ],
    targets: findTargets(of),
    figures: Object.fromEntries(ns),
  };
}

/** One guarded assignment may cost a twelfth of a system call; a float or a short string twice that. */
const COUNTER_SHARE = 1 / 12;

function findTargets(of: (key: string) => readonly number[]): Target[] {
  const bySystemCall = (key: string, systemCall: string, share: number): Target => {
    const ratio = medianRatio(of(key), of(systemCall));
    const { median } = summarize(of(key));
    const allowed = summarize(of(systemCall)).median * share;
    return {
      what: `write: ${key}`,
      wanted: `at most 1/${Math.round(1 / share)} of ${systemCall} (${formatNumber(allowed)} ns)`,
      measured: `1/${formatNumber(1 / ratio)} (${formatNumber(median)} ns)`,
      met: ratio <= share,
    };
  };
  const byRatio = (what: string, key: string, base: string, highest: number): Target =>
    wantRatio(what, of(key), of(base), highest);
  return [
    bySystemCall('counter, mapped', 'fs.writeSync (tmpfs)', COUNTER_SHARE),
    bySystemCall('counter, mapped, disk', 'fs.writeSync (disk)', COUNTER_SHARE),
    bySystemCall('float, mapped', 'fs.writeSync (tmpfs)', 2 * COUNTER_SHARE),
    bySystemCall('string, mapped', 'fs.writeSync (tmpfs)', 2 * COUNTER_SHARE),
    wantNs('write: push at 1,000,000', of('push at 1,000,000, mapped'), 200),
    byRatio(
      'write: push at 1,000,000 against 1,000',
      'push at 1,000,000, mapped',
      'push at 1,000, mapped',
      1.25,
    ),
    byRatio('write: nested against flat', 'nested, mapped', 'counter, mapped', 3),
    byRatio(
      'write: ten in a transaction against ten without',
      'ten writes, transaction, mapped',
      'ten writes, mapped',
      1.3,
    ),
  ];
}
