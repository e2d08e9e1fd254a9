/** The text of a checkpoint as others read it: superjson, jq, Python. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { type Packing, unpackBeginning, UnpackError, unpackFile } from '../../src/autosave/pack.ts';
import { writeCheckpoint } from '../../src/autosave/write-checkpoint.ts';
import { realDisk } from '../../src/platform/disk.ts';
import { Follower } from '../fixtures/checkpoints.ts';
import { makeDirectoryForTest, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

/** Installed where the project is built; another machine may be without. */
function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0;
}

function textOf(state: object): string {
  const journal = openJournalInDirectory();
  journal.graph.setRoot(state);
  const follower = new Follower(journal.directory);
  follower.read();
  const text = follower.encode(() => {}, 32_768);
  follower.reader.close();
  return text;
}

async function packed(text: string, packing: Packing = 0): Promise<string> {
  const path = join(makeDirectoryForTest(), 'work.xz');
  await writeCheckpoint(realDisk, path, [text].values() as Iterator<string, void>, packing);
  return path;
}

const shared = { name: 'one object' };
const cycle: any = { list: [1] };
cycle.self = cycle;

/** Everything that superjson has a kind for. */
const supported: Record<string, () => object> = {
  'plain JSON': () => ({ a: [1, 'two', true, null, { b: 0.5, 'k.e\\y': -1 }], '': { '': new Date(0) } }),
  'primitives that JSON lacks': () => ({
    u: undefined,
    n: NaN,
    i: -Infinity,
    z: -0,
    b: 12n ** 30n,
    list: [undefined, -0],
  }),
  'text that is not Unicode': () => ({
    lone: '\uD800',
    umlaut: 'größer',
    emoji: '🙂',
    control: '\u0000\u2028',
  }),
  'Dates, patterns, URLs': () => ({ d: new Date(1e12), r: /a.b\/c/giu, u: new URL('http://host/p?q=1#h') }),
  'Maps and Sets in each other': () => ({
    m: new Map<unknown, unknown>([
      ['k', new Set([1, new Date(5)])],
      [{ key: 1 }, new Map([[1n, undefined]])],
    ]),
  }),
  'a Map as the root': () => new Map([['a', new Date(7)]]),
  'an array as the root': () => [new Date(7), { a: undefined }],
  errors: () => ({ e: Object.assign(new Error('wrong', { cause: new Date(3) })) }),
  'typed arrays': () => ({
    f: new Float64Array([0.1, 2]),
    u: new Uint8Array([1, 255]),
    i: Int32Array.of(-1),
  }),
  'one object at several places': () => ({ a: shared, b: [shared, { shared }], m: new Map([['k', shared]]) }),
  'cycles, also to the root': () => Object.assign({ cycle }, { deep: { cycle } }),
};

describe('superjson.parse', () => {
  test.each(Object.keys(supported))('reads %s', (name) => {
    const make = supported[name]!;
    // An error comes back from superjson with a name of its own: its own text has the same effect.
    const expected = name === 'errors' ? superjson.parse(superjson.stringify(make())) : make();
    expect(superjson.parse(textOf(make()))).toEqual(expected);
  });

  test('has one object where the state had one', () => {
    const read = superjson.parse<any>(textOf(supported['one object at several places']!()));
    expect(read.b[0]).toBe(read.a);
    expect(read.b[1].shared).toBe(read.a);
    expect(read.m.get('k')).toBe(read.a);
    const ring = superjson.parse<any>(textOf(supported['cycles, also to the root']!()));
    expect(ring.cycle.self).toBe(ring.cycle);
    expect(ring.deep.cycle).toBe(ring.cycle);
  });

  test('reads what it has no kind for as well as JSON can show it', () => {
    const read = superjson.parse<any>(
      textOf({
        params: new URLSearchParams('a=1'),
        boxed: Object('b'),
        buffer: Buffer.from('abc'),
        hole: [1, , 3], // oxlint-disable-line no-sparse-arrays
        symbol: Symbol.for('s'),
      }),
    );
    expect(read).toEqual({ params: 'a=1', boxed: 'b', buffer: 'YWJj', hole: [1, undefined, 3], symbol: 's' });
  });
});

describe.skipIf(!hasProgram('xz'))('the file', () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ n, name: `row ${n % 100}`, square: n * n }));

  test('is an .xz that xz accepts, for its owner alone, and really compressed', async () => {
    const text = textOf({ rows });
    const path = await packed(text);
    execFileSync('xz', ['-t', path]);
    expect(execFileSync('xz', ['-dc', path], { maxBuffer: 1e9 }).toString()).toBe(text);
    const { size, mode } = statSync(path);
    expect(size).toBeLessThan(text.length / 5);
    expect(mode & 0o777).toBe(0o600);
  });

  test('is smaller with a higher preset', async () => {
    const text = textOf({ rows });
    const sizes = await Promise.all([0, 6].map(async (preset) => statSync(await packed(text, preset)).size));
    expect(sizes[1]).toBeLessThan(sizes[0]! * 0.9);
  });

  test.skipIf(!hasProgram('python3'))("is read by Python's lzma and json", async () => {
    const path = await packed(textOf({ n: 1, text: 'größer', rows: rows.slice(0, 3), when: new Date(0) }));
    const script = 'import lzma, json, sys; print(json.dumps(json.load(lzma.open(sys.argv[1]))["json"]))';
    expect(JSON.parse(execFileSync('python3', ['-c', script, path]).toString())).toEqual({
      n: 1,
      text: 'größer',
      rows: rows.slice(0, 3),
      when: '1970-01-01T00:00:00.000Z',
    });
  });

  test('begins with what it is', async () => {
    const path = await packed(textOf({}));
    const text = execFileSync('xz', ['-dc', path]).toString();
    expect(Object.keys(JSON.parse(text))).toEqual(['faultguard', 'json', 'meta', 'exact']);
    expect(readFileSync(path).subarray(0, 6).toString('hex')).toBe('fd377a585a00');
  });
});

describe('what is written for a restart alone', () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ n, name: `größer ${n % 100}` }));

  test('is a .gz of the same text, read back whole or from its beginning', async () => {
    const text = textOf({ rows });
    const path = await packed(text, 'quick');
    expect(gunzipSync(readFileSync(path)).toString()).toBe(text);
    expect(await unpackFile(path, 1e9)).toBe(text);
    expect(text.startsWith(await unpackBeginning(path))).toBe(true);
  });

  test('holds as much as it may, and no more', async () => {
    const path = await packed('0'.repeat(10_000_000), 'quick');
    expect((await unpackFile(path, 10_000_000)).length).toBe(10_000_000);
    await expect(unpackFile(path, 9_999_999)).rejects.toThrow(UnpackError);
  });

  test('is refused when it ends too early or has been changed', async () => {
    const path = await packed(textOf({ rows }), 'quick');
    const whole = readFileSync(path);
    for (const length of [2, 10, 1000, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(unpackFile(path, 1e9)).rejects.toThrow(UnpackError);
    }
    for (const at of [2, 20, 5000, whole.length - 5]) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x10;
      writeFileSync(path, changed);
      await expect(unpackFile(path, 1e9)).rejects.toThrow(UnpackError);
    }
  });
});
