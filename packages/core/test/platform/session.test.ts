/** A session's files are this user's alone, and whatever else lies in a shared directory is not touched. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SEGMENT_BYTES } from '../../src/journal/layout.ts';
import { openMappedMemory } from '../../src/memory/mapped-segment.ts';
import { openWrittenMemory } from '../../src/memory/written-segment.ts';
import { checkSessionDirectory, createSession, removeAbandonedSessions } from '../../src/platform/session.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const isRoot = process.getuid?.() === 0;
const UNUSABLE = { code: 'ERR_FAULTGUARD_SESSION_UNUSABLE' };

describe('a session', () => {
  test('has a directory of its own with mode 0700 and a control file with mode 0600', () => {
    const base = makeDirectoryForTest();
    const { directory } = createSession(base);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'control')).mode & 0o777).toBe(0o600);
    expect(() => checkSessionDirectory(directory)).not.toThrow();
    expect(createSession(base).directory).not.toBe(directory);
  });

  test('cannot be in a directory that does not exist', () => {
    expect(() => createSession('/nowhere/at/all')).toThrow(expect.objectContaining(UNUSABLE));
  });
});

describe('the app refuses a session directory', () => {
  test.each<[string, (directory: string) => string]>([
    ['that does not exist', (directory) => `${directory}-missing`],
    ['that is a file', (directory) => join(directory, 'control')],
    [
      'that is a symbolic link',
      (directory) => {
        symlinkSync(directory, `${directory}-link`);
        return `${directory}-link`;
      },
    ],
    [
      'that is open to others',
      (directory) => {
        chmodSync(directory, 0o750);
        return directory;
      },
    ],
  ])('%s', (_, prepare) => {
    const path = prepare(createSession(makeDirectoryForTest()).directory);
    expect(() => checkSessionDirectory(path)).toThrow(expect.objectContaining(UNUSABLE));
  });

  test.runIf(isRoot)('that belongs to another user', () => {
    const { directory } = createSession(makeDirectoryForTest());
    chownSync(directory, 12_345, 12_345);
    expect(() => checkSessionDirectory(directory)).toThrow(/belongs to user 12345/);
  });
});

describe.each([
  ['mapped', openMappedMemory],
  ['written', openWrittenMemory],
] as const)('a %s segment', (_, openMemory) => {
  test('is allocated for real, for this user alone', () => {
    const path = join(makeDirectoryForTest(), 'segment');
    openMemory().createSegment(path).close();
    const stat = statSync(path);
    expect([stat.size, stat.mode & 0o777]).toEqual([SEGMENT_BYTES, 0o600]);
    expect(stat.blocks * 512).toBeGreaterThanOrEqual(SEGMENT_BYTES);
  });

  test('is not created through a planted link, nor over a file', () => {
    const directory = makeDirectoryForTest();
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(directory, 'link'));
    for (const name of ['link', 'victim']) {
      expect(() => openMemory().createSegment(join(directory, name))).toThrow(/EEXIST/);
    }
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });
});

describe('abandoned sessions', () => {
  test('are removed when their guardian is gone, and only then', () => {
    const base = makeDirectoryForTest();
    const mine = createSession(base).directory;
    const [, namespace] = /faultguard-(\d+)-/.exec(mine) as unknown as [string, string];
    const gone = join(base, `faultguard-${namespace}-${process.pid}-1-abcdef`);
    const elsewhere = join(base, `faultguard-1${namespace}-4194999-1-abcdef`);
    const unrelated = join(base, 'faultguard-notes');
    for (const directory of [gone, elsewhere, unrelated]) mkdirSync(directory, 0o700);
    removeAbandonedSessions(base);
    expect([mine, gone, elsewhere, unrelated].map((path) => existsSync(path))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  test('are left alone where they are links or open to others', () => {
    const base = makeDirectoryForTest();
    const mine = createSession(base).directory;
    const [, namespace] = /faultguard-(\d+)-/.exec(mine) as unknown as [string, string];
    const target = join(base, 'precious');
    mkdirSync(target);
    writeFileSync(join(target, 'file'), 'x');
    symlinkSync(target, join(base, `faultguard-${namespace}-4194999-1-abcdef`));
    mkdirSync(join(base, `faultguard-${namespace}-4194999-1-ghijkl`), 0o755);
    removeAbandonedSessions(base);
    expect(readdirSync(base).length).toBe(4);
    expect(readdirSync(target)).toEqual(['file']);
  });
});
