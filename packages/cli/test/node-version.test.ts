/** A Node.js that is too old is told so, before anything is loaded that it cannot load. */
import { readFileSync } from 'node:fs';
import { runScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { mainPath } from './fixtures/run-cli.ts';

const { engines, version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { engines: { node: string }; version: string };

function runOn(node: string): ReturnType<typeof runScript> {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${node}' })`;
  return runScript(mainPath, {
    args: ['--version'],
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
  });
}

test.each(['20.20.2', '22.19.9'])('%s', async (node) => {
  const { stderr, stdout, exitCode } = await runOn(node);
  expect(engines.node).toBe('>=22.20');
  expect(stderr).toBe(`faultguard: needs Node.js 22.20 or later, and this is ${node}.\n`);
  expect([stdout, exitCode]).toEqual(['', 2]);
});

test.each(['22.20.0', '24.0.0', '100.1.0'])('%s will do', async (node) => {
  expect(await runOn(node)).toMatchObject({ stdout: `${version}\n`, stderr: '', exitCode: 0 });
});
