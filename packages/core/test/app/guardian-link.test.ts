/** What comes through the pipe of a guardian: messages are heard, and anything else harms nobody. */
import { waitFor } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { GuardianLink } from '../../src/app/guardian-link.ts';
import type { GuardianMessage } from '../../src/platform/messages.ts';

test('a line that is no message is passed over, however long it is', async () => {
  const says = `
    const lines = ['garbage', '5', 'null', 'x'.repeat(200_000), '{"warning":"heard"}'];
    for (const line of lines) require('node:fs').writeSync(3, line + '\\n');
    setInterval(() => {}, 1000);`;
  const link = new GuardianLink(() => ({
    args: ['-e', says],
    env: process.env,
    greeting: { pid: process.pid, startedAtMs: 0, attempt: 1 },
  }));
  const heard: GuardianMessage[] = [];
  link.listen({ onMessage: (message) => heard.push(message), onLost: () => {} });
  link.start();
  await waitFor('the message', () => heard.length > 0);
  process.kill(link.pid, 'SIGKILL');
  await link.close();
  expect(heard).toEqual([{ warning: 'heard' }]);
});
