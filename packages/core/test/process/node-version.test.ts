/** A Node.js that is too old is told so, whatever would have failed there first. */
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
