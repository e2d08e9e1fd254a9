/**
 * A screen of a terminal as an SVG: text stays text. Takes what `tmux capture-pane -e` gives: lines that are laid out already, with
 * nothing but colours and styles (SGR, ECMA-48 8.3.117) between the characters.
 */

interface Style {
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isInverse: boolean;
  /** 0 to 15; undefined: that of the terminal. */
  readonly color: number | undefined;
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

const PLAIN: Style = { isBold: false, isDim: false, isInverse: false, color: undefined };
const FOREGROUND = '#d8dee9';
const BACKGROUND = '#20242c';
const FRAME = '#2b303b';
/** Of the sixteen colours, those that the views have; the bright ones are the same. */
const COLORS = ['#4c566a', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9'];

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 18;
const FONT_SIZE = 14;
const PADDING = 14;
const BAR_HEIGHT = 26;

export interface SvgOptions {
  /** What the picture is of: for whoever cannot see it. */
  readonly title: string;
  readonly columns: number;
}

export function renderTerminal(screen: string, { title, columns }: SvgOptions): string {
  const lines = screen.trimEnd().split('\n');
  const width = Math.ceil(columns * CELL_WIDTH + 2 * PADDING);
  const height = BAR_HEIGHT + lines.length * LINE_HEIGHT + 2 * PADDING;
  const dots = ['#e06c75', '#e5c07b', '#98c379'].map(
    (color, index) => `<circle cx="${18 + index * 18}" cy="${BAR_HEIGHT / 2}" r="5" fill="${color}"/>`,
  );
  const rows = lines.map((line, index) => renderLine(line, BAR_HEIGHT + PADDING + index * LINE_HEIGHT));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<path d="M0 ${BAR_HEIGHT}V8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v${BAR_HEIGHT - 8}z" fill="${FRAME}"/>
${dots.join('')}
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${FONT_SIZE}" fill="${FOREGROUND}">
${rows.filter((row) => row !== '').join('\n')}
</g>
</svg>
`;
}

function renderLine(line: string, top: number): string {
  return parseRuns(line)
    .map((run) => renderRun(run, top))
    .join('');
}

/** Words with one space between them; more are left out where a text is drawn, so what comes behind is placed anew. */
const WORDS = /\S+(?: \S+)*/g;

function renderRun({ column, text, style }: Run, top: number): string {
  const color = style.color === undefined ? FOREGROUND : (COLORS[style.color % 8] as string);
  const attributes = [
    ...(style.isInverse ? [`fill="${BACKGROUND}"`] : style.color === undefined ? [] : [`fill="${color}"`]),
    ...(style.isBold ? ['font-weight="bold"'] : []),
    ...(style.isDim ? ['opacity="0.6"'] : []),
  ].map((attribute) => ` ${attribute}`);
  const words = [...text.matchAll(WORDS)].map(({ index, 0: part }) => {
    const x = xOf(column + charsOf(text.slice(0, index)));
    const y = round(top + LINE_HEIGHT * 0.74);
    // Whatever font there is, a column is a column.
    const length = `textLength="${round(charsOf(part) * CELL_WIDTH)}" lengthAdjust="spacingAndGlyphs"`;
    return `<text x="${x}" y="${y}" ${length}${attributes.join('')}>${escapeXml(part)}</text>`;
  });
  if (!style.isInverse) return words.join('');
  const box = `x="${xOf(column)}" y="${top}" width="${round(charsOf(text) * CELL_WIDTH)}" height="${LINE_HEIGHT}"`;
  return `<rect ${box} fill="${color}"/>${words.join('')}`;
}

function charsOf(text: string): number {
  return Array.from(text).length;
}

function xOf(column: number): number {
  return round(PADDING + column * CELL_WIDTH);
}

// oxlint-disable-next-line eslint/no-control-regex -- that is how such a sequence begins
const SGR = /\u001b\[([\d;]*)m/g;

function parseRuns(line: string): Run[] {
  const runs: Run[] = [];
  let style = PLAIN;
  let column = 0;
  let at = 0;
  const take = (end: number): void => {
    const text = line.slice(at, end);
    if (text !== '') runs.push({ column, text, style });
    column += charsOf(text);
  };
  for (const match of line.matchAll(SGR)) {
    take(match.index);
    at = match.index + match[0].length;
    style = (match[1] ?? '').split(';').reduce((now, code) => applyCode(now, Number(code)), style);
  }
  take(line.length);
  return runs;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 7) return { ...style, isInverse: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 27) return { ...style, isInverse: false };
  if (code === 39) return { ...style, color: undefined };
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  return code >= 90 && code <= 97 ? { ...style, color: code - 90 } : style;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
