/** What is wanted, in the words of the report. */
import { formatNumber, type Target } from './report.ts';
import { medianRatio, summarize } from './statistics.ts';

/** Of the measurements of each round to those of something else in the same round. */
export function wantRatio(
  what: string,
  values: readonly number[],
  bases: readonly number[],
  highest: number,
  base = '',
): Target {
  const ratio = medianRatio(values, bases);
  return {
    what,
    wanted: `at most × ${highest}${base === '' ? '' : ` of ${base}`}`,
    measured: `× ${formatNumber(ratio)}`,
    met: ratio <= highest,
  };
}

export function wantNs(what: string, values: readonly number[], highest: number): Target {
  const { median } = summarize(values);
  return {
    what,
    wanted: `at most ${highest.toLocaleString('en-US')} ns`,
    measured: `${formatNumber(median)} ns`,
    met: median <= highest,
  };
}

/** Of one figure. `beside`: what it is to be seen with. */
export function wantAtMost(what: string, value: number, highest: number, unit: string, beside = ''): Target {
  return {
    what,
    wanted: `at most ${highest} ${unit}`,
    measured: `${formatNumber(value)} ${unit}${beside === '' ? '' : ` (${beside})`}`,
    met: value <= highest,
  };
}
