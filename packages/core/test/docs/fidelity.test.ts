/** What docs/reference/fidelity.md says of each kind of value is what happens to it now. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectFidelity, listFailures, renderFidelity, type Row } from '../fixtures/fidelity/collect.ts';
import { kinds } from '../fixtures/fidelity/kinds.ts';

const DOCUMENT = new URL('../../../../docs/reference/fidelity.md', import.meta.url);

describe('every kind of value', () => {
  let rows: Row[];
  beforeAll(async () => {
    rows = await collectFidelity();
  }, 180_000);

  it('is tried', () => {
    expect(rows.map(({ group, name }) => `${group}: ${name}`)).toEqual(
      kinds.map(({ group, name }) => `${group}: ${name}`),
    );
  });

  it('is kept as it is, or refused with its path, in the app and in the rescue', () => {
    expect(listFailures(rows)).toEqual([]);
  });

  it('has the line in docs/reference/fidelity.md that `npm run fidelity` writes', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(renderFidelity(rows));
  });
});
