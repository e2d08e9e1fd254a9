/**
 * Every truncation and every flipped byte of a small autosave and of what lies beside it: a state that the app had, or
 * the right error; never another value, never another exception.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory, startScript } from '@faultguard/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultguardError } from '../../src/errors.ts';
import { recover } from '../../src/recover.ts';
import { appPath } from '../fixtures/app-path.ts';

/** The states that the app has had: `n`, and all numbers up to it in the list. */
const LAST = 6;
/** Of the journal's segment, what has been written. */
const WRITTEN_BYTES = 2048;

const kept = makeTemporaryDirectory();
const copy = makeTemporaryDirectory();
const path = join(copy.path, 'work.xz');

afterAll(() => {
  kept.remove();
  copy.remove();
});

beforeAll(async () => {
  const steps = [
    ...[1, 2].flatMap((n) => [['set', n], ['durable'], ['sleep', 150]]),
    ...[3, 4].flatMap((n) => [
      ['set', n],
      ['sleep', 150],
    ]),
    ['set', 5],
    ['set', LAST],
    ['kill guardian'],
    ['kill'],
  ];
  const options = { autosave: { path: join(kept.path, 'work.xz'), intervalMs: 20, loadMax: 1 }, steps };
  await startScript(appPath('autosaves.mjs'), { args: [JSON.stringify(options)] }).ended;
  cpSync(kept.path, copy.path, { recursive: true });
});

/** The state's number, or the code of the error. Throws for whatever is neither. */
async function read(): Promise<number | string> {
  try {
    const { state } = await recover<any>(path);
    // Step n sets the number, then pushes to the list, then writes an element, then sets an entry of the Map.
    const { length } = state.list;
    expect([state.n, state.n - 1]).toContain(length);
    expect(state.list).toEqual(Array.from({ length }, (_, index) => ({ value: index + 1 })));
    expect([length, length - 1]).toContain(state.map.size);
    for (const [key, entry] of state.map) expect(entry).toBe(state.list[key - 1]);
    expect(state.at).toEqual(new Date(0));
    return state.n as number;
  } catch (error) {
    if (error instanceof FaultguardError) return error.code;
    throw error;
  }
}

/** What comes of each change of one file, by how often. Everything is as it was afterwards. */
async function tryChanges(file: string, bytesMax: number): Promise<Set<number | string>> {
  const bytes = readFileSync(file);
  const answers = new Set<number | string>();
  const length = Math.min(bytes.length, bytesMax);
  try {
    for (let at = 0; at < length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << ((at * 7) % 8);
      writeFileSync(file, flipped);
      answers.add(await read());
      // A truncated segment of 1 MiB is one of another length, whatever is missing.
      if (length < bytesMax || at % 16 === 0) {
        writeFileSync(file, bytes.subarray(0, at));
        answers.add(await read());
      }
    }
  } finally {
    writeFileSync(file, bytes);
  }
  expect(await read()).toBe(LAST);
  return answers;
}

/** Every file below a directory, with its contents and the time of its last change. */
function describeFiles(directory: string): [name: string, content: string, modifiedMs: number][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => [file, readFileSync(file).toString('base64'), statSync(file).mtimeMs]);
}

test('as it is, it has everything, and reading it changes nothing', async () => {
  const before = describeFiles(copy.path);
  expect(await read()).toBe(LAST);
  expect(describeFiles(copy.path)).toEqual(before);
  expect(readdirSync(copy.path)).toEqual(
    expect.arrayContaining(['work.xz', 'work.xz.journal-1', 'work.xz.previous']),
  );
});

test('damage of the newest checkpoint costs nothing: the previous one has its journal', async () => {
  expect([...(await tryChanges(path, 4096))]).toEqual([LAST]);
});

test('damage of the previous checkpoint costs nothing', async () => {
  expect([...(await tryChanges(`${path}.previous`, 4096))]).toEqual([LAST]);
});

test('damage of the journal costs what lies behind it, at most back to the newest checkpoint', async () => {
  const answers = await tryChanges(join(`${path}.journal-1`, 'journal-0000000000'), WRITTEN_BYTES);
  for (const answer of answers) expect(answer).toBeGreaterThanOrEqual(4);
  expect(answers.has(LAST)).toBe(true);
});

describe('damage of', () => {
  test.each(['session.json', 'app.json', 'control'])(
    '%s costs nothing that a checkpoint has',
    async (name) => {
      const answers = await tryChanges(join(`${path}.journal-1`, name), 256);
      // One that names another boot is of before a loss of power: no further than the last save.
      const least = name === 'session.json' ? 4 : LAST;
      for (const answer of answers) expect(answer).toBeGreaterThanOrEqual(least);
    },
  );
});

test('a directory where the next segment would be costs nothing', async () => {
  const next = join(`${path}.journal-1`, 'journal-0000000001');
  mkdirSync(next);
  expect(await read()).toBe(LAST);
  rmdirSync(next);
});

test('with both checkpoints damaged, the journal has what it has from its beginning', async () => {
  for (const file of [path, `${path}.previous`]) writeFileSync(file, 'garbage');
  expect(await read()).toBe(LAST);
  const journal = join(`${path}.journal-1`, 'journal-0000000000');
  writeFileSync(journal, readFileSync(journal).fill(0, 0, 4096));
  expect(await read()).toBe('ERR_FAULTGUARD_AUTOSAVE_CORRUPT');
  cpSync(kept.path, copy.path, { recursive: true });
  expect(await read()).toBe(LAST);
});

test('a newer session that has no whole state is passed over, and that is said', async () => {
  const newer = `${path}.journal-2`;
  cpSync(`${path}.journal-1`, newer, { recursive: true });
  const identity = JSON.parse(readFileSync(join(newer, 'session.json'), 'utf8')) as object;
  writeFileSync(join(newer, 'session.json'), JSON.stringify({ ...identity, session: 2 }));
  const journal = join(newer, 'journal-0000000000');
  const bytes = readFileSync(journal);
  // Its first record.
  bytes[70]! ^= 1;
  writeFileSync(journal, bytes);
  const { state, source } = await recover<any>(path);
  expect(state.n).toBe(LAST);
  expect(source.dropped.join()).toContain(newer);
});
