/** `faultguard inspect` on a terminal: the state as a tree that one opens, closes and searches. */
import { createGuardHooks } from '@faultguard/react-hooks';
import { Box, Text, useApp, useWindowSize } from 'ink';
import { type ReactNode, useEffect, useMemo } from 'react';
import type { ClassNameOf } from '../../state/describe-value.ts';
import { describeSeries, plotSeries } from '../../state/series.ts';
import { cutText } from '../../terminal/escape-text.ts';
import { openView } from '../open-view.tsx';
import { HelpLine, type KeyHelp, KeysScreen, Line } from '../parts.tsx';
import { useKeys } from '../use-keys.ts';
import { RowDescriber, showPath } from './describe-row.ts';
import { Tree, type TreeRow } from './tree-rows.ts';
import { useSearch } from './use-search.ts';
import { firstViewState, type Mode, reduceView, type ViewAction, type ViewState } from './view-state.ts';

export interface ShownTree {
  readonly value: unknown;
  /** Where the value stands in the state. */
  readonly path: string;
  readonly classNameOf: ClassNameOf;
  /** What stands above the tree. */
  readonly title: string;
  /** What there is to know besides: files, processes, how it ended. Lines. */
  readonly facts: readonly string[];
}

/** Resolves when the user has left it. */
export async function showTree(shown: ShownTree): Promise<void> {
  await openView(<TreeView {...shown} />);
}

const { useGuardedReducer } = createGuardHooks<{ readonly view: ViewState }>();

const TREE_HELP: KeyHelp = [
  ['↑↓', 'move'],
  ['→←', 'open'],
  ['q', 'quit'],
  ['?', 'keys'],
  ['/', 'search'],
  ['i', 'files'],
  ['n', 'next'],
  ['*', 'open all below'],
  ['-', 'close all'],
  ['g G', 'first, last'],
];
/** What `?` shows. */
const ALL_KEYS: KeyHelp = [
  ['↑ ↓, k j', 'move by one'],
  ['page up, page down', 'move by a screen'],
  ['g G, home, end', 'move to the first, to the last'],
  ['→, l', 'open; what is open, to the first child'],
  ['←, h', 'close; what is closed, to the parent'],
  ['enter, space', 'open or close'],
  ['*', 'open all below'],
  ['-', 'close all'],
  ['/', 'search for a text in names and strings, or for a number; escape stops it'],
  ['n', 'search once more, from there on'],
  ['i', 'files, processes, what could not be used; and back'],
  ['q, Ctrl-C', 'quit'],
];
const FACTS_HELP: KeyHelp = [
  ['↑↓', 'move'],
  ['i', 'back'],
  ['q', 'quit'],
  ['?', 'keys'],
];
const TYPING_HELP: KeyHelp = [
  ['enter', 'find'],
  ['esc', 'back'],
];
const SEARCHING_HELP: KeyHelp = [['esc', 'stop']];

/** Title, path, help, and a last line that stays empty: a terminal scrolls when something stands in all of its lines. */
const FRAME_ROWS = 4;
/** A plot and a line of numbers; only where there is still room for a tree. */
const PLOT_ROWS = 11;
const PLOT_ROWS_MIN = 22;

