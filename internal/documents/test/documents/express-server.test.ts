import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { RunningScript } from '@faultguard/test-kit';
import { expect } from 'vitest';
import { followDocument } from '../../src/follow-document.ts';
import type { Place } from '../../src/place.ts';
import { runConsole } from '../../src/run-console.ts';

let server: RunningScript;

async function startServer(place: Place): Promise<void> {
  server = place.start('server.mjs', { timeoutMs: 60_000 });
  await server.waitForOutput('listening');
}

async function stopServer(): Promise<void> {
  server.process.kill('SIGTERM');
  expect((await server.ended).exitCode).toBe(0);
}

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

followDocument('docs/guides/express-server.md', [
  { language: 'sh', has: 'node server.mjs', run: (_, place) => startServer(place) },
  {
    language: 'console',
    has: 'visit 2',
    async run({ code }, place) {
      await runConsole(code, place);
      expect(server.output.stdout).toBe('listening\nSIGKILL at POST /order\nlistening\n');
    },
  },
  {
    language: 'console',
    has: 'visit 3',
    async run({ code }, place) {
      await stopServer();
      await startServer(place);
      await runConsole(code, place);
      await stopServer();
    },
  },
  {
    language: 'ini',
    has: 'KillMode=mixed',
    ...(hasSystemd
      ? {
          async run({ code }, place) {
            // The programs of this machine: systemd looks whether they are there.
            place.write(
              'server.service',
              code.replace('/usr/bin/node', process.execPath).replace('/srv/app', place.path),
            );
            const unit = join(place.path, 'server.service');
            const { stdout, stderr, exitCode } = await place.run('verify', {
              command: 'systemd-analyze',
              args: ['--man=no', '--recursive-errors=no', unit],
            });
            expect([stdout, stderr, exitCode]).toEqual(['', '', 0]);
          },
        }
      : { notRun: 'systemd-analyze is not installed here' }),
  },
]);
