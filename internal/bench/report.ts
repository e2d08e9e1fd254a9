/** The answers as one text in Markdown, for the terminal and for docs/benchmarks.md alike. */
import type { Plot } from './charts.ts';
import type { Machine } from './machine.ts';

export interface Target {
  readonly what: string;
  /** What was wanted, and what came out, in words and numbers. */
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Answer {
  readonly question: string;
  /** How it was measured and what the columns mean: one paragraph each. */
  readonly method: readonly string[];
  readonly table: Table;
  /** Drawn for docs/benchmarks.md. */
  readonly plots?: readonly Plot[];
  readonly targets: readonly Target[];
  /** Where others are quicker, or a target is missed, and why: one sentence or two each, without figures. */
  readonly slower?: readonly string[];
  /** The numbers behind the table, for `--json`. */
  readonly figures: unknown;
}

/** Where docs/benchmarks.md finds a plot. */
export function plotPath({ name }: Plot): string {
  return `images/bench-${name}.svg`;
}

/** @param hasPlots - the text stands where the plots can be seen. */
export function renderReport(machine: Machine, answers: readonly Answer[], hasPlots = false): string {
  return [
    '# Benchmarks',
    'Written by `npm run bench`. What counts are the ratios within one run; figures of two machines, or of ' +
      'two runs, do not compare.',
    renderTable({ columns: ['', ''], rows: Object.entries(machine) }),
    '## Targets',
    renderTargets(answers.flatMap(({ targets }) => targets)),
    '## Where it is slower, and why',
    answers
      .flatMap(({ question, slower = [] }) => slower.map((why) => `- *${question}* ${why}`))
      .join('\n') || 'Of the questions asked, nowhere.',
    ...answers.flatMap(({ question, method, table, plots = [] }) => [
      `## ${question}`,
      ...method,
      ...(hasPlots ? plots.map((plot) => `![${plot.title}](${plotPath(plot)})`) : []),
      renderTable(table),
    ]),
  ].join('\n\n');
}

function renderTargets(targets: readonly Target[]): string {
  if (targets.length === 0) return 'None of the questions asked has one.';
  return renderTable({
    columns: ['what', 'wanted', 'measured', ''],
    rows: targets.map(({ what, wanted, measured, met }) => [
      what,
      wanted,
      measured,
      met ? 'met' : '**missed**',
    ]),
  });
}

/** Padded, so that it can be read in a terminal as well. */
function renderTable({ columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(3, column.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, index) => (cells[index] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Three digits, or all of a larger number. */
export function formatNumber(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function formatRange(lowest: number, highest: number): string {
  return `${formatNumber(lowest)} – ${formatNumber(highest)}`;
}

export function formatMegabytes(bytes: number): string {
  return formatNumber(bytes / 1e6);
}
