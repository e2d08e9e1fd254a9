/** The example: an order that a crash interrupts is taken up again, and each of its steps is done once. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../fixtures/http.ts';
import { askUntilAnswered, type Server, startServer, stopServer } from '../fixtures/server.ts';

interface Ledger {
  readonly ledger: { order: string; step: string }[];
  readonly stock: Record<string, number>;
}

function examplePath(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

let bank: Server;
let shop: Server;
beforeAll(async () => {
  bank = await startServer(examplePath('bank.mjs'), 'bank');
  shop = await startServer(examplePath('checkout.mjs'), 'shop', { BANK: bank.url });
});
afterAll(async () => {
  await stopServer(shop);
  await stopServer(bank);
});

const readLedger = async (): Promise<Ledger> =>
  JSON.parse((await askUntilAnswered(shop.url, { path: '/ledger' })).text);

const MOMENTS = [
  'reserve',
  'in reserve',
  'after reserve',
  'charge',
  'in charge',
  'after charge',
  'ship',
  'in ship',
  'after ship',
];

describe('an order whose shop is killed', () => {
  it.each(MOMENTS)('at the moment "%s" has each step once', async (moment) => {
    const before = await readLedger();
    const order = {
      method: 'POST',
      path: `/checkout?die=${encodeURIComponent(moment)}`,
      headers: { 'Idempotency-Key': `"order ${moment}"` },
      body: { item: 'tea' },
    };
    await expect(ask(shop.url, order)).rejects.toThrow(/socket hang up|ECONNRESET/);
    const answer = await askUntilAnswered(shop.url, order);
    const { order: id, resumed } = JSON.parse(answer.text);
    expect([answer.status, resumed]).toEqual([200, true]);

    const { ledger, stock } = await readLedger();
    expect(ledger.slice(before.ledger.length)).toEqual(
      ['reserve', 'charge', 'ship'].map((step) => ({ order: id, step })),
    );
    expect(stock['tea']).toBe((before.stock['tea'] as number) - 1);
    const charges = JSON.parse((await ask(bank.url)).text) as { order: string }[];
    expect(charges.filter(({ order }) => order === id)).toHaveLength(1);

    const repeated = await ask(shop.url, order);
    expect([repeated.text, repeated.headers['idempotent-replayed']]).toEqual([answer.text, 'true']);
  });

  it('when the client has its response is not executed again', async () => {
    const order = {
      method: 'POST',
      path: `/checkout?die=${encodeURIComponent('at the end')}`,
      headers: { 'Idempotency-Key': '"at the end"' },
      body: { item: 'tea' },
    };
    // Whether the response gets out before the process is gone, nobody knows.
    await ask(shop.url, order).catch(() => undefined);
    const answer = await askUntilAnswered(shop.url, order);
    const { order: id, resumed } = JSON.parse(answer.text);
    expect([resumed, answer.headers['idempotent-replayed']]).toEqual([false, 'true']);
    const { ledger } = await readLedger();
    expect(ledger.filter(({ order }) => order === id)).toHaveLength(3);
  });
});
