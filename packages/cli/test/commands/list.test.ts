/** `faultguard list`: who is guarded here. Others' guards may be there too. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli, runCliJson, runShell, startSaving, temporaryDirectory } from '../fixtures/run-cli.ts';

const waits = fileURLToPath(new URL('../fixtures/apps/waits.mjs', import.meta.url));

async function guardOf(pid: number): Promise<any> {
  const { json } = await runCliJson(['list']);
  return json.guards.find(({ app }: any) => app?.pid === pid);
}

describe('list', () => {
  test('A guard with an autosave: its processes, where it is, how far it is synced.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    const running = await startSaving({ path });
    const pid = await running.appPid();
    const guard = await guardOf(pid);
    expect(guard).toEqual({
      directory: `${path}.journal-1`,
      autosave: path,
      autosaveBytes: expect.any(Number),
      app: {
        pid,
        uptimeMs: expect.any(Number),
        memoryBytes: expect.any(Number),
        command: expect.stringContaining('saves.mjs'),
      },
      guardian: {
        pid: running.process.pid,
        uptimeMs: expect.any(Number),
        memoryBytes: expect.any(Number),
        command: expect.stringContaining('saves.mjs'),
      },
      isAbandoned: false,
      sizeBytes: expect.any(Number),
      appendedBytes: expect.any(Number),
      mirroredBytes: expect.any(Number),
      savedBytes: expect.any(Number),
      unsavedBytes: expect.any(Number),
      isDegraded: false,
      isAutosaveDegraded: false,
      restarts: 0,
      lastCrash: null,
    });
    expect(guard.app.uptimeMs).toBeLessThan(60_000);
    expect(guard.guardian.uptimeMs).toBeGreaterThanOrEqual(guard.app.uptimeMs);
    expect(guard.app.memoryBytes).toBeGreaterThan(1_000_000);
    const synced = await waitFor('everything to be synced', async () => {
      const now = await guardOf(pid);
      return now.unsavedBytes === 0 && now;
    });
    expect(synced.mirroredBytes).toBe(synced.appendedBytes);
    expect(synced.savedBytes).toBe(synced.appendedBytes);
    expect(synced.appendedBytes).toBeGreaterThan(2000);
    const { exitCode, stdout, stderr } = await runCli(['list']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^app ${pid} \\(up .*, .* MB\\): .*saves\\.mjs`, 'm'));
    expect(stdout).toContain(`  autosave  ${path}, 0 B not synced yet\n`);
  });

  test('A guard without autosave; when both are killed, it is said to be left behind.', async () => {
    const directory = temporaryDirectory();
    const env = { TMPDIR: directory };
    const running = startScript(waits, { env });
    let isOver = false;
    onTestFinished(async () => {
      if (!isOver) running.process.kill('SIGKILL');
      await running.ended;
    });
    await running.waitForOutput('launched');
    const pid = await running.appPid();
    const guard = await guardOf(pid);
    // Nobody else looks there.
    const list = async (): Promise<any[]> =>
      JSON.parse((await runCli(['list', '--json'], env)).stdout).guards;
    expect(guard).toMatchObject({ autosave: null, unsavedBytes: null, isAbandoned: false });
    expect(guard.directory).toMatch(/\/faultguard-\d+-\d+-\d+-\w{6}$/);
    expect(guard.directory).toContain(directory);
    process.kill(running.process.pid as number, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    process.kill(running.process.pid as number, 'SIGKILL');
    isOver = true;
    await running.ended;
    const left = (await list()).find((other: any) => other.directory === guard.directory);
    expect(left).toMatchObject({ app: null, guardian: null, isAbandoned: true });
    const { stdout } = await runCli(['list'], env);
    expect(stdout).toContain(`left behind: ${guard.directory}, `);
    // The next start removes it.
    const next = startScript(waits, { env });
    await next.waitForOutput('launched');
    process.kill(await next.appPid(), 'SIGKILL');
    await next.ended;
    expect((await list()).filter((other: any) => other.directory.startsWith(directory))).toEqual([]);
  });

  test('A closed pipe ends it quietly.', async () => {
    const { exitCode, stderr } = await runShell('faultguard list | head -n 1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
