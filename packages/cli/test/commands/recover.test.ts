/** `faultguard recover`: what is written, what is said, and that nothing else has been touched. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recover } from '@faultguard/core';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../fixtures/files-of.ts';
import {
  keepAutosave,
  makeAutosave,
  runCli,
  runCliJson,
  runInTerminal,
  runShell,
  startSaving,
  temporaryDirectory,
} from '../fixtures/run-cli.ts';

const kept = keepAutosave({ generations: 2 });
const { path } = kept;

const read = (file: string): string => readFileSync(file, 'utf8');

describe('recover', () => {
  test('The state of an app that was killed together with its guardian is written as JSON, for its owner alone.', async () => {
    const out = join(temporaryDirectory(), 'out.json');
    const before = filesOf(kept.directory);
    const { exitCode, stdout, stderr } = await runCli(['recover', path, '--output', out]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      /out\.json has been written \(json, [\d.]+ kB\)\.\n {2}used {6}work\.xz of .*, and \d+ records? of/,
    );
    expect(stdout).toContain('ended     vanished together with its guardian');
    const state = JSON.parse(read(out));
    expect(state).toMatchObject({
      // The last of it was in the journal alone.
      n: 100,
      added: { at: 'the end' },
      // The same object, written at each of its places.
      users: [{ name: 'Ada' }, { name: 'Bob', tags: ['x', 'y'] }],
      current: { name: 'Ada' },
      sessions: [
        ['ada', { since: '2026-01-02T03:04:05.000Z' }],
        [7, 'seven'],
      ],
      price: 1250,
      large: '12345678901234567890',
      missing: null,
      nan: 'NaN',
      pattern: '/a+/g',
      self: { faultguard: 'Cycle' },
    });
    expect([state.trace.length, state.trace[0]]).toEqual([100, 42]);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(filesOf(kept.directory)).toEqual(before);
    expect(readdirSync(join(out, '..'))).toEqual(['out.json']);
  });

  test('With --format superjson, superjson.parse gives Maps, Dates and objects that are one.', async () => {
    const out = join(temporaryDirectory(), 'out.json');
    await runCli(['recover', path, '-o', out, '--format', 'superjson']);
    // As the app has told faultguard.
    superjson.registerCustom<{ cents: number }, number>(
      {
        isApplicable: (value): value is never => value === undefined,
        serialize: ({ cents }) => cents,
        deserialize: (cents) => ({ cents }),
      },
      'Money',
    );
    const state = superjson.parse<any>(read(out));
    expect(state.sessions.get('ada').since).toEqual(new Date('2026-01-02T03:04:05Z'));
    expect(state.users[0]).toBe(state.current);
    expect(state.self).toBe(state);
    expect(state.large).toBe(12345678901234567890n);
    expect(state.trace).toBeInstanceOf(Float64Array);
    expect(state.price).toEqual({ cents: 1250 });
  });

  test('Lines and rows, by the end of the name.', async () => {
    const directory = temporaryDirectory();
    await runCli(['recover', path, '-o', join(directory, 'rows.ndjson'), '--path', 'rows']);
    const lines = read(join(directory, 'rows.ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [0, 1, 2].map((id) => ({ id, name: `row ${id}`, ok: id % 2 === 0 })),
    );
    await runCli(['recover', path, '-o', join(directory, 'rows.csv'), '--path', 'state.rows']);
    expect(read(join(directory, 'rows.csv'))).toBe(
      'id,name,ok\r\n0,row 0,true\r\n1,row 1,false\r\n2,row 2,true\r\n',
    );
    await runCli(['recover', path, '-o', join(directory, 'users.csv'), '--path', 'users']);
    expect(read(join(directory, 'users.csv'))).toBe('name,tags\r\nAda,\r\nBob,"[""x"",""y""]"\r\n');
    await runCli(['recover', path, '-o', join(directory, 'sessions.csv'), '--path', 'sessions']);
    expect(read(join(directory, 'sessions.csv'))).toBe(
      'key,since,value\r\nada,2026-01-02T03:04:05.000Z,\r\n7,,seven\r\n',
    );
    await runCli(['recover', path, '-o', join(directory, 'series.csv'), '--path', 'series']);
    expect(read(join(directory, 'series.csv'))).toMatch(/^value\r\n0\r\n1\r\n4\r\n9\r\n/);
  });

  test('To standard output goes the state alone, and a reader may close it.', async () => {
    const { exitCode, stdout, stderr } = await runCli(['recover', path, '-o', '-', '--path', 'sessions.ada']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"since":"2026-01-02T03:04:05.000Z"}\n' });
    expect(stderr).toContain('used      work.xz');
    const head = await runShell(
      `faultguard recover '${path}' -o - --format ndjson --path series | head -n 1`,
    );
    expect([head.exitCode, head.stdout]).toEqual([0, '0\n']);
    const full = await runShell(`faultguard recover '${path}' -o - > /dev/full`);
    expect(full.exitCode).toBe(2);
    expect(full.stderr).toContain('standard output cannot be written');
  });

  test.each(['json', 'csv'])(
    'On a terminal, control characters of the state are escaped in %s; in a file they are kept.',
    async (format) => {
      const args = ['recover', path, '-o', '-', '--path', 'users', '--format', format];
      const hostile = join(temporaryDirectory(), 'hostile.xz');
      await makeAutosave({ path: hostile, initial: { users: ['\u001b]0;owned\u0007 \u009b31m'] } });
      args[1] = hostile;
      const { stdout } = await runInTerminal(args, { NO_COLOR: '1' });
      expect(stdout).toContain(String.raw`\u001b]0;owned\u0007 \u009b31m`);
      expect(stdout).not.toContain('\u001b');
      const piped = await runCli(args);
      expect(piped.stdout).toContain('\u009b31m');
    },
  );

  test('Its JSON tells what was used.', async () => {
    const out = join(temporaryDirectory(), 'out.json');
    const { exitCode, json } = await runCliJson(['recover', path, '-o', out]);
    expect(exitCode).toBe(0);
    expect(json).toEqual({
      path,
      output: { path: out, format: 'json', sizeBytes: statSync(out).size },
      problems: [],
      notes: [expect.stringContaining('Money'), expect.stringContaining('Person')],
      source: {
        checkpoint: path,
        savedAt: expect.any(String),
        journal: `${path}.journal-1`,
        recordsReplayed: expect.any(Number),
      },
      droppedBytes: 0,
      stateVersion: 0,
      crash: expect.objectContaining({ kind: 'vanished', signal: null }),
    });
    const refused = await runCliJson(['recover', path, '-o', '-']);
    expect([refused.exitCode, refused.stdout]).toEqual([64, '']);
  });

  test('Of a damaged one it writes what recover() gives, says what was not used, and ends with 1.', async () => {
    const directory = temporaryDirectory();
    cpSync(kept.directory, directory, { recursive: true });
    const damaged = join(directory, 'work.xz');
    truncateSync(damaged, 500);
    rmSync(`${damaged}.journal-1`, { recursive: true });
    const out = join(temporaryDirectory(), 'out.json');
    const { exitCode, stdout } = await runCli(['recover', damaged, '-o', out]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('work.xz cannot be used');
    expect(stdout).toContain(
      'work.xz.journal-1 is not there: what came after the checkpoint is not recovered',
    );
    const { state } = await recover<{ n: number }>(damaged);
    expect(JSON.parse(read(out)).n).toBe(state.n);
    expect(state.n).toBeLessThan(100);
  });

  test('Nothing is written over without --force, and the autosave never.', async () => {
    const out = join(temporaryDirectory(), 'out.json');
    writeFileSync(out, 'mine');
    const before = filesOf(kept.directory);
    const refused = await runCli(['recover', path, '-o', out]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/is there already, and stays as it is\. Nothing has been written\./);
    expect(read(out)).toBe('mine');
    const itself = await runCli(['recover', path, '-o', path, '--force']);
    expect([itself.exitCode, itself.stdout]).toEqual([2, '']);
    expect(filesOf(kept.directory)).toEqual(before);
    expect((await runCli(['recover', path, '-o', out, '--force'])).exitCode).toBe(0);
    expect(JSON.parse(read(out)).n).toBe(100);
    const nowhere = await runCli(['recover', path, '-o', join(out, 'x', 'y.json')]);
    expect(nowhere.exitCode).toBe(2);
    expect(nowhere.stderr).toMatch(/^faultguard: E(NOTDIR|NOENT)/);
    const inDirectory = await runCli(['recover', path, '-o', kept.directory, '--force']);
    expect(inDirectory.stderr).toContain('is a directory');
  });

  test('A file that cannot be written to its end is not there.', async () => {
    const directory = temporaryDirectory();
    const out = join(directory, 'out.json');
    const { exitCode, stderr } = await runShell(`ulimit -f 2; faultguard recover '${path}' -o '${out}'`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^faultguard: EFBIG/);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('An autosave in use is not recovered.', async () => {
    const active = join(temporaryDirectory(), 'work.xz');
    await startSaving({ path: active });
    const out = join(temporaryDirectory(), 'out.json');
    const { exitCode, stdout, stderr } = await runCli(['recover', active, '-o', out]);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toContain('belongs to a process that lives. Nothing has been changed.');
    expect(readdirSync(join(out, '..'))).toEqual([]);
  });

  test('A small state that would be a large text is refused, and superjson writes it.', async () => {
    const bomb = join(temporaryDirectory(), 'bomb.xz');
    await makeAutosave({ path: bomb, shape: 'doubles' });
    const directory = temporaryDirectory();
    const out = join(directory, 'out.json');
    const refused = await runCli(['recover', bomb, '-o', out, '--text-bytes-max', '10000000']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('objects that stand at several places are written out at each');
    expect(readdirSync(directory)).toEqual([]);
    expect((await runCli(['recover', bomb, '-o', out, '--format', 'superjson'])).exitCode).toBe(0);
    expect(statSync(out).size).toBeLessThan(10_000);
  });

  test('An array with thousands of millions of holes is refused, whatever the format, and shown by inspect.', async () => {
    const hollow = join(temporaryDirectory(), 'hollow.xz');
    await makeAutosave({ path: hollow, shape: 'hollow' });
    const formats = [
      ['json', 'state'],
      ['superjson', 'state'],
      ['ndjson', 'list'],
      ['csv', 'list'],
    ] as const;
    for (const [format, place] of formats) {
      const result = await runCli(['recover', hollow, '-o', '-', '--format', format, '--path', place]);
      expect({ format, exitCode: result.exitCode, stdout: result.stdout }).toEqual({
        format,
        exitCode: 2,
        stdout: '',
      });
      expect(result.stderr).toContain('far longer than it has elements');
    }
    const { stdout } = await runCli(['inspect', hollow]);
    expect(stdout).toContain('├─ list: Array(3,000,000,001)\n│  ├─ [3000000000]: "far away"\n');
  });

  test('Long work says on a terminal how far it is, and nowhere else.', async () => {
    const large = join(temporaryDirectory(), 'large.xz');
    await makeAutosave({ path: large, rows: 300_000, end: 'killed' });
    const directory = temporaryDirectory();
    const inTerminal = await runInTerminal(['recover', large, '-o', join(directory, 'one.json')]);
    const shown = inTerminal.stdout.replaceAll('\u001b[K', '<clear>');
    expect(shown).toMatch(/\r(reading|writing).*\d MB<clear>/);
    // The line is gone before anything else is said.
    expect(shown).toMatch(/\r<clear>.*one\.json has been written/);
    const { stdout, stderr } = await runCli(['recover', large, '-o', join(directory, 'two.json')]);
    expect(stderr).toBe('');
    expect(stdout).not.toContain('\r');
  });

  test('What is deeply nested is written.', async () => {
    const deep = join(temporaryDirectory(), 'deep.xz');
    await makeAutosave({ path: deep, shape: 'deep' });
    const { exitCode, stdout } = await runCli(['recover', deep, '-o', '-']);
    expect(exitCode).toBe(0);
    expect(stdout.match(/\{"in":/g)).toHaveLength(20_000);
  });

  test('A missing, empty or foreign one, and a directory, is exit code 2 and nothing written.', async () => {
    const directory = temporaryDirectory();
    const other = join(directory, 'other.xz');
    writeFileSync(other, 'hello');
    writeFileSync(join(directory, 'empty.xz'), '');
    const before = filesOf(directory);
    for (const name of ['none.xz', 'other.xz', 'empty.xz', '.']) {
      const result = await runCli(['recover', join(directory, name), '-o', join(directory, 'out.json')]);
      expect({ name, exitCode: result.exitCode, stdout: result.stdout }).toEqual({
        name,
        exitCode: 2,
        stdout: '',
      });
      expect(result.stderr).toMatch(/^faultguard: .*Nothing has been changed/);
      expect(result.stderr).not.toMatch(/^ {4}at /m);
    }
    expect(filesOf(directory)).toEqual(before);
  });

  test('A place that is not there, and a format that nobody knows, is told.', async () => {
    const missing = await runCli(['recover', path, '-o', '-', '--path', 'users.9']);
    expect([missing.exitCode, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('There is no "9" in state.users. It has [0], [1].');
    const unknown = await runCli(['recover', path, '-o', '-', '--format', 'xml']);
    expect(unknown.exitCode).toBe(64);
    expect(unknown.stderr).toContain('Allowed choices are json, superjson, ndjson, csv');
  });
});
