/** The same change of states of four sizes: what grows with the state, and what does not. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Loop } from './measure.ts';
import type { StateKind } from './state-kinds.ts';
import type { StateLoop } from './state-loops.ts';

/** Three decades. */
export const SIZES = [1000, 10_000, 100_000, 1_000_000] as const;

export interface Growth {
  readonly name: string;
  readonly code: string;
  readonly batches: Readonly<Partial<Record<StateKind, number>>>;
  readonly initial: (size: number) => object;
  readonly open: (state: object, size: number) => Loop;
}

interface Cell {
  value: number;
}

/** Coprime with all sizes: visits each place once before it comes back. */
const STRIDE = 7919;

const BATCHES = { guarded: 10_000, plain: 100_000, mobx: 10_000, valtio: 2000 };

const createCells = (size: number): { rows: Cell[] } => ({
  rows: Array.from({ length: size }, (_, value) => ({ value })),
});

export const growths: readonly Growth[] = [
  {
    name: 'change',
    code: 'state.rows[i].value = x',
    batches: BATCHES,
    initial: createCells,
    open: (state, size) => openCells(state as { rows: Cell[] }, size),
  },
  {
    name: 'push',
    code: 'state.list.push(x)',
    batches: { ...BATCHES, guarded: 1000, mobx: 1000, valtio: 1000 },
    initial: (size) => ({ list: Array.from({ length: size }, (_, index) => index + 0.5) }),
    open: (state) => openList(state as { list: number[] }),
  },
  {
    name: 'Map set',
    code: 'state.map.set(key, x)',
    batches: { guarded: 10_000, plain: 100_000, mobx: 10_000 },
    initial: (size) => ({ map: new Map(createKeys(size).map((key, index) => [key, index])) }),
    open: (state, size) => openMap(state as { map: Map<string, number> }, size),
  },
  {
    name: 'file',
    code: 'row.value = x; writeFileSync(temporary, JSON.stringify(state)); renameSync(temporary, path)',
    batches: { plain: 1 },
    initial: createCells,
    open: (state, size) => openFile(state as { rows: Cell[] }, size),
  },
];

export function nameAt(name: string, size: number): string {
  return `${name} at ${size.toLocaleString('en-US')}`;
}

export const growthLoops: readonly StateLoop[] = growths.flatMap(({ name, code, batches, initial, open }) =>
  SIZES.map((size) => ({
    name: nameAt(name, size),
    code,
    batches,
    initial: () => initial(size),
    open: (state: object) => open(state, size),
  })),
);

function openCells({ rows }: { rows: Cell[] }, size: number): Loop {
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) (rows[(i * STRIDE) % size] as Cell).value = i;
    },
  };
}

function openList(state: { list: number[] }): Loop {
  const { length } = state.list;
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.list.push(i + 0.5);
    },
    rewind() {
      state.list.length = length;
    },
  };
}

function openMap({ map }: { map: Map<string, number> }, size: number): Loop {
  const keys = createKeys(size);
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) map.set(keys[(i * STRIDE) % size] as string, i);
    },
    close() {
      if (map.size !== size) throw new Error('A key has been added.');
    },
  };
}

function openFile(state: { rows: Cell[] }, size: number): Loop {
  const path = join(tmpdir(), `faultguard-bench-growth-${process.pid}.json`);
  const cells = openCells(state, size);
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) {
        void cells.run(i, 1);
        writeFileSync(`${path}.new`, JSON.stringify(state));
        renameSync(`${path}.new`, path);
      }
    },
    close: () => rmSync(path),
  };
}

function createKeys(size: number): string[] {
  return Array.from({ length: size }, (_, index) => `key ${index}`);
}
