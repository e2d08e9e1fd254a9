/** How a process has ended, as whoever is not its parent is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { type Exit, watchProcessEnd } from '../../src/platform/process-end.ts';
import { startTimeOf } from '../../src/platform/process-identity.ts';
import { endsAreTold } from '../fixtures/untold-ends.ts';

async function startChild(script: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log()`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}

const ends: [string, string, Exit][] = [
  [
    'a signal',
    "process.stdin.on('data', () => process.kill(process.pid, 'SIGTERM'))",
    { exitCode: null, signal: 'SIGTERM' },
  ],
  ['abort()', "process.stdin.on('data', () => process.abort())", { exitCode: null, signal: 'SIGABRT' }],
  ['an exit code', "process.stdin.on('data', () => process.exit(7))", { exitCode: 7, signal: null }],
  ['a clean exit', "process.stdin.on('data', () => process.exit())", { exitCode: 0, signal: null }],
];

test.skipIf(!endsAreTold).each(ends)('%s is told when it has been waited for', async (_, script, end) => {
  const child = await startChild(script);
  const read = watchProcessEnd(child.pid, startTimeOf(child.pid));
  expect(read()).toBeUndefined();
  child.stdin?.write('x');
  await once(child, 'exit');
  expect(read()).toEqual(end);
});

test.skipIf(process.platform !== 'linux')('and before that, also to whoever comes too late', async () => {
  // A shell that does not wait for its child.
  const shell = spawn('sh', ['-c', 'sh -c "sleep 0.2; exit 7" & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [text] = (await once(shell.stdout, 'data')) as [Buffer];
  const read = watchProcessEnd(Number(text.toString()), '0');
  const end = await waitFor('the end of the child', () => read());
  expect(end).toEqual({ exitCode: 7, signal: null });
  shell.kill('SIGKILL');
});
