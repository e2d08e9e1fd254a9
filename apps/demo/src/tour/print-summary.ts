/** The end of the tour: one line for each death, and where to go from here. */
import type { Act } from './acts.ts';
import { formatMs } from './format-ms.ts';
import { printHeading, printLine, printText, style } from './terminal.ts';
import type { Verdict } from './verdict.ts';

export interface Result {
  readonly act: Act;
  readonly verdict: Verdict;
  readonly rescueMs: number | undefined;
}

const HEADER = ['death', 'reported', 'rescued', 'after', 'lost'];
const WIDTHS = [35, 8, 7, 6, 4];

export function printSummary(results: readonly Result[]): void {
  printHeading('result', `${results.length} deaths`);
  printLine(style('dim', formatRow(HEADER)));
  for (const { act, verdict, rescueMs } of results) {
    const { reported, rescued, lost, flaws } = verdict;
    const row = formatRow([act.title, `${reported}`, `${rescued}`, formatMs(rescueMs), `${lost}`]);
    printLine(flaws.length === 0 ? row : style('red', row));
  }
  printLine();
  printVerdict(results);
}

function printVerdict(results: readonly Result[]): void {
  const isKept = results.every(({ verdict }) => verdict.flaws.length === 0);
  if (!isKept) {
    printText('The promise was not kept on this machine: see the lines "Not as promised" above.', [
      'red',
      'bold',
    ]);
    return;
  }
  const total = results.reduce((sum, { verdict }) => sum + verdict.rescued, 0);
  printText(`Every sample survived: ${total} rescued, each compared with what was measured.`, [
    'green',
    'bold',
  ]);
  printText('Next: README.md shows how to put your own app under guard, in a few lines.');
  printLine();
}

/** The first column to the left, the figures to the right. */
function formatRow(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = WIDTHS[index] ?? 0;
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join(' ');
}
