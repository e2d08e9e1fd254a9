/** Durations as they are shown, and as a person writes them. */
import { describe, expect, test } from 'vitest';
import { formatDuration } from '../../src/terminal/format-amounts.ts';
import { parseDuration } from '../../src/terminal/parse-duration.ts';

describe('durations', () => {
  test.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [3_600_000, '1 h'],
    [3_725_000, '1 h 2 min'],
    [90_061_000, '1 d 1 h'],
  ])('%i ms are shown as %s.', (durationMs, shown) => {
    expect(formatDuration(durationMs)).toBe(shown);
  });

  test.each([
    ['250', 250],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['5min', 300_000],
    ['1h', 3_600_000],
  ])('%s is a duration.', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each(['', 's', '-1s', '1 s', '1d', '1e3', '0x10', '١s', 'none'])('%j is none.', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
