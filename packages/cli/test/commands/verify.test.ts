/** `faultguard verify`: the verdict, the exit code, the copy; and that nothing else has been touched. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recover } from '@faultguard/core';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import {
  keepAutosave,
  runCli,
  runCliJson,
  runInTerminal,
  runShell,
  startSaving,
  temporaryDirectory,
} from '../fixtures/run-cli.ts';

const kept = keepAutosave({ generations: 2 });

/** A copy of it, to be damaged. */
function copyOfKept(): { readonly directory: string; readonly path: string } {
  const directory = temporaryDirectory();
  cpSync(kept.directory, directory, { recursive: true });
  return { directory, path: join(directory, 'work.xz') };
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at]! ^= 0xff;
  writeFileSync(path, bytes);
}

describe('verify', () => {
  test('A sound autosave of an app that was killed together with its guardian is exit code 0.', async () => {
    const path = kept.path;
    const before = filesOf(kept.directory);
    const { exitCode, stdout, stderr } = await runCli(['verify', path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${path}: sound\n`);
    expect(stdout).toContain('ended     vanished together with its guardian');
    expect(filesOf(kept.directory)).toEqual(before);
  });

  test('Its JSON tells all that it has found.', async () => {
    const path = kept.path;
    const { exitCode, json } = await runCliJson(['verify', path]);
    expect(exitCode).toBe(0);
    expect(json).toEqual({
      autosaves: [
        {
          path,
          verdict: 'sound',
          isActive: false,
          problems: [],
          notes: [
            '"Money" is not registered in this process, so its values are given as { name, content }.',
            'These classes are not registered in this process, so their instances are plain objects: Person.',
          ],
          checkpoints: ['newest', 'previous'].map((role) => ({
            path: role === 'newest' ? path : `${path}.previous`,
            role,
            sizeBytes: expect.any(Number),
            savedAt: expect.stringMatching(/^\d{4}-.*Z$/),
            session: 1,
            hasState: true,
            problem: null,
          })),
          source: {
            checkpoint: path,
            savedAt: expect.any(String),
            journal: `${path}.journal-1`,
            recordsReplayed: expect.any(Number),
          },
          droppedBytes: 0,
          stateVersion: 0,
          crash: {
            kind: 'vanished',
            exitCode: null,
            signal: null,
            error: null,
            pid: expect.any(Number),
            startedAt: expect.any(String),
            crashedAt: expect.any(String),
          },
        },
      ],
      repaired: null,
    });
    expect(json.autosaves[0].source.recordsReplayed).toBeGreaterThan(0);
  });

  test.each<[what: string, damage: (path: string) => void, says: string]>([
    ['whose newest checkpoint is damaged', flipByte, 'work.xz cannot be used: it cannot be unpacked'],
    ['whose newest checkpoint is cut off', (path) => truncateSync(path, 100), 'work.xz cannot be used'],
    ['whose newest checkpoint is empty', (path) => truncateSync(path, 0), 'work.xz cannot be used'],
    [
      'whose previous checkpoint is damaged',
      (path) => flipByte(`${path}.previous`),
      'work.xz.previous cannot be used',
    ],
    [
      'whose journal is gone',
      (path) => rmSync(`${path}.journal-1`, { recursive: true }),
      'work.xz.journal-1 is not there: what came after the checkpoint is not recovered',
    ],
  ])('An autosave %s is exit code 1, and a sound copy of it can be written.', async (_, damage, says) => {
    const { directory, path } = copyOfKept();
    damage(path);
    const before = filesOf(directory);
    const { exitCode, stdout } = await runCli(['verify', path]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${path}: usable, with loss\n`);
    expect(stdout).toContain(says);
    expect(stdout).toContain('--repair');

    const sound = join(temporaryDirectory(), 'sound.xz');
    const repaired = await runCli(['verify', path, '--repair', '--output', sound]);
    expect(repaired.exitCode).toBe(1);
    expect(repaired.stdout).toContain(`A sound copy has been written to ${sound}`);
    expect(filesOf(directory)).toEqual(before);
    execFileSync('xz', ['-t', sound]);
    expect((await runCli(['verify', sound])).exitCode).toBe(0);
    const [ofCopy, ofDamaged] = [await recover(sound), await recover(path)];
    expect(ofCopy.state).toEqual(ofDamaged.state);
    expect(ofCopy.crash).toEqual(ofDamaged.crash);
    expect(ofCopy.source.dropped.filter((text) => !text.includes('not registered'))).toEqual([]);
  });

  test.each<[what: string, make: (path: string) => void, says: string]>([
    ['is not there', () => {}, 'There is no autosave'],
    [
      'is empty',
      (path) => writeFileSync(path, ''),
      'cannot be read, and neither can anything that lies beside it',
    ],
    ['is something else', (path) => writeFileSync(path, 'hello'), 'cannot be unpacked'],
    ['is another .xz', (path) => writeXz(path, '{"json":{}}'), 'cannot be used'],
  ])('What %s is exit code 2.', async (_, make, says) => {
    const directory = temporaryDirectory();
    const path = join(directory, 'work.xz');
    make(path);
    const before = filesOf(directory);
    const { exitCode, stdout, stderr } = await runCli(['verify', path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(stdout).toContain(`${path}: not usable`);
    expect(stdout).toContain(says);
    expect(stdout).toContain('Nothing has been changed');
    const repaired = await runCli(['verify', path, '--repair', '-o', join(directory, 'sound.xz')]);
    expect(repaired.exitCode).toBe(2);
    expect(repaired.stderr).toContain(says);
    expect(filesOf(directory)).toEqual(before);
  });

  test('Older checkpoints that restarts have kept are checked too.', async () => {
    const { path } = copyOfKept();
    for (const name of ['aging', 'lived', 'poison-1', 'poison-12'])
      cpSync(`${path}.previous`, `${path}.${name}`);
    const sound = await runCliJson(['verify', path]);
    expect([
      sound.exitCode,
      sound.json.autosaves[0].checkpoints.map(({ role }: { role: string }) => role),
    ]).toEqual([0, ['newest', 'previous', 'aging', 'lived', 'poison', 'poison']]);
    flipByte(`${path}.poison-12`);
    const damaged = await runCliJson(['verify', path]);
    expect([damaged.exitCode, damaged.json.autosaves[0].problems]).toEqual([
      1,
      [expect.stringContaining('work.xz.poison-12 cannot be used')],
    ]);
  });

  test('A record of the journal that is damaged is told, with what cannot be used behind it.', async () => {
    const { path } = copyOfKept();
    const segment = join(`${path}.journal-1`, 'journal-0000000000');
    const bytes = readFileSync(segment);
    // The last byte that has been written: of the last record.
    const at = bytes.findLastIndex((byte) => byte !== 0);
    bytes[at]! ^= 0xff;
    writeFileSync(segment, bytes);
    const { exitCode, json } = await runCliJson(['verify', path]);
    const [verification] = json.autosaves;
    expect(exitCode).toBe(1);
    expect(verification.droppedBytes).toBeGreaterThan(0);
    expect(verification.problems).toEqual([
      `${verification.droppedBytes} bytes of journal behind the last valid record cannot be used: of a record that was begun ` +
        'when the app died, or of damage.',
    ]);
    const { state } = await recover<{ n: number; added?: object }>(path);
    expect([state.n, state.added]).toEqual([100, undefined]);
  });

  test('A directory is not usable.', async () => {
    const { exitCode, stdout } = await runCli(['verify', kept.directory]);
    expect({ exitCode, isSaid: stdout.includes('it is not a file') }).toEqual({ exitCode: 2, isSaid: true });
  });

  test('A small file that unpacks to more than is allowed is refused.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    writeXz(path, '0'.repeat(2_000_000));
    const { exitCode, stdout } = await runCli(['verify', path, '--text-bytes-max', '1000000']);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('it holds more than 1000000 bytes of text');
  });

  test('An autosave in use is checked as it is, said to be in use, and not copied.', async () => {
    const path = join(temporaryDirectory(), 'work.xz');
    await startSaving({ path });
    const { exitCode, stdout } = await runCli(['verify', path]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining(`${path}: sound, in use by a living process\n`),
    });
    const sound = join(temporaryDirectory(), 'sound.xz');
    const repaired = await runCli(['verify', path, '--repair', '-o', sound]);
    expect(repaired.exitCode).toBe(3);
    expect(repaired.stderr).toMatch(
      /^faultguard: The autosave .* belongs to a process that lives\. Nothing has been changed\./,
    );
    expect(repaired.stderr).not.toContain('recover()');
  });

  test('Of several, the exit code is that of the worst, and each has its line.', async () => {
    const { path } = copyOfKept();
    flipByte(path);
    const whole = kept.path;
    const { exitCode, stdout } = await runCli(['verify', whole, path, `${path}.none`, whole]);
    expect(exitCode).toBe(2);
    expect(stdout.match(/^\S.*: .*$/gm)).toEqual([
      `${whole}: sound`,
      `${path}: usable, with loss`,
      `${path}.none: not usable`,
      `${whole}: sound`,
    ]);
  });

  test('The copy is written over nothing without --force, and never over what it is read from.', async () => {
    const { directory, path } = copyOfKept();
    const sound = join(directory, 'sound.xz');
    writeFileSync(sound, 'mine');
    const refused = await runCli(['verify', path, '--repair', '-o', sound]);
    expect({ exitCode: refused.exitCode, stderr: refused.stderr }).toEqual({
      exitCode: 2,
      stderr: `faultguard: ${sound} is there already, and stays as it is. Nothing has been written. Name another file, or add --force.\n`,
    });
    expect(readFileSync(sound, 'utf8')).toBe('mine');
    const itself = await runCli(['verify', path, '--repair', '-o', path, '--force']);
    expect(itself.exitCode).toBe(2);
    expect(itself.stderr).toContain('is what is read from');
    expect((await runCli(['verify', path, '--repair', '-o', sound, '--force'])).exitCode).toBe(0);
    execFileSync('xz', ['-t', sound]);
    expect(Object.keys(filesOf(directory)).filter((name) => name.includes('writing'))).toEqual([]);
  });

  test('--repair without --output, or for two, means nothing; neither does --output alone.', async () => {
    const path = kept.path;
    for (const args of [['--repair'], [path, '--repair', '-o', 'x'], ['-o', 'x'], ['--force']]) {
      const { exitCode, stdout, stderr } = await runCli(['verify', path, ...args]);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 64, stdout: '' });
      expect(stderr).toContain('--repair');
    }
  });

  test('Control characters of a file name do not reach the terminal.', async () => {
    const { stdout } = await runCli(['verify', '/tmp/no\u001b[31mne.xz']);
    expect(stdout).toContain('no\\u{1b}[31mne.xz');
    expect(stdout).not.toContain('\u001b');
  });

  test('Colours are for a terminal, and not with NO_COLOR.', async () => {
    const path = kept.path;
    const green = '\u001b[32msound';
    expect((await runInTerminal(['verify', path])).stdout).toContain(green);
    const without = await runInTerminal(['verify', path], { NO_COLOR: '1' });
    expect(without.stdout).toContain(': sound');
    expect(without.stdout).not.toContain('\u001b');
    expect((await runCli(['verify', path])).stdout).not.toContain('\u001b');
  });

  test('A reader that closes the pipe changes nothing about the exit code.', async () => {
    const { path } = copyOfKept();
    flipByte(path);
    const { exitCode, stdout, stderr } = await runShell(`faultguard verify '${path}' '${path}' | head -n 1`);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: `${path}: usable, with loss\n`,
      stderr: '',
    });
  });
});

function writeXz(path: string, text: string): void {
  writeFileSync(path, execFileSync('xz', ['-c'], { input: text }));
}
