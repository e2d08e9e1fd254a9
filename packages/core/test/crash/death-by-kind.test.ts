/** Death × journal × size of the change: what was rescued, and what the crash is said to have been. */
import { describe, expect, test } from 'vitest';
import { deaths } from '@faultguard/test-kit';
import { expectNothingLost, runToDeath } from '../fixtures/doomed-run.ts';

const EXCEPTION = { kind: 'exception', exitCode: 1, signal: null };
const ERROR = { name: 'RangeError', message: 'the experiment has failed' };

const expectedCrash: Record<(typeof deaths)[number], object> = {
  'native memory fault': { kind: 'signal', exitCode: null, signal: 'SIGSEGV' },
  SIGKILL: { kind: 'signal', exitCode: null, signal: 'SIGKILL' },
  abort: { kind: 'signal', exitCode: null, signal: 'SIGABRT', hasReport: false },
  'process.exit(1)': { kind: 'exit', exitCode: 1, signal: null },
  'uncaught exception': { ...EXCEPTION, error: ERROR },
  'unhandled rejection': { ...EXCEPTION, error: ERROR },
  'stack overflow': {
    ...EXCEPTION,
    error: { name: 'RangeError', message: 'Maximum call stack size exceeded' },
  },
  'heap out-of-memory': { kind: 'out-of-memory', exitCode: null, hasReport: true },
};

describe.each(['mapped', 'written'] as const)('with the %s journal', (kind) => {
  test.each(deaths)('every mutation before %s is rescued', async (death) => {
    const steps = 1000;
    const execArgv = death === 'heap out-of-memory' ? ['--max-old-space-size=40'] : [];
    const run = await runToDeath(
      { workload: 'mixed', death, steps, reportEachStep: true, kind },
      { execArgv },
    );
    expect(run.appended).toBe(steps);
    expectNothingLost('mixed', run);
    expect(run.crash).toMatchObject(expectedCrash[death]);
    expect(run.crash.crashedAt - run.crash.startedAt).toBeGreaterThan(0);
    const { exitCode, signal } = run.crash;
    expect(run.outcome).toEqual({ exitCode, signal, rescued: true, restarts: 0 });
    expect([run.result.exitCode, run.result.signal], 'the guardian ends as the app did').toEqual([
      exitCode,
      signal,
    ]);
  });

  test.each(['native memory fault', 'SIGKILL'] as const)('values of every kind survive %s', async (death) => {
    const run = await runToDeath({ workload: 'kinds', death, steps: 400, reportEachStep: true, kind });
    expect(run.result.stderr.replaceAll(/.*FAULTGUARD_ELEMENTS_DELAYED.*\n.*trace-warnings.*\n/g, '')).toBe(
      '',
    );
    expectNothingLost('kinds', run);
  });

  test.each([1, 1_000_000])('a memory fault right after mutation number %i loses nothing', async (steps) => {
    const run = await runToDeath({
      workload: 'counter',
      death: 'native memory fault',
      steps,
      reportEachStep: false,
      kind,
    });
    expect(run.state).toEqual({ n: steps });
  });

  test('an app faster than the guardian waits for it and loses nothing', async () => {
    const run = await runToDeath({
      workload: 'growing',
      death: 'SIGKILL',
      steps: 60_000,
      reportEachStep: false,
      kind,
      journalBytesMax: 2 * 1024 * 1024,
    });
    expect(run.result.stderr).toBe('');
    expectNothingLost('growing', run);
  });

  test('a value of 100 MB is rescued whole, through a journal of 8 MiB', async () => {
    const run = await runToDeath({
      workload: 'huge',
      death: 'native memory fault',
      steps: 11,
      reportEachStep: true,
      kind,
      journalBytesMax: 8 * 1024 * 1024,
    });
    expect(run.state.blob.length).toBe(100_000_001);
    expectNothingLost('huge', run);
  });

  test('values of 100,000 keys are rescued whole', async () => {
    const run = await runToDeath({
      workload: 'wide',
      death: 'SIGKILL',
      steps: 35,
      reportEachStep: true,
      kind,
    });
    expect(Object.keys(run.state.table).length).toBe(100_000);
    expectNothingLost('wide', run);
  });
});
