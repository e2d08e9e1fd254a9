/** `faultguard doctor`, on this machine. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli, runCliJson, runInTerminal, runShell, temporaryDirectory } from '../fixtures/run-cli.ts';

const IDS =
  'node platform journal locks lzma shared-memory temporary autosaves sync limits memory container process-1 out-of-memory'.split(
    ' ',
  );

describe('doctor', () => {
  test('Each check has a line, and nothing is left behind.', async () => {
    const directory = temporaryDirectory();
    const { exitCode, stdout, stderr } = await runCli(['doctor', '--directory', directory]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const ids = [...stdout.matchAll(/^[✓!✗] (\S+)/gm)].map(([, id]) => id);
    expect(ids).toEqual(IDS);
    expect(stdout).toMatch(/a sync of 4 KiB takes [\d.]+ ms/);
    expect(stdout).toMatch(/(Everything a guard needs is here|Guards work here)/);
    expect(readdirSync(directory)).toEqual([]);
    expect(readdirSync(tmpdir()).filter((name) => name.includes('faultguard-doctor'))).toEqual([]);
  });

  test('Its JSON has the same checks.', async () => {
    const { exitCode, json } = await runCliJson(['doctor']);
    expect(exitCode).toBe(0);
    expect(json.works).toBe(true);
    expect(json.checks.map(({ id }: { id: string }) => id)).toEqual(IDS);
    for (const check of json.checks) {
      expect(Object.keys(check)).toEqual(['id', 'status', 'found', 'advice']);
      expect(['good', 'warning']).toContain(check.status);
      expect(check.advice === null).toBe(check.status === 'good');
    }
  });

  test('A directory that is not there is a problem: exit code 1.', async () => {
    const none = join(temporaryDirectory(), 'none');
    const { exitCode, stdout } = await runCli(['doctor', '-d', none]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`✗ autosaves      there is no ${none}\n`);
    expect(stdout).toContain('Guards do not work here as they are meant to');
  });

  test('Colours are for a terminal; a closed pipe ends it quietly.', async () => {
    expect((await runInTerminal(['doctor'])).stdout).toContain('\u001b[32m✓\u001b[39m');
    expect((await runInTerminal(['doctor'], { NO_COLOR: '1' })).stdout).not.toContain('\u001b[3');
    const { exitCode, stderr } = await runShell('faultguard doctor | head -n 1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
