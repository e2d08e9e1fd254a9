/** Each command that reads an autosave, on each kind of thing that may lie under its name: an answer, and nothing changed. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory, runScript } from '@faultguard/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import { mainPath, makeAutosave, runCli, runCliJson } from '../fixtures/run-cli.ts';

const directory = makeTemporaryDirectory();
const whole = join(directory.path, 'whole', 'work.xz');

/** As a checkpoint is, but for what is told. */
function forge(name: string, change: (checkpoint: any) => void): void {
  const checkpoint = JSON.parse(execFileSync('xz', ['-dc', whole], { encoding: 'utf8', maxBuffer: 2 ** 26 }));
  change(checkpoint);
  writeFileSync(at(name), execFileSync('xz', ['-c'], { input: JSON.stringify(checkpoint) }));
}

const at = (name: string): string => join(directory.path, name);

beforeAll(async () => {
  mkdirSync(at('whole'));
  await makeAutosave({ path: whole });
  cpSync(at('whole'), at('cut off'), { recursive: true });
  const bytes = readFileSync(whole);
  writeFileSync(at('cut off/work.xz'), bytes.subarray(0, bytes.length >> 1));
  rmSync(at('cut off/work.xz.journal-1'), { recursive: true });
  rmSync(at('cut off/work.xz.previous'), { force: true });
  writeFileSync(at('empty'), '');
  writeFileSync(at('text'), 'hello');
  writeFileSync(at('other.xz'), execFileSync('xz', ['-c'], { input: '{"json":{"a":1}}' }));
  writeFileSync(at('not JSON.xz'), execFileSync('xz', ['-c'], { input: '{"faultguard":' }));
  symlinkSync(whole, at('link'));
  execFileSync('mkfifo', [at('pipe')]);
  forge('odd times.xz', ({ faultguard }) =>
    Object.assign(faultguard, { savedAt: 'yesterday', startedAt: '\u001b[31m' }),
  );
  forge('odd position.xz', ({ faultguard }) =>
    Object.assign(faultguard, { position: { segment: -1, offsetBytes: 3 } }),
  );
  forge('odd state.xz', (checkpoint) =>
    Object.assign(checkpoint, { json: JSON.parse('{"__proto__":{"polluted":1}}') }),
  );
  forge('odd end.xz', ({ exact }) =>
    Object.assign(exact, { end: { kind: 'signal', signal: '\u001b[31m'.repeat(1000) } }),
  );
  forge('odd slots.xz', ({ exact }) => Object.assign(exact, { slots: [[0, 0, 'map'], 'x', null] }));
});

afterAll(() => directory.remove());

const AS_NOBODY: readonly string[] = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** Only root can be somebody else; and the program has to lie where others may read it. */
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync('setpriv', [...AS_NOBODY, process.execPath, mainPath, '--version']).status === 0;

const COMMANDS: readonly (readonly string[])[] = [
  ['verify'],
  ['recover', '-o', '-'],
  ['inspect'],
  ['inspect', '--plain', '--path', 'n'],
  ['diff'],
  ['history'],
  ['history', '--follow'],
  ['history', '--at', '-1ms'],
  ['history', '--at', '2026-01-01', '--json'],
];

const NAMES = [
  'none',
  'cut off/work.xz',
  'empty',
  'text',
  'other.xz',
  'not JSON.xz',
  'link',
  'pipe',
  '.',
  'odd times.xz',
  'odd position.xz',
  'odd state.xz',
  'odd end.xz',
  'odd slots.xz',
];

describe.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
  '%s',
  (_, [command = '', ...args]) => {
    test.each(NAMES)('of "%s" is an answer: no stack, no escape, nothing changed.', async (name) => {
      const before = filesOf(directory.path);
      const { exitCode, stdout, stderr } = await runCli([command, at(name), ...args]);
      // Some of the odd ones can be used in part.
      expect(name.startsWith('odd') || name === 'link' ? [0, 1, 2] : [2]).toContain(exitCode);
      expect(stderr).not.toMatch(/^ {4}at /m);
      expect(stdout + stderr).not.toContain('\u001b');
      expect(exitCode === 2 ? stdout + stderr : 'Nothing has been changed').toMatch(
        /Nothing has been (changed|written)/,
      );
      expect(filesOf(directory.path)).toEqual(before);
    });

    test('with --json, what fails is JSON on standard error.', async () => {
      const json = await runCliJson([
        command,
        at('none'),
        ...(command === 'recover' ? ['-o', at('out')] : []),
      ]);
      expect(json.exitCode).toBe(2);
      const told =
        command === 'verify' ? json.json.autosaves[0].problems[0] : JSON.parse(json.stderr).error.message;
      expect(told).toMatch(/There is no autosave|has no previous checkpoint/);
    });

    test.runIf(canBeNobody)('of another user is refused.', async () => {
      // Where that user may look.
      const open = mkdtempSync('/tmp/fg-test-open-');
      try {
        chmodSync(open, 0o755);
        cpSync(at('whole'), open, { recursive: true });
        const [first = '', ...others] = AS_NOBODY;
        const { exitCode, stdout, stderr } = await runScript(first, {
          command: 'setpriv',
          args: [...others, process.execPath, mainPath, command, join(open, 'work.xz'), ...args],
          cwd: '/',
        });
        expect(exitCode).toBe(2);
        expect(stdout + stderr).toMatch(
          /cannot be read: it is another user's|has no previous checkpoint|permission denied/,
        );
        expect(stderr).not.toMatch(/^ {4}at /m);
      } finally {
        rmSync(open, { recursive: true });
      }
    });
  },
);
