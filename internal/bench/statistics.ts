/** What is said of a handful of measurements: never the mean alone, because another process may have run meanwhile. */

export interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly p95: number;
  readonly count: number;
}

/** Throws RangeError for an empty list: a question that measured nothing has no answer. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('There is nothing to summarize.');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowest: sorted[0] as number,
    highest: sorted.at(-1) as number,
    p95: quantile(sorted, 0.95),
    count: sorted.length,
  };
}

export function median(values: readonly number[]): number {
  return summarize(values).median;
}

/** The median of the ratios of one round or turn each: what slows the machine down slows both down. */
export function medianRatio(values: readonly number[], bases: readonly number[]): number {
  return median(values.map((value, round) => value / (bases[round] as number)));
}

/** Linear between the two neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}
