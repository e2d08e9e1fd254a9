/** No document is forgotten: each that users copy from is followed, and docs/README.md leads to every page. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { listDocuments, readBlocks } from '../src/read-blocks.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

function sorted(paths: readonly string[]): string[] {
  return paths.toSorted((one, other) => one.localeCompare(other));
}

test('each document that has a block is followed by a test, and each test follows one', () => {
  const followed = readdirSync(new URL('documents/', import.meta.url)).flatMap((name) => {
    return [...read(`documents/${name}`).matchAll(/followDocument\('(.*?)'/g)].map(
      ([, document]) => document as string,
    );
  });
  const documents = listDocuments().filter((document) => readBlocks(document).length > 0);
  expect(sorted(followed)).toEqual(sorted(documents));
});

describe('docs/README.md', () => {
  const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
  const index = readFileSync(join(docs, 'README.md'), 'utf8');
  const linked = [...index.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path as string);

  it('leads to every page', () => {
    const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter(
      // Of decisions it is enough to lead to the folder.
      (page) => page.endsWith('.md') && page !== 'README.md' && dirname(page) !== 'decisions',
    );
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
    expect(linked).toContain('decisions');
  });
});
