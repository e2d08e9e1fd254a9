/** The three deaths of the tour: how each comes about, what is expected of it, what its plot shows. */
import type { Crash } from '@faultguard/core';
import type { Sample } from '../instrument.ts';

export type Death = 'native-fault' | 'kill' | 'heap-exhaustion';

export interface Act {
  readonly death: Death;
  readonly title: string;
  /** What the laboratory does differently this time. */
  readonly setting: string;
  readonly nodeOptions: readonly string[];
  readonly expected: { readonly kind: Crash['kind']; readonly signals: readonly NodeJS.Signals[] };
  readonly plot: {
    readonly title: string;
    readonly unit: string;
    readonly value: (sample: Sample) => number;
    /** What becomes of the samples that share one column. */
    readonly merge: 'mean' | 'highest';
  };
}

/** The old generation of V8's heap, in MiB. Node itself takes about 6 of them. */
const HEAP_MIB = 48;

export const acts: readonly Act[] = [
  {
    death: 'native-fault',
    title: 'A segmentation fault in native code',
    setting: 'Right after a sample, the app calls strlen(8) of the C library, as a faulty addon would.',
    nodeOptions: [],
    expected: { kind: 'signal', signals: ['SIGSEGV'] },
    plot: {
      title: 'processor load of the app',
      unit: '%',
      value: ({ cpu }) => cpu.ownPercent,
      merge: 'mean',
    },
  },
  {
    death: 'kill',
    title: 'kill -9, at a random moment',
    setting: 'The tour picks a moment at random and sends SIGKILL. The app has no say in it.',
    nodeOptions: [],
    expected: { kind: 'signal', signals: ['SIGKILL'] },
    plot: {
      title: 'event loop delay',
      unit: 'ms',
      value: ({ loopDelayMs }) => loopDelayMs,
      merge: 'mean',
    },
  },
  {
    death: 'heap-exhaustion',
    title: 'Heap out-of-memory',
    setting: `The app has ${HEAP_MIB} MiB of heap and a leak beside its measurements. V8 ends it.`,
    nodeOptions: [`--max-old-space-size=${HEAP_MIB}`],
    // V8 ends the process by abort(), or by a trap instruction in some builds.
    expected: { kind: 'out-of-memory', signals: ['SIGABRT', 'SIGTRAP', 'SIGILL'] },
    plot: {
      title: 'heap in use',
      unit: 'MiB',
      value: ({ memory }) => memory.heapUsedBytes / 1024 ** 2,
      merge: 'highest',
    },
  },
];
