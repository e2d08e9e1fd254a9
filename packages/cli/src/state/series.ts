/** Lists of numbers, as a line of blocks and as a plot. */
import { types } from 'node:util';
import { plot } from 'simple-ascii-chart';
import { formatCount } from '../terminal/format-amounts.ts';
import { ownValue } from './children.ts';

export interface Series {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly last: number;
  /** Means of as many equal parts as there is room for. */
  readonly columns: readonly number[];
}

/** Fewer are read at a glance. */
const COUNT_MIN = 8;
const SPARK_COLUMNS = 24;
const PLOT_HEIGHT = 8;
/** Beside the plot itself: labels and the axis. */
const PLOT_MARGIN_COLUMNS = 16;

/** Undefined of what is no list of finite numbers. */
export function seriesOf(value: unknown, columnsMax: number = SPARK_COLUMNS): Series | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const isTyped = types.isTypedArray(value) && !Buffer.isBuffer(value);
  if (!isTyped && !Array.isArray(value)) return undefined;
  const { length } = value as ArrayLike<unknown>;
  if (length < COUNT_MIN) return undefined;
  const columnCount = Math.min(columnsMax, length);
  const sums = new Float64Array(columnCount);
  const counts = new Float64Array(columnCount);
  let [min, max, sum, last] = [Infinity, -Infinity, 0, 0];
  for (let index = 0; index < length; index++) {
    const element: unknown = isTyped ? (value as ArrayLike<unknown>)[index] : ownValue(value, index);
    if (typeof element !== 'number' || !Number.isFinite(element)) return undefined;
    const column = Math.floor((index * columnCount) / length);
    sums[column] = (sums[column] as number) + element;
    counts[column] = (counts[column] as number) + 1;
    min = Math.min(min, element);
    max = Math.max(max, element);
    sum += element;
    last = element;
  }
  const columns = Array.from(sums, (total, column) => total / (counts[column] as number));
  return { count: length, min, max, mean: sum / length, last, columns };
}

const BLOCKS = '▁▂▃▄▅▆▇█';

/** Amounts from 0 on, a block each: the last so many. */
export function sparkOf(amounts: readonly number[], columnsMax: number): string {
  const columns = amounts.slice(-columnsMax);
  return sparkline({ columns, min: 0, max: Math.max(0, ...columns) });
}

export function sparkline({ columns, min, max }: Pick<Series, 'columns' | 'min' | 'max'>): string {
  const range = max - min;
  return columns
    .map(
      (value) =>
        BLOCKS[
          range === 0 ? 0 : Math.min(BLOCKS.length - 1, Math.floor(((value - min) / range) * BLOCKS.length))
        ],
    )
    .join('');
}

/** Lines, of so many characters at most. */
export function plotSeries(value: unknown, width: number): readonly string[] {
  const plotWidth = Math.max(10, width - PLOT_MARGIN_COLUMNS);
  const series = seriesOf(value, plotWidth);
  if (series === undefined) return [];
  const points = series.columns.map((mean, column): [number, number] => [
    Math.round((column * (series.count - 1)) / Math.max(1, series.columns.length - 1)),
    mean,
  ]);
  const text = plot(points, {
    width: plotWidth,
    height: PLOT_HEIGHT,
    yRange: range(series.columns),
    customYAxisTicks: ticksOf(range(series.columns)),
    customXAxisTicks: [0, Math.round((series.count - 1) / 2), series.count - 1],
    formatter: (number) => formatNumber(number),
  });
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** Of a line that is level, some room on both sides. */
function range(columns: readonly number[]): [low: number, high: number] {
  const low = Math.min(...columns);
  const high = Math.max(...columns);
  return low === high ? [low - 1, high + 1] : [low, high];
}

function ticksOf([low, high]: [low: number, high: number]): number[] {
  return [low, (low + high) / 2, high];
}

/** `100 numbers: -1 to 1, mean 0.17, last -0.46`. */
export function describeSeries({ count, min, max, mean, last }: Omit<Series, 'columns'>): string {
  const [least, most, middle, end] = [min, max, mean, last].map((number) => formatNumber(number));
  return `${formatCount(count, 'number')}: ${least} to ${most}, mean ${middle}, last ${end}`;
}

function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
