/**
 * Runs the whole test suite once under each supported major of Node and prints a summary.
 * The Nodes come from the npm registry, so nothing has to be installed on the machine. Start it with
 * `npm run test:nodes`, which builds the packages first.
 * Fails when the suite fails under one of them, or when one cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fetchNode, nodeVersions } from './fetch-node.ts';

const vitest = path.join(
  path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);

function runTests(version: string): string {
  const node = fetchNode(version);
  if (node === undefined) return 'could not be downloaded';
  const startedAt = performance.now();
  // By its file and not by node_modules/.bin/vitest, which prefers the pinned Node beside it.
  const { status, signal } = spawnSync(node, [vitest, 'run'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      FAULTGUARD_TEST_NODE: version,
    },
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return status === 0
    ? `passed in ${seconds} s`
    : `failed (${signal ?? `exit code ${status}`}) in ${seconds} s`;
}

const results = nodeVersions.map((version) => {
  console.log(`\nNode ${version}`);
  return { version, result: runTests(version) };
});

console.log('\nSummary');
for (const { version, result } of results) console.log(`  Node ${version}  ${result}`);
process.exitCode = results.every(({ result }) => result.startsWith('passed')) ? 0 : 1;
