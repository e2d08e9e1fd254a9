import { describe, expect, test } from 'vitest';
import { findMoment, parseMoment } from '../../src/history/moment.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const TIMES = [
  { position: { segment: 0, offsetBytes: 100 }, time: at(10) },
  { position: { segment: 0, offsetBytes: 200 }, time: at(20) },
  { position: { segment: 1, offsetBytes: 100 }, time: at(30) },
];
const END_RECORD = 1_048_676 + 50;
const find = (text: string): unknown => findMoment(parseMoment(text), TIMES, END_RECORD, at(40));

describe('moments', () => {
  test.each([
    ['2026-01-01T00:00:25Z', { record: 200, time: at(20) }],
    ['2026-01-01T00:00:30.000Z', { record: 1_048_676, time: at(30) }],
    ['2026-01-01T00:00:09Z', undefined],
    ['2027-01-01', { record: END_RECORD, time: at(40) }],
    ['-15s', { record: 200, time: at(20) }],
    ['-0.5m', { record: 100, time: at(10) }],
    ['-1h', undefined],
    ['-20000', { record: 200, time: at(20) }],
    ['-1min', undefined],
    ['-0ms', { record: END_RECORD, time: at(40) }],
    ['150', { record: 150, time: at(20) }],
    ['#100', { record: 100, time: at(10) }],
    ['999999999', { record: END_RECORD, time: undefined }],
  ])('%s', (text, found) => {
    expect(find(text)).toEqual(found);
  });
});
