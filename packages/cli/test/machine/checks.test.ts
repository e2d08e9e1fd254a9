/** What `doctor` makes of machines that are not this one. */
import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/machine/check.ts';
import { checkRoom, checkSharedMemory, checkSync, checkTemporary } from '../../src/machine/check-disk.ts';
import {
  checkJournal,
  checkLocks,
  checkLzma,
  checkNode,
  checkPlatform,
} from '../../src/machine/check-runtime.ts';
import {
  checkContainer,
  checkFirstProcess,
  checkLimits,
  checkMemory,
  checkOutOfMemory,
} from '../../src/machine/check-system.ts';

const GB = 1000 ** 3;
const disk = { sizeBytes: 100 * GB, freeBytes: 50 * GB, isMemory: false };
const files = (texts: Record<string, string>) => (path: string) => texts[path];
const limits = (open: string, size: string) =>
  files({
    '/proc/self/limits': `Limit                     Soft Limit           Hard Limit           Units     \nMax file size             ${size}            unlimited            bytes     \nMax open files            ${open}                 4096                 files     \n`,
  });

describe('doctor', () => {
  test.each<[what: string, check: Check, status: Check['status'], says: string]>([
    ['a current Node', checkNode('24.21.0'), 'good', 'Node 24.21.0'],
    ['an old Node', checkNode('20.20.2'), 'problem', 'Install Node 22.20'],
    ['a Node without a packer', checkNode('24.1.0'), 'warning', '24.12'],
    ['the first Node that is supported', checkNode('22.20.0'), 'good', ''],
    ['macOS', checkPlatform('darwin', 'arm64'), 'warning', 'not tested here'],
    ['no koffi', checkJournal('/tmp', "Cannot find module 'koffi'"), 'warning', 'npm install koffi'],
    ['mapped memory', checkJournal('/dev/shm', undefined), 'good', '/dev/shm'],
    ['no locks', checkLocks('no koffi'), 'warning', '20 s late'],
    ['no packer', checkLzma('no binary'), 'problem', 'no autosaves'],
    ['no /dev/shm', checkSharedMemory(undefined), 'warning', 'temporary directory'],
    [
      "Docker's /dev/shm",
      checkSharedMemory({ sizeBytes: 67_108_864, freeBytes: 50_000_000, isMemory: true }),
      'warning',
      '--shm-size',
    ],
    [
      'a large /dev/shm',
      checkSharedMemory({ ...disk, isMemory: true }),
      'good',
      '50 GB free of 100 GB, in memory',
    ],
    ['a full /tmp', checkTemporary('/tmp', { ...disk, freeBytes: 1000 }), 'warning', 'Make room'],
    ['no temporary directory', checkTemporary('/none\u001b', undefined), 'problem', '/none\\u{1b}'],
    [
      'an autosave in memory',
      checkRoom('/dev/shm', { ...disk, isMemory: true }),
      'warning',
      'gone with the power',
    ],
    ['a fast disk', checkSync({ medianMs: 0.5, longestMs: 2 }), 'good', '0.50 ms'],
    ['a slow disk', checkSync({ medianMs: 400, longestMs: 900 }), 'warning', 'faster disk'],
    ['a directory that is read only', checkSync('EROFS: read-only file system'), 'problem', 'EROFS'],
    [
      'usual limits',
      checkLimits(limits('1048576', 'unlimited')),
      'good',
      'open files: 1048576; size of a file: no limit',
    ],
    ['few open files', checkLimits(limits('256', 'unlimited')), 'warning', 'ulimit -n'],
    ['small files', checkLimits(limits('4096', '1048576')), 'warning', 'ulimit -f'],
    ['no limits to be seen', checkLimits(files({})), 'good', 'no limit'],
    ['enough memory', checkMemory(files({}), 16 * GB, 4 * GB), 'good', '16 GB'],
    [
      'a small container',
      checkMemory(files({ '/sys/fs/cgroup/memory.max': '2000000000\n' }), 16 * GB, 4 * GB),
      'warning',
      '2.0 GB for this container',
    ],
    [
      'a container without limit',
      checkMemory(files({ '/sys/fs/cgroup/memory.max': 'max\n' }), 16 * GB, 4 * GB),
      'good',
      '16 GB;',
    ],
    ['no container', checkContainer(files({}), false), 'good', 'none'],
    ['Docker', checkContainer(files({ '/.dockerenv': '' }), false), 'good', 'Docker'],
    ['Kubernetes', checkContainer(files({}), true), 'warning', 'Configure an autosave'],
    [
      'a group that dies as one',
      checkContainer(files({ '/.dockerenv': '', '/sys/fs/cgroup/memory.oom.group': '1\n' }), false),
      'warning',
      'killed at once',
    ],
    ['an init', checkFirstProcess(files({ '/proc/1/comm': 'systemd\n' })), 'good', 'systemd'],
    ['Node as process 1', checkFirstProcess(files({ '/proc/1/comm': 'node\n' })), 'warning', '--init'],
    [
      'root',
      checkOutOfMemory(
        files({ '/proc/self/oom_score_adj': '0\n', '/proc/self/status': 'CapEff:\t000001ffffffffff\n' }),
      ),
      'good',
      'the guardian may be spared',
    ],
    [
      'a user',
      checkOutOfMemory(
        files({ '/proc/self/oom_score_adj': '0\n', '/proc/self/status': 'CapEff:\t0000000000000000\n' }),
      ),
      'good',
      'the app is offered first',
    ],
    [
      'a machine that stops',
      checkOutOfMemory(files({ '/proc/self/oom_score_adj': '0', '/proc/sys/vm/panic_on_oom': '1\n' })),
      'warning',
      'panic_on_oom',
    ],
    [
      'one that is never ended',
      checkOutOfMemory(files({ '/proc/self/oom_score_adj': '-1000\n' })),
      'warning',
      'stand still',
    ],
    ['no /proc', checkOutOfMemory(files({})), 'good', 'cannot be seen'],
  ])('%s', (_, { status, found, advice }, wanted, says) => {
    expect(status).toBe(wanted);
    expect(`${found} ${advice ?? ''}`).toContain(says);
    expect(advice === null).toBe(status === 'good');
  });
});