function TreeView({ value, path, classNameOf, title, facts }: ShownTree): ReactNode {
  const { exit } = useApp();
  const { columns, rows: screenRows } = useWindowSize();
  const tree = useMemo(() => new Tree(value, path), [value, path]);
  const describer = useMemo(() => new RowDescriber(classNameOf), [classNameOf]);
  const factLines = useMemo(() => facts.flatMap((fact) => wrapLine(fact, columns)), [facts, columns]);
  const reduce = useMemo(
    () => (state: ViewState, action: ViewAction) => reduceView(tree, state, action),
    [tree],
  );
  const [{ tree: shown, mode }, act] = useGuardedReducer('view', reduce, () => firstViewState(tree));

  const rows = tree.rows(shown.open);
  const selected = rows[shown.cursor] as TreeRow;
  const plot = screenRows >= PLOT_ROWS_MIN ? plotOf(describer, selected, columns) : [];
  const height = Math.max(1, screenRows - FRAME_ROWS - (plot.length > 0 ? PLOT_ROWS : 0));
  const room = useMemo(() => ({ height, factLines: factLines.length }), [height, factLines.length]);
  const isLeft = mode.is === 'left';

  useEffect(() => act({ do: 'resize', room }), [act, room]);
  useEffect(() => {
    if (isLeft) exit();
  }, [isLeft, exit]);
  useSearch(value, mode.is === 'searching' ? mode.search : undefined, (found) =>
    act({ do: 'found', found, room }),
  );
  useKeys((pressed) => act({ do: 'key', pressed, room }));

  if (mode.is === 'keys')
    return <KeysScreen keys={ALL_KEYS} columns={columns} height={Math.max(1, screenRows - FRAME_ROWS + 1)} />;
  if (mode.is === 'facts') {
    return (
      <Box flexDirection="column">
        <Line bold>{title}</Line>
        <Box flexDirection="column" height={height + 1}>
          {factLines.slice(mode.top, mode.top + height + 1).map((fact, index) => (
            <Line key={mode.top + index}>{fact}</Line>
          ))}
        </Box>
        <HelpLine keys={FACTS_HELP} columns={columns} />
      </Box>
    );
  }
  return (
    <Box flexDirection="column">
      <Line bold>{title}</Line>
      <Box flexDirection="column" height={height}>
        {rows.slice(shown.top, shown.top + height).map((row, index) => (
          <RowLine
            key={row.id}
            row={row}
            describer={describer}
            isOpen={shown.open.has(row.id)}
            isSelected={shown.top + index === shown.cursor}
            columns={columns}
          />
        ))}
      </Box>
      {plot.length > 0 && (
        <Box flexDirection="column" height={PLOT_ROWS}>
          {plot.map((line, index) => (
            <Line key={index} color="cyan">
              {line}
            </Line>
          ))}
        </Box>
      )}
      <StatusLine mode={mode} selected={selected} position={`${shown.cursor + 1}/${rows.length}`} />
      <HelpLine keys={helpFor(mode)} columns={columns} />
    </Box>
  );
}

function helpFor({ is }: Mode): KeyHelp {
  if (is === 'typing') return TYPING_HELP;
  return is === 'searching' ? SEARCHING_HELP : TREE_HELP;
}

function StatusLine({
  mode,
  selected,
  position,
}: {
  readonly mode: Mode;
  readonly selected: TreeRow;
  readonly position: string;
}): ReactNode {
  if (mode.is === 'typing') return <Line color="yellow">/{cutText(mode.text, 200)}▏</Line>;
  if (mode.is === 'searching')
    return <Line color="yellow">searching for {cutText(mode.search.text, 200)} …</Line>;
  const note = mode.is === 'tree' ? mode.note : '';
  if (note !== '') return <Line color="yellow">{note}</Line>;
  return (
    <Line dim>
      {position} {showPath(selected)}
    </Line>
  );
}

/** Levels are indented up to half of the screen. */
const INDENT = 2;

function RowLine({
  row,
  describer,
  isOpen,
  isSelected,
  columns,
}: {
  readonly row: TreeRow;
  readonly describer: RowDescriber;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly columns: number;
}): ReactNode {
  const { name, text, spark, sameAs } = describer.describe(row);
  const indent = ' '.repeat(Math.min(row.level * INDENT, columns >> 1));
  const mark = row.canOpen ? (isOpen ? '▾' : '▸') : ' ';
  return (
    <Line inverse={isSelected}>
      {isSelected ? '›' : ' '}
      {indent}
      {mark} <Text color="cyan">{name}</Text>
      {text === '' ? '' : `: ${text}`}
      {spark === '' ? '' : ` ${spark}`}
      {sameAs === undefined ? '' : ` → ${sameAs}`}
    </Line>
  );
}

function plotOf(describer: RowDescriber, row: TreeRow, columns: number): readonly string[] {
  const series = describer.seriesOf(row);
  if (series === undefined) return [];
  const lines = plotSeries(row.value, Math.min(columns, 100)).slice(0, PLOT_ROWS - 1);
  return [...lines, describeSeries(series)];
}

/** Further lines are indented as the first is, and a little more. */
function wrapLine(line: string, columns: number): string[] {
  const indent = ' '.repeat(Math.min((/^ */.exec(line)?.[0].length ?? 0) + INDENT, columns >> 1));
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(' ', columns);
    const end = space > indent.length ? space : columns;
    lines.push(rest.slice(0, end));
    rest = indent + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
