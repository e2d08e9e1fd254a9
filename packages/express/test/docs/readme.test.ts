/** The first example of the README does what stands below it, and the reference has what the code has. */
import { readFileSync } from 'node:fs';
import * as exported from '@faultguard/express';
import { Registry } from 'prom-client';
import { findFreePort, startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, it } from 'vitest';
import { IDEMPOTENCY_DEFAULTS } from '../../src/idempotency/idempotency-options.ts';
import { addMetrics } from '../../src/status/metrics.ts';
import { ask } from '../fixtures/http.ts';

const PACKAGE = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, PACKAGE), 'utf8');

it('the first example of the README keeps its session over a crash', async () => {
  const [, source = ''] = /^```js\n(.*?)^```/ms.exec(read('README.md')) ?? [];
  const port = await findFreePort();
  const script = startScript('--', {
    execArgv: ['--input-type=module', '--eval', source.replace('3000', `${port}, '127.0.0.1'`)],
    cwd: PACKAGE.pathname,
  });
  const url = `http://127.0.0.1:${port}`;
  const visit = (cookie?: string): ReturnType<typeof ask> =>
    waitFor('a visit', () =>
      ask(url, { headers: cookie === undefined ? {} : { Cookie: cookie } }).catch(() => undefined),
    );
  const first = await visit();
  const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] as string;
  expect([first.text, (await visit(cookie)).text]).toEqual(['visit 1', 'visit 2']);
  await expect(ask(url, { path: '/crash' })).rejects.toThrow(/hang up|ECONNRESET/);
  expect((await visit(cookie)).text).toBe('visit 3');
  expect(script.output.stdout).toBe("SIGKILL at [ '/crash' ]\n");
  script.process.kill('SIGTERM');
  await script.ended;
});

it('the second example of the README does each step once', async () => {
  const [, second = ''] = Array.from(
    read('README.md').matchAll(/^```js\n(.*?)^```/gms),
    ([, code]) => code as string,
  );
  const port = await findFreePort();
  const script = startScript('--', {
    execArgv: [
      '--input-type=module',
      '--eval',
      `import { start, transaction } from '@faultguard/core';
import { guardRequests } from '@faultguard/express';
import express from 'express';
const charge = async (order) => console.log('charged ' + order);
await start({
  initial: () => ({ ledger: [] }),
  launch: (state) => {
    const app = express();
    ${second}
    app.get('/', (_request, response) => response.json(state.ledger));
    app.listen(${port}, '127.0.0.1');
  },
});`,
    ],
    cwd: PACKAGE.pathname,
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor('the server', () => ask(url).catch(() => undefined));
  const order = {
    method: 'POST',
    path: '/checkout',
    headers: { 'Idempotency-Key': '"1"' },
    body: { item: 'tea' },
  };
  const [first, again] = [await ask(url, order), await ask(url, order)];
  const { order: id } = JSON.parse(first.text);
  expect([first.text, again.text]).toEqual(Array(2).fill(JSON.stringify({ order: id, resumed: false })));
  expect(JSON.parse((await ask(url)).text)).toEqual([{ order: id, item: 'tea' }]);
  expect(script.output.stdout).toBe(`charged ${id}\n`);
  script.process.kill('SIGTERM');
  await script.ended;
});

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
