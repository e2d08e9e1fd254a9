/** Signals reach the app as they would without the guard, and the guardian outlives them. */
import { spawn } from 'node:child_process';
import { startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';

const COUNTS = appPath('counts-signals.mjs');

describe('a signal sent to the guardian', () => {
  test.each(['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGINT', 'SIGQUIT'] as const)(
    '%s is passed on once',
    async (signal) => {
      const script = startScript(COUNTS);
      await script.waitForOutput('ready');
      script.process.kill(signal);
      const { stdout, exitCode } = await script.ended;
      expect(stdout).toBe(`ready\nseen ${signal}\noutcome 0 null\n`);
      expect(exitCode).toBe(0);
    },
  );

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s that the app does not handle ends it, is rescued, and ends the guardian the same way',
    async (signal) => {
      const script = startScript(COUNTS, { args: ['default'] });
      await script.waitForOutput('ready');
      script.process.kill(signal);
      const result = await script.ended;
      expect(result.stdout).toBe(`ready\nrescued from ${signal}\noutcome null ${signal}\n`);
      expect(result).toMatchObject({ exitCode: null, signal });
    },
  );
});

describe('Ctrl-C in a terminal', () => {
  test.each([
    ['', 'seen SIGINT\noutcome 0 null'],
    ['default', 'rescued from SIGINT\noutcome null SIGINT'],
  ])('reaches the app once and the guardian outlives it (%s)', async (mode, expected) => {
    const command = `'${process.execPath}' '${COUNTS}' ${mode}`;
    // util-linux's script passes its input on to a pseudo-terminal, whose line discipline makes the signal.
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    terminal.stdout.on('data', (data: Buffer) => (output += data.toString()));
    await waitFor('the app to be ready', () => output.includes('ready'));
    terminal.stdin.write('\u0003');
    await waitFor('the outcome', () => output.includes('outcome'));
    terminal.stdin.end();
    expect(output.replaceAll('\r', '').replace('^C', '').trim()).toBe(`ready\n${expected}`);
  });
});
