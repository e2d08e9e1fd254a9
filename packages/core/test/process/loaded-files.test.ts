/** Each process loads its own side of the library alone: what it does not need costs it time and memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DIST = new URL('../../dist/', import.meta.url).pathname;

/** The files that are loaded with that one, itself included. */
function loadedWith(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, other] of readFileSync(join(DIST, name), 'utf8').matchAll(
    /^(?:import|export) .*"\.\/([^"]+)";$/gm,
  )) {
    loadedWith(other as string, found);
  }
  return found;
}

const find = (beginning: string): string =>
  readdirSync(DIST).find((name) => name.startsWith(`${beginning}-`) && name.endsWith('.js')) as string;

test.each([
  ['the library', () => 'index.js'],
  ['the guardian of attach', () => 'attached-guardian.js'],
  ['that of start', () => find('guardian')],
  ['an autosave in it', () => find('open-autosave')],
])('%s loads nothing of the app', (_, file) => {
  expect([...loadedWith(file())]).not.toContain(find('app'));
});

test('the app loads nothing of the guardian, and no more than it has to', () => {
  const loaded = [...loadedWith(find('app'))].map((name) => name.split('-')[0]);
  expect(loaded).toEqual(['app', 'common']);
});
