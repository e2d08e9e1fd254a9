/** How the tour prints: decorated on a terminal, as plain text everywhere else. */
import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

const { NO_COLOR, TERM } = process.env;

/** No escape codes and no box-drawing characters: a file, a pipe, `NO_COLOR`, or a terminal that can do neither. */
export const isPlain: boolean = !process.stdout.isTTY || Boolean(NO_COLOR) || TERM === 'dumb';

const COLUMNS_DEFAULT = 80;
/** Longer lines are hard to read. */
const COLUMNS_MAX = 96;
/** The table needs it: in a narrower terminal lines wrap. */
const COLUMNS_MIN = 68;

export const columns: number = Math.max(
  COLUMNS_MIN,
  Math.min(process.stdout.columns || COLUMNS_DEFAULT, COLUMNS_MAX),
);

const INDENT = '  ';

export function style(format: Format, text: string): string {
  return isPlain ? text : styleText(format, text, { validateStream: false });
}

export function printLine(text = ''): void {
  process.stdout.write(text === '' ? '\n' : `${INDENT}${text}\n`);
}

/** Plain words, broken at spaces where the terminal ends. */
export function printText(text: string, format?: Format): void {
  for (const line of wrapText(text, columns - 2 * INDENT.length)) {
    printLine(format === undefined ? line : style(format, line));
  }
}

/** A line that goes over the whole width. */
export function printHeading(label: string, title: string): void {
  const ruleWidth = Math.max(0, columns - 2 * INDENT.length - label.length - title.length - 4);
  printLine();
  const rule = (isPlain ? '-' : '─').repeat(ruleWidth);
  printLine(`${style('dim', label)}  ${style('bold', title)}  ${style('dim', rule)}`);
  printLine();
}

const LABEL_WIDTH = 15;

/** A label and what there is to say about it, in two columns. */
export function printFact(label: string, text: string, format?: Format): void {
  for (const [index, line] of wrapText(text, columns - LABEL_WIDTH - 2 * INDENT.length).entries()) {
    const left = style('dim', (index === 0 ? label : '').padEnd(LABEL_WIDTH));
    printLine(`${left}${format === undefined ? line : style(format, line)}`);
  }
}

/** Takes the place of the line that it printed before, until it is cleared. */
export class StatusLine {
  show(text: string): void {
    if (!isPlain) process.stdout.write(`\r\u001B[K${INDENT}${text}`);
  }

  clear(): void {
    if (!isPlain) process.stdout.write('\r\u001B[K');
  }
}

function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
