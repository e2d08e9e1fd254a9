/** What the dossier is made of beside the flight recorder: samples, standard error, reports, the file itself. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeCrash, encodeCrash } from '../../src/autosave/saved-crash.ts';
import { withDossier } from '../../src/dossier/dossier.ts';
import { Looks } from '../../src/dossier/looks.ts';
import { sampleResources } from '../../src/dossier/resource-sample.ts';
import { readStderrTail } from '../../src/dossier/stderr-tail.ts';
import { startTimeOf } from '../../src/platform/process-identity.ts';
import { formatStderrHead, stderrPath } from '../../src/platform/stderr-files.ts';
import { type CrashFacts, describeCrash } from '../../src/rescue/crash.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const FACTS: CrashFacts = {
  kind: 'signal',
  exitCode: null,
  signal: 'SIGKILL',
  pid: 7,
  startedAt: new Date(1000),
  crashedAt: new Date(3000),
  uptimeMs: 2000,
  resources: { sampledAt: new Date(2000), cpuUserMs: 1, cpuSystemMs: 2, rssBytes: 3, rssPeakBytes: 4 },
};
const SOURCE = {
  mutations: [{ at: new Date(2500), path: undefined, operation: 'set', value: '1' }],
  stderr: ['last words'],
} as const;

const writeFile = (directory: string, number: number, text: string): void => {
  writeFileSync(stderrPath(directory, number), formatStderrHead(number) + text);
};

const describeWith = (trigger: string, signal: NodeJS.Signals = 'SIGABRT'): CrashFacts | undefined => {
  const directory = makeDirectoryForTest();
  const report = { header: { trigger }, environmentVariables: { SECRET: 'hunter2' } };
  writeFileSync(join(directory, 'report.json'), JSON.stringify(report));
  return describeCrash({
    isChild: true,
    exitCode: null,
    signal,
    pid: 7,
    startedAt: new Date(0),
    crashedAt: new Date(5),
    exception: undefined,
    reportLocation: { directory, filename: 'report.json' },
  });
};

describe('resource use', () => {
  test('of a process that runs', () => {
    const sample = sampleResources(process.pid, startTimeOf(process.pid), new Date(5));
    expect(sample?.sampledAt).toEqual(new Date(5));
    expect(sample?.rssBytes).toBeGreaterThan(1e6);
    expect(sample?.rssPeakBytes).toBeGreaterThanOrEqual(sample?.rssBytes ?? Infinity);
    expect(sample?.cpuUserMs).toBeGreaterThan(0);
  });

  test('is not that of another process with the same pid, nor of none', () => {
    expect(sampleResources(process.pid, '1', new Date())).toBeUndefined();
    expect(sampleResources(2 ** 22 + 1, '1', new Date())).toBeUndefined();
  });
});

describe('looks', () => {
  test('a ring that has gone round knows the last ones', () => {
    const looks = new Looks(4);
    for (let index = 0; index < 10; index++) looks.note({ segment: index, offsetBytes: 64 }, index * 100);
    expect(looks.timeOf({ segment: 9, offsetBytes: 64 })).toBe(900);
    expect(looks.timeOf({ segment: 8, offsetBytes: 68 })).toBe(900);
    expect(looks.timeOf({ segment: 8, offsetBytes: 60 })).toBe(800);
    expect(looks.timeOf({ segment: 9, offsetBytes: 68 })).toBeUndefined();
    expect(looks.timeOf({ segment: 0, offsetBytes: 64 })).toBe(600);
  });
});

describe('the tail of standard error', () => {
  test('goes over both files, whichever is the newer', () => {
    const directory = makeDirectoryForTest();
    writeFile(directory, 0, 'a\nb\n');
    expect(readStderrTail(directory, 50)).toEqual(['a', 'b']);
    writeFile(directory, 1, 'c\r\nd');
    expect(readStderrTail(directory, 50)).toEqual(['a', 'b', 'c', 'd']);
    writeFile(directory, 2, 'e\n');
    // What came before "c" has been written over.
    expect(readStderrTail(directory, 50)).toEqual(['de']);
    expect(readStderrTail(directory, 1)).toEqual(['de']);
  });

  test('has no colours, and lines that are cut', () => {
    const directory = makeDirectoryForTest();
    writeFile(directory, 0, `\u001B[31mred\u001B[0m\n${'x'.repeat(5000)}\n`);
    expect(readStderrTail(directory, 50)).toEqual(['red', `${'x'.repeat(1000)}…`]);
  });

  test('is nothing where there is nothing, or something else', () => {
    const directory = makeDirectoryForTest();
    expect(readStderrTail(directory, 50)).toBeUndefined();
    writeFileSync(join(directory, 'secret'), `${formatStderrHead(0)}secret`);
    symlinkSync(join(directory, 'secret'), stderrPath(directory, 0));
    writeFileSync(stderrPath(directory, 1), 'no head, but long enough');
    expect(readStderrTail(directory, 50)).toBeUndefined();
    expect(readStderrTail(directory, 0)).toBeUndefined();
  });
});

describe('the report of a fatal error', () => {
  test('says that the heap was full', () => {
    expect(describeWith('OOMError')).toMatchObject({ kind: 'out-of-memory', uptimeMs: 5 });
  });

  test('comes with other fatal errors too, without the environment', () => {
    const crash = describeWith('FatalError');
    expect(crash).toMatchObject({ kind: 'signal', report: { header: { trigger: 'FatalError' } } });
    expect(JSON.stringify(crash)).not.toContain('hunter2');
  });

  test('is not one that the app has written for another reason', () => {
    expect(describeWith('API')).not.toHaveProperty('report');
  });
});

describe('a crash with its dossier', () => {
  test('shows its facts and nothing else', () => {
    const crash = withDossier(FACTS, SOURCE);
    expect({ ...crash }).toEqual(FACTS);
    expect(JSON.stringify(crash)).toBe(JSON.stringify(FACTS));
    expect(crash.mutations).toBe(SOURCE.mutations);
    expect(crash.stderr).toBe(SOURCE.stderr);
  });

  test('is written down with an autosave as its facts alone, and read again', () => {
    const saved = encodeCrash(withDossier(FACTS, SOURCE));
    expect(decodeCrash(JSON.parse(JSON.stringify(saved)) as Record<string, unknown>)).toEqual(FACTS);
    expect(decodeCrash({ ...saved, uptimeMs: -1, resources: { rssBytes: 'x' } })).toEqual({
      ...FACTS,
      uptimeMs: undefined,
      resources: undefined,
    });
  });

  test('is saved as a new file of its own, or refused', () => {
    const directory = makeDirectoryForTest();
    const path = join(directory, 'dossier.json');
    const crash = withDossier(FACTS, SOURCE);
    crash.saveDossier(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      faultguardDossier: 1,
      kind: 'signal',
      stderr: ['last words'],
      mutations: [{ at: new Date(2500).toISOString(), path: null, operation: 'set', value: '1' }],
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const before = readFileSync(path);
    expect(() => crash.saveDossier(path)).toThrow(
      expect.objectContaining({ code: 'ERR_FAULTGUARD_DOSSIER_EXISTS' }),
    );
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory)).toEqual(['dossier.json']);
  });

  test('neither follows a link nor takes a directory, and leaves nothing behind', () => {
    const directory = makeDirectoryForTest();
    symlinkSync(join(directory, 'nowhere'), join(directory, 'link'));
    mkdirSync(join(directory, 'folder'));
    const crash = withDossier(FACTS, SOURCE);
    for (const name of ['link', 'folder']) {
      expect(() => crash.saveDossier(join(directory, name))).toThrow('stays as it is');
    }
    expect(() => crash.saveDossier(join(directory, 'missing', 'x.json'))).toThrow('ENOENT');
    expect(() => crash.saveDossier('')).toThrow(expect.objectContaining({ option: 'path' }));
    expect(readdirSync(directory).toSorted()).toEqual(['folder', 'link']);
  });
});
