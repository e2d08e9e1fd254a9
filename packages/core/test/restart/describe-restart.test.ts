import { expect, test } from 'vitest';
import type { CrashFacts } from '../../src/rescue/crash.ts';
import { describeRestart } from '../../src/restart/describe-restart.ts';

const at = new Date(0);

test.each<[end: Pick<CrashFacts, 'kind' | 'exitCode' | 'signal'>, delayMs: number, said: string]>([
  [{ kind: 'exit', exitCode: 3, signal: null }, 0, 'has ended with exit code 3, and is started again.'],
  [
    { kind: 'exception', exitCode: 1, signal: null },
    999.5,
    'has ended with an exception that nothing caught, and is started again in 1000 ms.',
  ],
  [
    { kind: 'out-of-memory', exitCode: null, signal: 'SIGABRT' },
    1000,
    'has run out of memory, and is started again in 1 s.',
  ],
  [{ kind: 'hang', exitCode: null, signal: 'SIGTERM' }, 12_345, 'has hung, and is started again in 12.3 s.'],
  [
    { kind: 'signal', exitCode: null, signal: 'SIGSEGV' },
    1,
    'was ended by SIGSEGV, and is started again in 1 ms.',
  ],
  [{ kind: 'vanished', exitCode: null, signal: 'SIGKILL' }, 0, 'was ended by SIGKILL, and is started again.'],
  [{ kind: 'vanished', exitCode: null, signal: null }, 0, 'has vanished, and is started again.'],
])('%j', (end, delayMs, said) => {
  const crash = { ...end, pid: 1, startedAt: at, crashedAt: at };
  expect(describeRestart('The app', crash, delayMs)).toBe(`The app ${said}`);
});
