/** A request that is repeated, with the same idempotency key, until it has an answer. */
import { sleep } from './sleep.ts';
import { send } from './send.ts';

const TRY_AGAIN_MS = 150;

/** @param onAttempt - called before each, with its number. */
export async function orderUntilAnswered(onAttempt: (attempt: number) => void): Promise<void> {
  const key = makeKey();
  for (let attempt = 1; ; attempt += 1) {
    onAttempt(attempt);
    const isAnswered = await send(
      'POST',
      '/api/orders',
      { item: 'tea' },
      { 'Idempotency-Key': `"${key}"` },
    ).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isAnswered) return;
    await sleep(TRY_AGAIN_MS);
  }
}

/** Not `crypto.randomUUID`, which pages have on secure origins alone. */
function makeKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
