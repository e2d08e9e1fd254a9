import { expect, test } from 'vitest';
import { nearestName } from '../src/nearest-name.ts';

const NAMES = ['autosave', 'restart', 'hangTimeoutMs', 'path', 'max'];

test.each([
  ['autosav', 'autosave'],
  ['AutoSave', 'autosave'],
  ['resart', 'restart'],
  ['hangTimeout', 'hangTimeoutMs'],
  ['paht', undefined],
  ['pat', 'path'],
  ['maxx', 'max'],
  ['zebra', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('%s: %s is meant', (written, meant) => {
  expect(nearestName(written, NAMES)).toBe(meant);
});
