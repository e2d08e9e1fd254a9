/** Checkpoints that were never written by us: clear errors, no pollution, no code that runs, no memory that explodes. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCheckpoint, InvalidCheckpointError } from '../../src/autosave/decode-checkpoint.ts';
import { writeCheckpoint } from '../../src/autosave/write-checkpoint.ts';
import { Mirror } from '../../src/mirror/mirror.ts';
import { realDisk } from '../../src/platform/disk.ts';
import { recover } from '../../src/recover.ts';
import { Follower, headerAt } from '../fixtures/checkpoints.ts';
import { makeDirectoryForTest, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';
import { registerTestClasses, runProgram, stepNumber, firstState } from '../fixtures/random-values.ts';

/** More by hand: FAULTGUARD_TEST_RUNS=100000 npx vitest run packages/core/test/corruption/forged-checkpoints.test.ts */
const numRuns = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 3000);

registerTestClasses();

/** A text with everything in it that a checkpoint can have. */
function richText(): string {
  const journal = openJournalInDirectory();
  const state = journal.graph.setRoot(firstState());
  runProgram(
    state,
    Array.from({ length: 200 }, (_, k) => stepNumber(k)),
    (run) => run(),
    String,
  );
  const follower = new Follower(journal.directory);
  follower.read();
  const text = follower.encode(() => {}, 32_768);
  follower.reader.close();
  return text;
}

const header = headerAt({ segment: 0, offsetBytes: 64 });

function documentOf(json: unknown, exact: object = {}, head: object = {}): string {
  return JSON.stringify({
    faultguard: { ...header, ...head },
    json,
    meta: { values: {}, v: 1 },
    exact: { values: [], slots: [], ids: [1], keys: [], ...exact },
  });
}

const decode = (text: string): object | undefined => {
  const mirror = new Mirror({ isNumbered: true });
  decodeCheckpoint(text, mirror);
  return mirror.root;
};

async function fileOf(text: string): Promise<string> {
  const path = join(makeDirectoryForTest(), 'work.xz');
  await writeCheckpoint(realDisk, path, [text].values() as Iterator<string, void>, 0);
  return path;
}

const slot = (kind: string, note?: unknown): object => ({
  slots: [[0, 0, kind, ...(note === undefined ? [] : [note])]],
});

describe('is refused:', () => {
  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['nothing of ours', '{"json":{},"meta":{}}'],
    ['another format', documentOf({}, {}, { format: 2 })],
    [
      'a position outside of every segment',
      documentOf({}, {}, { position: { segment: 0, offsetBytes: 1e9 } }),
    ],
    ['a position between words', documentOf({}, {}, { position: { segment: 0, offsetBytes: 65 } })],
    ['a time that is none', documentOf({}, {}, { savedAt: 'yesterday' })],
    ['a start of its process that is none', documentOf({}, {}, { startedAt: '\u001b[31m' })],
    ['a root that is no object', documentOf(5)],
    ['fewer nodes than it says', documentOf({}, { ids: [1, 2] })],
    ['more nodes than it says', documentOf({ a: {} })],
    ['an id that two nodes have', documentOf({ a: {} }, { ids: [1, 1] })],
    ['an id that is none', documentOf({ a: {} }, { ids: [1, -4] })],
    ['an id beyond all others', documentOf({ a: {} }, { ids: [1, 4_000_000_000] })],
    ['a root that is not node 1', documentOf({}, { ids: [7] })],
    ['a node before it is there', documentOf({ a: null }, { slots: [[1, 0, 'again', 2]] })],
    ['a place that does not exist', documentOf({}, { slots: [[9, 0, 'undefined']] })],
    ['an unknown kind', documentOf({}, slot('function'))],
    ['a kind with a name of Object.prototype', documentOf({}, slot('constructor'))],
    ['an object that is to be a Map', documentOf({}, slot('map'))],
    ['an entry that is no pair', documentOf([[1]], slot('map'))],
    ['a class that is no text', documentOf({}, slot('object', { class: {} }))],
    ['a note that is no object', documentOf({}, slot('object', 5))],
    ['more closed than frozen', documentOf({}, slot('object', { closed: 9 }))],
    ['a bigint that is none', documentOf({ a: '1e5' }, { slots: [[1, 0, 'bigint']] })],
    ['a number that is none', documentOf({ a: '0x10' }, { slots: [[1, 0, 'number']] })],
    ['a pattern that cannot be', documentOf('/(/', slot('regexp'))],
    ['a URL that cannot be', documentOf('nowhere', slot('url'))],
    ['a date that is none', documentOf('yesterday', slot('date'))],
    ['a buffer of other bytes', documentOf(null, slot('buffer', { bytes: { sizeBytes: 1e12, base64: '' } }))],
    [
      'a view of what is no buffer',
      documentOf([1, {}], { ids: [1, 2, 3], slots: [[1, 1, 'view', { type: 1, size: 1, buffer: 1 }]] }),
    ],
    ['a value that nothing has', documentOf({}, slot('object', { properties: [['a', 0, 0]] }))],
    [
      'a value for two',
      documentOf(
        {},
        {
          ...slot('object', {
            properties: [
              ['a', 0, 0],
              ['b', 0, 0],
            ],
          }),
          values: [1],
        },
      ),
    ],
    ['an array longer than any', documentOf({}, slot('sparse', { length: 2 ** 33 }))],
  ])('%s', (_, text) => {
    expect(() => decode(text)).toThrow(InvalidCheckpointError);
  });
});

