import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningScript, waitFor } from '@faultguard/test-kit';
import { validate } from 'dockerfile-utils';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { followDocument } from '../../src/follow-document.ts';
import type { Place } from '../../src/place.ts';

/** What makes a container of a command: a pid namespace and mounts of its own. */
const CONTAINER = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...CONTAINER, 'true']).status === 0;
if (!canUnshare) console.warn('This user may make no namespaces: the container of the guide is not run.');

/** Runs `CMD` of the Dockerfile as process 1, with Docker's own 64 MiB of /dev/shm. */
function startContainer(dockerfile: string, place: Place): RunningScript {
  const [program, ...args] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  expect(program).toBe('node');
  return place.start('mount -t tmpfs -o size=64m tmpfs /dev/shm; exec "$0" "$@"', {
    command: 'unshare',
    execArgv: [...CONTAINER, 'sh', '-c'],
    args: [process.execPath, ...args],
    env: { DATA: place.path },
  });
}

/** The first child of a process, as both are seen from outside. */
function childOf(pid: number): Promise<number> {
  return waitFor(`a child of ${pid}`, () => {
    const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return child === '' ? undefined : Number(child);
  });
}

followDocument('docs/guides/containers.md', [
  {
    language: 'dockerfile',
    has: 'CMD ["node"',
    async run({ code }, place) {
      expect(validate(code)).toEqual([]);
      if (!canUnshare) return;
      const first = startContainer(code, place);
      await first.waitForOutput('launch 1\n');
      const guardian = await childOf(first.process.pid as number);
      // The app dies: its guardian starts it again.
      process.kill(await childOf(guardian), 'SIGKILL');
      await first.waitForOutput('launch 1 has ended by SIGKILL\nlaunch 2\n');
      // The container dies: with process 1 the kernel ends them all.
      process.kill(guardian, 'SIGKILL');
      expect((await first.ended).exitCode ?? 'killed').not.toBe(0);
      // The next one goes on, and is stopped.
      const second = startContainer(code, place);
      await second.waitForOutput('launch 3\n');
      process.kill(await childOf(second.process.pid as number), 'SIGTERM');
      expect((await second.ended).exitCode).toBe(0);
    },
  },
  { language: 'sh', has: 'docker run', notRun: 'there is no container runtime where tests run' },
  {
    language: 'yaml',
    has: 'kind: StatefulSet',
    async run({ code }, place) {
      // By the types that are made of Kubernetes' own description of its objects.
      place.write(
        'app.ts',
        `import type { StatefulSet } from 'kubernetes-types/apps/v1.js';
         export const app: StatefulSet = ${JSON.stringify(parse(code))};`,
      );
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
      ];
      const { stdout, exitCode } = await place.run(join(place.path, 'node_modules/.bin/tsc'), {
        command: 'sh',
        args: [...options, 'app.ts'],
      });
      expect([stdout, exitCode]).toEqual(['', 0]);
    },
  },
]);
