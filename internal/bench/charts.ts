/**
 * Plots of what the tables say, as SVG: the same numbers, so that nothing is kept twice. Drawn by ECharts without a browser.
 */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Table } from './report.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

type Scale = 'linear' | 'logarithmic';

/** Bars: one for each row and each of the columns in `values`. */
interface BarPlot {
  readonly kind: 'bars';
  /** Of the file: `bench-<name>.svg`. */
  readonly name: string;
  readonly title: string;
  /** The columns that say what a row is. */
  readonly labels: readonly string[];
  readonly values: readonly string[];
  readonly unit: string;
  readonly scale?: Scale;
  readonly rows?: (row: readonly string[]) => boolean;
}

/** Lines over a logarithmic axis of sizes. */
export interface LinePlot {
  readonly kind: 'lines';
  readonly name: string;
  readonly title: string;
  readonly across: string;
  readonly unit: string;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export type Plot = BarPlot | LinePlot;

const WIDTH = 860;
const BAR_HEIGHT = 22;
const LINES_HEIGHT = 420;
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const INK = '#1f2430';
const FAINT = '#d8dce4';
const OURS = '#d9480f';
/** Told apart without telling red from green, and dark enough on white. */
const OTHERS = ['#4c6ef5', '#868e96', '#0b7285', '#7048e8', '#a37500'];

/** The text of an SVG file. */
export function drawPlot(plot: Plot, table: Table): string {
  const drawn = plot.kind === 'bars' ? drawBars(plot, table) : drawLines(plot);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: drawn.height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: { text: plot.title, left: 12, top: 10, textStyle: { fontFamily: FONT, fontSize: 15, color: INK } },
    ...drawn.option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

interface Drawn {
  readonly height: number;
  readonly option: object;
}

function drawBars(plot: BarPlot, { columns, rows }: Table): Drawn {
  const { labels, values, unit, scale = 'linear' } = plot;
  const shown = plot.rows === undefined ? rows : rows.filter(plot.rows);
  const at = (row: readonly string[], column: string): string => row[columns.indexOf(column)] ?? '';
  const names = shown.map((row) =>
    labels
      .map((label) => plain(at(row, label)))
      .filter(Boolean)
      .join(', '),
  );
  const series = values.map((column, index) => ({
    type: 'bar',
    name: column,
    color: colourOf(index),
    barMaxWidth: 15,
    data: shown.map((row, place) => ({
      value: numberIn(at(row, column)),
      itemStyle: {
        color: values.length > 1 ? colourOf(index) : isOurs(names[place] ?? '') ? OURS : OTHERS[1],
      },
      label: { show: true, position: 'right', formatter: at(row, column), fontSize: 11, color: INK },
    })),
  }));
  return {
    height: 100 + shown.length * BAR_HEIGHT * Math.max(1, values.length * 0.8),
    option: {
      grid: { left: 40, right: 70, top: values.length > 1 ? 66 : 44, bottom: 40, outerBoundsMode: 'same' },
      ...(values.length > 1 && { legend: legend() }),
      xAxis: {
        ...valueAxis(unit, scale),
        nameLocation: 'middle',
        nameGap: 26,
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names,
        axisLabel: { interval: 0, fontFamily: FONT, fontSize: 11, color: INK, width: 300, overflow: 'break' },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: FAINT } },
      },
      series,
    },
  };
}

function drawLines({ across, unit, lines }: LinePlot): Drawn {
  return {
    height: LINES_HEIGHT,
    option: {
      grid: { left: 30, right: 50, top: 90, bottom: 44, outerBoundsMode: 'same' },
      legend: legend(),
      xAxis: { ...valueAxis(across, 'logarithmic'), min: 'dataMin', nameLocation: 'middle', nameGap: 28 },
      yAxis: { ...valueAxis(unit, 'logarithmic'), nameLocation: 'end' },
      series: lines.map(({ label, points }, index) => ({
        type: 'line',
        name: label,
        data: points,
        symbolSize: 7,
        lineStyle: { width: isOurs(label) ? 3 : 2 },
        color: isOurs(label) ? OURS : OTHERS[index % OTHERS.length],
      })),
    },
  };
}

function legend(): object {
  return { top: 36, left: 12, itemHeight: 10, itemGap: 28, textStyle: { fontFamily: FONT, color: INK } };
}

function valueAxis(name: string, scale: Scale): object {
  return {
    type: scale === 'logarithmic' ? 'log' : 'value',
    name,
    nameTextStyle: { fontFamily: FONT, color: INK, align: 'left' },
    axisLabel: { color: INK, formatter: (value: number) => value.toLocaleString('en-US') },
    splitLine: { lineStyle: { color: FAINT } },
  };
}

function colourOf(index: number): string {
  return index === 0 ? OURS : (OTHERS[(index - 1) % OTHERS.length] as string);
}

function isOurs(name: string): boolean {
  return /guard|autosave/i.test(name) && !name.startsWith('plain');
}

/** Tables have Markdown in them. */
function plain(cell: string): string {
  return cell.replaceAll(/[`*]/g, '');
}

/** As `formatNumber` writes it. What is no number has no bar. */
function numberIn(cell: string): number | undefined {
  const number = Number(cell.replaceAll(',', ''));
  return cell === '' || Number.isNaN(number) ? undefined : number;
}