test('keys of Object.prototype are keys like any others', () => {
  const text = documentOf(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":2}}'), {
    ids: [1, 2, 3],
  });
  const root = decode(text) as Record<string, unknown>;
  expect(Object.getPrototypeOf(root)).toBe(Object.prototype);
  expect(Object.keys(root)).toEqual(['__proto__', 'constructor']);
  expect(({} as any).polluted).toBeUndefined();
});

test('a million levels need no stack', () => {
  const depth = 1_000_000;
  const json = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const ids = Array.from({ length: depth }, (_, index) => index + 1);
  const text = documentOf(null, { ids }).replace('"json":null', `"json":${json}`);
  expect(Array.isArray(decode(text))).toBe(true);
});

describe('random changes of a rich one', () => {
  test('are decoded or refused, and pollute nothing', () => {
    const text = richText();
    const before = Reflect.ownKeys(Object.prototype).length;
    const junk = fc.oneof(
      fc.constantFrom(
        null,
        -1,
        0,
        1,
        2,
        1e9,
        2 ** 40,
        '',
        '__proto__',
        'constructor',
        'map',
        'view',
        [],
        {},
        [0, 0, 'map'],
        true,
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), junk), { minLength: 1, maxLength: 3 }), (changes) => {
        const document = JSON.parse(text) as object;
        for (const [place, junk] of changes) {
          // A value of its own: a second change may be made in it, or it may be put into itself.
          const value = structuredClone(junk);
          const places = placesOf(document);
          const [holder, key] = places[place % places.length]!;
          Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
        }
        try {
          const mirror = new Mirror({ isNumbered: true });
          decodeCheckpoint(JSON.stringify(document), mirror);
        } catch (error) {
          if (!(error instanceof InvalidCheckpointError)) throw error;
        }
      }),
      { numRuns },
    );
    expect(Reflect.ownKeys(Object.prototype).length).toBe(before);
  });
});

/** Mostly of what is ours. */
function placesOf(document: any): [object, string][] {
  const found: [object, string][] = [];
  const queue: object[] = [document.exact, document.faultguard, { json: document.json }];
  for (const node of queue) {
    for (const [key, value] of Object.entries(node)) {
      found.push([node, key]);
      if (typeof value === 'object' && value !== null && queue.length < 3000) queue.push(value as object);
    }
  }
  return found;
}

describe('recover', () => {
  test('does not unpack more than it is allowed to', async () => {
    const path = await fileOf(documentOf({ zeros: '0'.repeat(1_000_000) }));
    await expect(recover(path, undefined, { textBytesMax: 100_000 })).rejects.toMatchObject({
      code: 'ERR_FAULTGUARD_AUTOSAVE_CORRUPT',
      message: expect.stringContaining('more than 100000 bytes'),
    });
    expect((await recover<any>(path)).state.zeros.length).toBe(1_000_000);
  });

  test('follows no link, and waits for no pipe', async () => {
    const real = await fileOf(documentOf({ a: 1 }));
    const path = join(makeDirectoryForTest(), 'work.xz');
    symlinkSync(real, path);
    await expect(recover(path)).rejects.toMatchObject({ code: 'ERR_FAULTGUARD_AUTOSAVE_CORRUPT' });
  });

  test('passes over a journal directory that others could have made', async () => {
    const path = await fileOf(documentOf({ a: 1 }));
    mkdirSync(`${path}.journal-1`, { mode: 0o777 });
    chmodSync(`${path}.journal-1`, 0o777);
    writeFileSync(join(`${path}.journal-1`, 'session.json'), '{}');
    const { source } = await recover<any>(path);
    expect(source.journal).toBeUndefined();
    expect(source.dropped.join()).toContain(`${path}.journal-1`);
  });

  test('says nothing of what is in a file that it cannot use', async () => {
    const path = await fileOf('{"secret":"password"}');
    await expect(recover(path)).rejects.toMatchObject({ message: expect.not.stringContaining('password') });
    writeFileSync(path, 'password');
    await expect(recover(path)).rejects.toMatchObject({ message: expect.not.stringContaining('password') });
  });

  test('an unknown class or kind gives plain values, and says so', async () => {
    const path = await fileOf(documentOf({ a: 1 }, slot('object', { class: 'Nobody' })));
    const { state, source } = await recover<any>(path);
    expect(state).toEqual({ a: 1 });
    expect(source.dropped.join()).toContain('Nobody');
  });
});
