/** `faultguard watch` on a terminal: a table of guards, or all there is to see of one. */
import { createGuardHooks } from '@faultguard/react-hooks';
import { Box, useApp, useWindowSize } from 'ink';
import { type ReactNode, useEffect } from 'react';
import { type Column, columnsFor, COLUMNS, SORT_NAMES } from '../../guards/columns.ts';
import type { Look, WatchedGuard } from '../../guards/sample-guards.ts';
import { sparkOf } from '../../state/series.ts';
import { formatCount, formatTime } from '../../terminal/format-amounts.ts';
import { openView } from '../open-view.tsx';
import { HelpLine, type KeyHelp, KeysScreen, Line } from '../parts.tsx';
import { useKeys } from '../use-keys.ts';
import { describeOne } from './describe-one.ts';
import { useLooks } from './use-looks.ts';
import { cursorOf, reduceView, sortedGuards, type ViewState } from './view-state.ts';

export interface ShownGuards {
  readonly first: Look;
  readonly lookNow: () => Look;
  readonly intervalMs: number;
  /** A column by its name in `SORT_NAMES`. */
  readonly sort: string;
  readonly isReversed: boolean;
  /** One guard alone has been asked for. */
  readonly isOne: boolean;
}

/** Resolves when the user has left it. */
export async function showGuards(shown: ShownGuards): Promise<void> {
  await openView(<WatchView {...shown} />);
}

const { useGuardedReducer } = createGuardHooks<{ readonly view: ViewState }>();

const TABLE_HELP: KeyHelp = [
  ['↑↓', 'move'],
  ['enter', 'one'],
  ['q', 'quit'],
  ['?', 'keys'],
  ['s', 'sort by the next column'],
  ['S', 'by the one before'],
  ['r', 'reverse'],
];
const ONE_HELP: KeyHelp = [
  ['esc', 'all'],
  ['q', 'quit'],
  ['?', 'keys'],
];
const ALONE_HELP: KeyHelp = [
  ['q', 'quit'],
  ['?', 'keys'],
];
/** What `?` shows; of one guard alone the last of them. */
const ALL_KEYS: KeyHelp = [
  ['↑ ↓, k j', 'select the one above, the one below'],
  ['g G, home, end', 'select the first, the last'],
  ['enter, →', 'the selected guard in full'],
  ['escape, enter, ←', 'back to all of them'],
  ['s S', 'sort by the next column, by the one before'],
  ['r', 'reverse the order'],
  ['q, Ctrl-C', 'quit'],
];

/** Title, heads, help, and a last line that stays empty: a terminal scrolls when something stands in all of its lines. */
const FRAME_ROWS = 4;

function WatchView({ first, lookNow, intervalMs, sort, isReversed, isOne }: ShownGuards): ReactNode {
  const { exit } = useApp();
  const { columns, rows } = useWindowSize();
  const look = useLooks(first, lookNow, intervalMs);
  const [view, act] = useGuardedReducer('view', reduceView, {
    sort,
    isReversed,
    selected: undefined,
    isInFull: isOne,
    isHelping: false,
    isLeft: false,
  });
  useKeys((pressed) => act({ pressed, look, isOne }));
  useEffect(() => {
    if (view.isLeft) exit();
  }, [view.isLeft, exit]);
  const height = Math.max(1, rows - FRAME_ROWS);
  if (view.isHelping) {
    const keys = isOne ? ALL_KEYS.slice(-1) : ALL_KEYS;
    return <KeysScreen keys={keys} columns={columns} height={height + 1} />;
  }
  if (!view.isInFull) return <Table look={look} view={view} columns={columns} height={height} />;
  // One that has been asked for is another session after a restart.
  const shown = isOne ? look.guards[0] : look.guards.find(({ directory }) => directory === view.selected);
  const lines = describeOne(shown, look.appendedRates.get(shown?.directory ?? '') ?? [], columns);
  return (
    <Box flexDirection="column">
      <Line bold>{formatTime(new Date(look.atMs))}</Line>
      <Box flexDirection="column" height={height + 1}>
        {lines.slice(0, height + 1).map((line, index) => (
          <Line key={index}>{line}</Line>
        ))}
      </Box>
      <HelpLine keys={isOne ? ALONE_HELP : ONE_HELP} columns={columns} />
    </Box>
  );
}

const MARK_COLUMNS = 1;
const SPARK_COLUMNS = 12;
/** From there on there is room for a line of blocks. */
const SPARK_FROM_COLUMNS = 76;

interface TableProps {
  readonly look: Look;
  readonly view: ViewState;
  readonly columns: number;
  readonly height: number;
}

function Table({ look, view, columns, height }: TableProps): ReactNode {
  const guards = sortedGuards(look, view);
  const cursor = cursorOf(guards, view);
  const hasSpark = columns >= SPARK_FROM_COLUMNS;
  const shown = columnsFor(columns - MARK_COLUMNS - (hasSpark ? SPARK_COLUMNS + 1 : 0));
  const top = Math.max(0, Math.min(cursor - (height >> 1), guards.length - height));
  const time = formatTime(new Date(look.atMs));
  return (
    <Box flexDirection="column">
      <Line bold>
        {formatCount(guards.length, 'guard')}, {time}, by {view.sort}
        {view.isReversed ? ', reversed' : ''}
      </Line>
      <Line dim> {shown.map((column) => headOf(column, view)).join('')}</Line>
      <Box flexDirection="column" height={height}>
        {guards.length === 0 && <Line> Nobody is guarded here.</Line>}
        {guards.slice(top, top + height).map((guard, index) => (
          <Line
            key={guard.directory}
            inverse={top + index === cursor}
            {...(hasTrouble(guard) && { color: 'red' })}
          >
            {top + index === cursor ? '›' : ' '}
            {shown.map((column) => fit(column, column.text(guard))).join('')}
            {hasSpark && ` ${sparkOf(look.appendedRates.get(guard.directory) ?? [], SPARK_COLUMNS)}`}
          </Line>
        ))}
      </Box>
      <HelpLine keys={TABLE_HELP} columns={columns} />
    </Box>
  );
}

function hasTrouble({ guardian, isDegraded, isAutosaveDegraded }: WatchedGuard): boolean {
  return guardian === null || isDegraded || isAutosaveDegraded;
}

function headOf(column: Column, { sort, isReversed }: ViewState): string {
  const isSorted = COLUMNS[SORT_NAMES.indexOf(sort)]?.name === column.name;
  return fit(column, `${column.name}${isSorted ? (isReversed ? '↑' : '↓') : ''}`);
}

/** The space between columns is part of them. */
function fit({ width, isText }: Column, text: string): string {
  const room = width - 1;
  const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  return isText ? ` ${cut.padEnd(room)}` : ` ${cut.padStart(room)}`;
}
