/** The reference has what the code has. */
import { readFileSync } from 'node:fs';
import * as exported from '@faultguard/express';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { IDEMPOTENCY_DEFAULTS } from '../../src/idempotency/idempotency-options.ts';
import { addMetrics } from '../../src/status/metrics.ts';

const PACKAGE = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, PACKAGE), 'utf8');

it('the built package tells the compiler of `req.guarded`', () => {
  expect(read('dist/index.d.ts')).toMatch(
    /declare global \{\s+namespace Express \{\s+interface Request \{[^}]*readonly guarded: GuardedRequest;/,
  );
});

describe('the reference', () => {
  const document = read('../../docs/reference/express.md');

  it('has every export that is not a type', () => {
    for (const name of Object.keys(exported))
      expect(document).toMatch(new RegExp(`^\\| \\[\`${name}\``, 'm'));
  });

  /** What the table says of its default. */
  const shown = (name: string): string | undefined =>
    new RegExp(`^\\| \`${name}\` \\| (.*?) \\|`, 'm').exec(document)?.[1];

  it('has every option of idempotency, with its default', () => {
    const names = Object.keys(IDEMPOTENCY_DEFAULTS);
    expect(names.filter((name) => shown(name) === undefined)).toEqual([]);
    const numbers = Object.entries(IDEMPOTENCY_DEFAULTS).filter(([, value]) => typeof value === 'number');
    expect(numbers.map(([name]) => shown(name))).toEqual(
      numbers.map(([, value]) => value?.toLocaleString('en')),
    );
    expect(shown('methods')).toBe(`\`['${IDEMPOTENCY_DEFAULTS.methods.join("', '")}']\``);
  });

  it('has the statuses that are not final', () => {
    const [, list = ''] = /A response is final but for ([\d, ]+) and 500 to 599/.exec(document) ?? [];
    const listed = list.split(', ').map(Number);
    const { isFinal } = IDEMPOTENCY_DEFAULTS;
    const found = Array.from({ length: 300 }, (_, at) => 200 + at).filter((status) => !isFinal(status));
    expect(listed).toEqual(found);
    expect([isFinal(500), isFinal(599)]).toEqual([false, false]);
  });

  it('has every code of an answer', () => {
    const codes = new Set(read('src/idempotency/problem.ts').match(/ERR_FAULTGUARD_\w+/g));
    expect(codes.size).toBe(6);
    for (const code of codes) expect(document).toContain(`\`${code}\``);
  });

  it('has every metric', () => {
    const registry = addMetrics(new Registry(), () => ({}) as never);
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(document).toContain(`\`${name}\``);
  });
});
