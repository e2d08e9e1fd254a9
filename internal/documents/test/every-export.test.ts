/** The reference of each package has everything that it exports, types too. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** What the built declarations export. */
function exportsOf(folder: string): string[] {
  const declarations = read(`packages/${folder}/dist/index.d.ts`).matchAll(
    /^export (?:declare \w+ (?<name>\w+)|(?:type )?\{ (?<names>.+) \};$)/gm,
  );
  return Array.from(declarations, ({ groups }) => (groups?.['name'] ?? groups?.['names'] ?? '').split(', '))
    .flat()
    .map((name) => name.replace(/^type /, '').replace(/^\S+ as /, ''));
}

test.each([
  ['core', 'api'],
  ['express', 'express'],
  ['react-hooks', 'react-hooks'],
])('packages/%s: docs/reference/%s.md', (folder, page) => {
  const document = read(`docs/reference/${page}.md`);
  const names = exportsOf(folder);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(document))).toEqual([]);
});
