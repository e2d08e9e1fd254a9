/**
 * A state as the rows of a tree that somebody opens and closes. Lazy: what is closed is not looked at, so a state of any size has
 * its first screen at once. Pure.
 *
 * Invariants:
 * 1. A row that is made again has the id that it had.
 * 2. No more than GROUP_SIZE rows come of one that is opened: the children of a large object stand in groups, and those in groups.
 * 3. An object that holds itself is not opened again below itself, where it stands no more than LEVELS_COMPARED levels up.
 */
import { childrenOf, countChildren, isObject, keysOfArray } from '../../state/children.ts';

export const GROUP_SIZE = 100;
const LEVELS_COMPARED = 1000;

export interface TreeRow {
  readonly id: number;
  readonly level: number;
  readonly parent: TreeRow | undefined;
  /** Which of the children of its object it is; of a group, its first. */
  readonly ordinal: number;
  /** As one writes it behind its parent; of the root its path. Not escaped. Empty of a group. */
  readonly step: string;
  /** Of a group: of the object whose children it has. */
  readonly value: unknown;
  /** Ordinals of the children that stand in it: from the first up to but not including the second. Undefined of a value. */
  readonly group: readonly [from: number, to: number] | undefined;
  readonly canOpen: boolean;
  /** It stands further up on its own way: so many levels. */
  readonly cycleLevels: number | undefined;
}

export class Tree {
  readonly root: TreeRow;
  readonly #counts = new WeakMap<object, number>();
  /** By the id of the parent, and where the row stands in it. */
  readonly #ids = new Map<string, number>();
  #rowsOf: ReadonlySet<number> | undefined;
  #rows: readonly TreeRow[] = [];

  /** `path`: where the value stands. */
  constructor(value: unknown, path: string) {
    this.root = this.#makeRow(undefined, 0, path, value);
  }

  /** All that is not closed, from the top. The same object for the same set. */
  rows(open: ReadonlySet<number>): readonly TreeRow[] {
    if (this.#rowsOf === open) return this.#rows;
    const rows: TreeRow[] = [];
    // Not by recursion: a state may be deeper than the stack.
    const waiting = [this.root];
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      rows.push(row);
      if (row.canOpen && open.has(row.id)) waiting.push(...this.childrenOf(row).toReversed());
    }
    this.#rowsOf = open;
    this.#rows = rows;
    return rows;
  }

  childrenOf(row: TreeRow): TreeRow[] {
    const { value } = row;
    if (!isObject(value)) return [];
    const [from, to] = row.group ?? [0, this.countOf(value)];
    const size = groupSizeFor(to - from);
    if (size > 1) return this.#groupsOf(row, from, to, size);
    const rows: TreeRow[] = [];
    let ordinal = from;
    for (const child of childrenOf(value, from)) {
      if (ordinal === to) break;
      rows.push(this.#makeRow(row, ordinal, child.step, child.value));
      ordinal++;
    }
    return rows;
  }

  /** Rows that lead to a child by its ordinals, the root first: what has to be open, and at last the child itself. */
  wayTo(ordinals: readonly number[]): TreeRow[] {
    const way = [this.root];
    for (const ordinal of ordinals) {
      for (;;) {
        const next = this.childrenOf(way.at(-1) as TreeRow).find((row) => leadsTo(row, ordinal));
        if (next === undefined) return way;
        way.push(next);
        if (next.group === undefined) break;
      }
    }
    return way;
  }

  /** Children that there are: an array may say that it has thousands of millions, and have three. */
  countOf(value: object): number {
    if (!Array.isArray(value)) return countChildren(value);
    let count = this.#counts.get(value);
    if (count === undefined) {
      count = 0;
      for (const _ of keysOfArray(value)) count++;
      this.#counts.set(value, count);
    }
    return count;
  }

  #idOf(place: string): number {
    let id = this.#ids.get(place);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(place, id);
    }
    return id;
  }

  #groupsOf(row: TreeRow, from: number, to: number, size: number): TreeRow[] {
    const rows: TreeRow[] = [];
    for (let first = from; first < to; first += size) {
      rows.push({
        id: this.#idOf(`${row.id}.${first}-${size}`),
        level: row.level + 1,
        parent: row,
        ordinal: first,
        step: '',
        value: row.value,
        group: [first, Math.min(to, first + size)],
        canOpen: true,
        cycleLevels: undefined,
      });
    }
    return rows;
  }

  #makeRow(parent: TreeRow | undefined, ordinal: number, step: string, value: unknown): TreeRow {
    const cycleLevels = isObject(value) ? levelsUpTo(value, parent) : undefined;
    return {
      id: this.#idOf(`${parent?.id ?? ''}.${ordinal}`),
      level: parent === undefined ? 0 : parent.level + 1,
      parent,
      ordinal,
      step,
      value,
      group: undefined,
      canOpen: isObject(value) && cycleLevels === undefined && countChildren(value) > 0,
      cycleLevels,
    };
  }
}

/** The smallest power of GROUP_SIZE that leaves no more groups than that; 1: they need none. */
function groupSizeFor(count: number): number {
  let size = 1;
  while (count > size * GROUP_SIZE) size *= GROUP_SIZE;
  return size;
}

function leadsTo(row: TreeRow, ordinal: number): boolean {
  if (row.group !== undefined) return row.group[0] <= ordinal && ordinal < row.group[1];
  return row.ordinal === ordinal;
}

function levelsUpTo(value: object, parent: TreeRow | undefined): number | undefined {
  let levels = 1;
  for (let row = parent; row !== undefined && levels <= LEVELS_COMPARED; row = row.parent) {
    if (row.group !== undefined) continue;
    if (row.value === value) return levels;
    levels++;
  }
  return undefined;
}

/** As faultguard writes it: `state.users[3]`. Not escaped. */
export function pathOf(row: TreeRow): string {
  const steps: string[] = [];
  for (let at: TreeRow | undefined = row; at !== undefined; at = at.parent) steps.push(at.step);
  return steps.toReversed().join('');
}

/** The ordinals that lead to a row; of a group, those of its first child. */
export function ordinalsOf(row: TreeRow): number[] {
  const ordinals = row.group === undefined ? [] : [row.ordinal];
  for (let at = row; at.parent !== undefined; at = at.parent)
    if (at.group === undefined) ordinals.push(at.ordinal);
  return ordinals.toReversed();
}
