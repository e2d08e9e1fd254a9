/** A series as a line over time, as wide as the terminal. */
import { plot, type Settings } from 'simple-ascii-chart';
import type { Act } from './acts.ts';
import type { Sample } from '../instrument.ts';
import { columns, isPlain } from './terminal.ts';

const HEIGHT = 7;
/** Indent, axis labels and the room that the last label needs. */
const MARGIN_COLUMNS = 18;

const LINES: NonNullable<Settings['symbols']> = isPlain
  ? {
      axis: { n: '|', ns: '|', y: '+', x: '+', we: '-', e: '-', nse: '+', intersectionX: '+' },
      chart: { we: '-', wns: '\\', ns: '|', nse: '\\', wsn: '/', sne: '/' },
    }
  : {
      axis: { n: '│', ns: '│', e: '─' },
      chart: { we: '─', wns: '╮', ns: '│', nse: '╰', wsn: '╯', sne: '╭' },
    };

/** The lines of the plot. */
export function plotSamples(samples: readonly Sample[], { value, unit, merge }: Act['plot']): string[] {
  const width = columns - MARGIN_COLUMNS;
  const points = mergeIntoColumns(samples, value, merge, width);
  const highest = roundUp(Math.max(...points.map(([, y]) => y)));
  const lastSecond = points.at(-1)?.[0] ?? 0;
  const text = plot(points, {
    width,
    height: HEIGHT,
    yRange: [0, highest],
    customYAxisTicks: [0, highest / 2, highest],
    customXAxisTicks: ticks(lastSecond),
    formatter: (number, { axis }) => (axis === 'y' ? `${number} ${unit}` : `${number} s`),
    symbols: LINES,
    ...(!isPlain && { color: 'ansiCyan' as const }),
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // The first one is the tip of the axis.
  return lines.slice(1).map((line) => line.trimEnd());
}

/** As many points as there are columns: more would only draw over each other. */
function mergeIntoColumns(
  samples: readonly Sample[],
  value: (sample: Sample) => number,
  merge: Act['plot']['merge'],
  width: number,
): [seconds: number, value: number][] {
  const lastMs = samples.at(-1)?.atMs ?? 0;
  const groups = Map.groupBy(samples, ({ atMs }) => Math.floor((atMs / (lastMs + 1)) * width));
  return [...groups].map(([column, group]) => {
    const values = group.map((sample) => value(sample));
    const sum = values.reduce((total, next) => total + next, 0);
    return [(column * lastMs) / width / 1000, merge === 'mean' ? sum / values.length : Math.max(...values)];
  });
}

/** The next number that makes a good end of an axis, so that its half is one as well. */
function roundUp(highest: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  const step = [1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * magnitude >= highest) ?? 10;
  return step * magnitude;
}

function ticks(lastSecond: number): number[] {
  return Array.from({ length: Math.floor(lastSecond / 0.5) + 1 }, (_, index) => index * 0.5);
}
