/** Whether a process is behind an autosave, where locks cannot tell: by what has been written down of it. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startScript } from '@faultguard/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { controlPath } from '../../src/journal/segment-files.ts';
import {
  appPath as appFile,
  identityPath,
  lockPath,
  sessionPath,
} from '../../src/autosave/autosave-files.ts';
import { identityOfMachine, identityOfProcess, type SessionIdentity } from '../../src/autosave/identity.ts';
import { isActive } from '../../src/autosave/is-active.ts';
import { lockFile } from '../../src/platform/file-lock.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';
import { appPath } from '../fixtures/app-path.ts';

let path: string;
beforeEach(() => {
  path = join(makeDirectoryForTest(), 'work.xz');
});

const gone = { pid: 2 ** 22 + 1, startTime: '12345', startedAt: new Date(0).toISOString() };

/** The files of a session without locks. */
function writeSession(changes: Partial<SessionIdentity>, app = gone): string {
  const directory = sessionPath(path, 1);
  mkdirSync(directory);
  const identity: SessionIdentity = {
    session: 1,
    nonce: [1, 2],
    stateVersion: 0,
    ...identityOfMachine(),
    isLocking: false,
    guardian: gone,
    ...changes,
  };
  writeFileSync(identityPath(directory), JSON.stringify(identity));
  writeFileSync(appFile(directory), JSON.stringify(app));
  writeFileSync(controlPath(directory), '');
  return directory;
}

const here = identityOfProcess(process.pid, new Date());

test('nothing is behind what is not there', () => {
  expect(isActive(path)).toBe(false);
});

describe('a lock tells', () => {
  test('as long as it is held, whatever else is written down', () => {
    writeSession({ isLocking: true, bootId: 'another' });
    const lock = lockFile(lockPath(path));
    if (lock.is !== 'locked') throw new Error(lock.is);
    expect(isActive(path)).toBe(true);
    expect(lockFile(lockPath(path)).is).toBe('held by another');
    lock.release();
    expect(isActive(path)).toBe(false);
  });

  test('that nobody is there, although the pids are those of living processes', () => {
    writeSession({ isLocking: true, guardian: here }, here);
    expect(isActive(path)).toBe(false);
  });
});

describe('without locks', () => {
  test('a guardian, or an app, that lives', () => {
    writeSession({ guardian: here });
    expect(isActive(path)).toBe(true);
  });

  test('an app whose guardian is dead', () => {
    writeSession({}, here);
    expect(isActive(path)).toBe(true);
  });

  test.each<[string, Partial<SessionIdentity>]>([
    ['both are dead', {}],
    ['a pid has been given to another process', { guardian: { ...here, startTime: '1' } }],
    ['pid 1 is always there', { guardian: { ...gone, pid: 1 } }],
    ['the machine has been started again', { guardian: here, bootId: 'another' }],
  ])('%s: not active', (_, changes) => {
    writeSession(changes);
    expect(isActive(path)).toBe(false);
  });

  test('of another container only a heartbeat tells', () => {
    const directory = writeSession({ pidNamespace: 'another', guardian: here });
    expect(isActive(path)).toBe(true);
    const before = new Date(Date.now() - 60_000);
    utimesSync(controlPath(directory), before, before);
    expect(isActive(path)).toBe(false);
  });

  test('a real app is active until the moment at which it is dead', async () => {
    const script = startScript(appPath('autosaves.mjs'), {
      args: [JSON.stringify({ autosave: { path }, steps: [['say', { runs: true }], ['wait']] })],
      // Neither locks nor mapped memory.
      execArgv: ['--require', new URL('../fixtures/without-koffi.cjs', import.meta.url).pathname],
      detached: true,
    });
    await script.waitForOutput('runs');
    expect(isActive(path)).toBe(true);
    process.kill(-script.process.pid!, 'SIGSTOP');
    expect(isActive(path)).toBe(true);
    process.kill(-script.process.pid!, 'SIGKILL');
    await script.ended;
    expect(isActive(path)).toBe(false);
  });
});
