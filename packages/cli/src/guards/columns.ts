/** The columns of `faultguard watch`: what they say, by what they sort, and which of them have room. */
import { basename } from 'node:path';
import { nameOfApp } from './guard-facts.ts';
import { describeCrash } from '../state/describe-crash.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatBytes, formatDuration } from '../terminal/format-amounts.ts';
import type { WatchedGuard } from './sample-guards.ts';

export interface Column {
  readonly name: string;
  readonly width: number;
  readonly isText: boolean;
  text(guard: WatchedGuard): string;
  /** The largest, or the first of the alphabet, stands first. */
  order(guard: WatchedGuard): number | string;
}

/** By the order in which they are left out where there is no room: the last first. */
export const COLUMNS: readonly Column[] = [
  amount('pid', 8, ({ app }) => app?.pid ?? null, String),
  text('app', 22, ({ app, autosave }) =>
    app === null && autosave !== null ? escapeText(basename(autosave)) : nameOfApp(app),
  ),
  amount('appended', 11, ({ appendedBytesPerSecond }) => appendedBytesPerSecond, formatRate),
  amount('unsaved', 9, ({ unsavedBytes }) => unsavedBytes, formatBytes),
  amount('up', 12, ({ app }) => app?.uptimeMs ?? null, formatDuration),
  amount('restarts', 10, ({ restarts }) => restarts, String),
  amount('unmirrored', 12, ({ unmirroredBytes }) => unmirroredBytes, formatBytes),
  amount('guardian', 10, ({ guardian }) => guardian?.memoryBytes ?? null, formatBytes),
  amount('journal', 9, ({ sizeBytes }) => sizeBytes, formatBytes),
  amount('mirrored', 11, ({ mirroredBytesPerSecond }) => mirroredBytesPerSecond, formatRate),
  amount('saved', 10, ({ savedBytesPerSecond }) => savedBytesPerSecond, formatRate),
  amount('waiting', 9, ({ unsavedForMs }) => unsavedForMs, formatDuration),
  amount('autosave', 10, ({ autosaveBytes }) => autosaveBytes, formatBytes),
  text('last crash', 26, ({ lastCrash }) => (lastCrash === null ? '-' : describeCrash(lastCrash))),
];

export const SORT_NAMES: readonly string[] = COLUMNS.map(({ name }) => name.replace(' ', '-'));

/** Those of `COLUMNS` that fit, the first first; at least one. The room that is left is for the name of the app. */
export function columnsFor(width: number): readonly Column[] {
  let taken = 0;
  const shown = COLUMNS.filter((column) => {
    taken += column.width;
    return taken <= width;
  });
  const room = width - shown.reduce((sum, column) => sum + column.width, 0);
  return shown.length === 0
    ? COLUMNS.slice(0, 1)
    : shown.map((column) => (column.name === 'app' ? withWidth(column, column.width + room) : column));
}

function withWidth(column: Column, width: number): Column {
  return { ...column, width };
}

/** `isReversed`: the least, or the last, first. The order is the same from one look to the next where nothing has changed. */
export function sortGuards(
  guards: readonly WatchedGuard[],
  sort: string,
  isReversed: boolean,
): readonly WatchedGuard[] {
  const column = COLUMNS[SORT_NAMES.indexOf(sort)] as Column;
  const sign = isReversed ? -1 : 1;
  return guards.toSorted((one, other) => {
    const [first, second] = [column.order(one), column.order(other)];
    const order =
      typeof first === 'string' || typeof second === 'string'
        ? String(first).localeCompare(String(second))
        : second - first;
    return sign * order || one.directory.localeCompare(other.directory);
  });
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

function amount(
  name: string,
  width: number,
  read: (guard: WatchedGuard) => number | null,
  format: (value: number) => string,
): Column {
  return {
    name,
    width,
    isText: false,
    text: (guard) => {
      const value = read(guard);
      return value === null ? '-' : format(value);
    },
    order: (guard) => read(guard) ?? -1,
  };
}

function text(name: string, width: number, read: (guard: WatchedGuard) => string): Column {
  return { name, width, isText: true, text: read, order: read };
}
