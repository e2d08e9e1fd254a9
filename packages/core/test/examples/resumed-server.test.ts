import { findFreePort, startScript, waitFor } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';
import { requestText } from '../fixtures/request-text.ts';

const EXAMPLE = new URL('../../examples/resumed-server.mjs', import.meta.url).pathname;

test('resumed-server.mjs: a request kills it, and the sessions go on', async () => {
  const port = await findFreePort();
  const script = startScript(EXAMPLE, { cwd: makeDirectoryForTest(), env: { PORT: String(port) } });
  await script.waitForOutput('launch 1 listens');
  expect(await requestText(port, '/ada')).toBe('ada: 1\n');
  expect(await requestText(port, '/ada')).toBe('ada: 2\n');
  expect(await requestText(port, '/bob')).toBe('bob: 1\n');

  await expect(requestText(port, '/kill')).rejects.toThrow('socket hang up');
  const refusals = new Set<string | undefined>();
  const answer = await waitFor('the next launch', () =>
    requestText(port, '/ada').catch((error: NodeJS.ErrnoException) => {
      refusals.add(error.code);
      return undefined;
    }),
  );
  expect(answer).toBe('ada: 3\n');
  expect(refusals).toContain('ECONNREFUSED');
  expect(await requestText(port, '/bob')).toBe('bob: 2\n');

  process.kill(await script.appPid(), 'SIGINT');
  const { exitCode, stdout, stderr } = await script.ended;
  expect([exitCode, stdout, stderr]).toEqual([0, 'launch 1 listens\nlaunch 2 listens\n', '']);
});
