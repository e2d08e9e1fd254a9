/** Durations as a person writes them: the one way for options, variables and moments. */

const UNITS_MS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** For whoever has written something else. */
export const DURATION_FORMS = '500ms, 10s, 5m, 1h; without a unit, milliseconds';

/** Milliseconds; undefined of what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS_MS[unit ?? ''] as number);
}
