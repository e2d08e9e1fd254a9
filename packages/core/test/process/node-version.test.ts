/** A Node.js that is too old is told so, whatever would have failed there first. */
import { readFileSync } from 'node:fs';
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

async function errorOn(version: string, call: string): Promise<string> {
  return (await runScript(appPath('old-node.mjs'), { args: [version, call] })).stdout;
}

test.each(['start', 'attach', 'recover'])('%s', async (call) => {
  for (const version of ['20.20.2', '22.19.9']) {
    expect(await errorOn(version, call)).toContain(
      `ERR_FAULTGUARD_NODE_TOO_OLD ${call}() needs Node.js 22.20 or later, and this is ${version}.`,
    );
  }
  for (const version of ['22.20.0', '24.0.0', '100.1.0']) {
    expect(await errorOn(version, call)).toMatch(/^ERR_FAULTGUARD_(INVALID_OPTION|AUTOSAVE_NOT_FOUND) /);
  }
});

test('the oldest one is that of package.json', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  expect((JSON.parse(text) as { engines: { node: string } }).engines.node).toBe('>=22.20');
});
