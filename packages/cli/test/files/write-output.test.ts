/** A file is wholly there under its name, or not at all. */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startScript } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { writeOutput } from '../../src/files/write-output.ts';
import { temporaryDirectory } from '../fixtures/run-cli.ts';

const halfWritten = fileURLToPath(new URL('../fixtures/half-written.ts', import.meta.url));

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s in the middle leaves nothing behind.',
  async (signal) => {
    const directory = temporaryDirectory();
    const running = startScript(halfWritten, { args: [join(directory, 'out.json')] });
    await running.waitForOutput('half');
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^\.out\.json\.\d+\.writing$/)]);
    running.process.kill(signal);
    expect((await running.ended).signal).toBe(signal);
    expect(readdirSync(directory)).toEqual([]);
  },
);

test('What fails in the middle leaves nothing behind, and what was there as it was.', async () => {
  const path = join(temporaryDirectory(), 'out.json');
  writeFileSync(path, 'before');
  const writing = writeOutput(path, { force: true, sources: [] }, async (file) => {
    await file.write('half');
    throw new Error('no more');
  });
  await expect(writing).rejects.toThrow('no more');
  expect(readFileSync(path, 'utf8')).toBe('before');
  expect(readdirSync(join(path, '..'))).toEqual(['out.json']);
});

test('What somebody else has put there meanwhile is not replaced.', async () => {
  const path = join(temporaryDirectory(), 'out.json');
  const writing = writeOutput(path, { force: false, sources: [] }, async (file) => {
    writeFileSync(path, 'theirs');
    await file.write('mine');
  });
  await expect(writing).rejects.toThrow('is there already');
  expect(readFileSync(path, 'utf8')).toBe('theirs');
  expect(readdirSync(join(path, '..'))).toEqual(['out.json']);
});

test('A link is not followed: with --force it is the link that is replaced.', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'out.json');
  writeFileSync(join(directory, 'other'), 'other');
  symlinkSync('other', path);
  await writeOutput(path, { force: true, sources: [] }, (file) => file.write('mine'));
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect(readFileSync(join(directory, 'other'), 'utf8')).toBe('other');
});
