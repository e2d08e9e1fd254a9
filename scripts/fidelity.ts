/**
 * Writes docs/reference/fidelity.md: every kind of value, really guarded, really rescued. Start it with
 * `npm run fidelity`, which builds the packages first. Fails when a kind that is to be kept is not, or is changed.
 */
import { writeFileSync } from 'node:fs';
import {
  collectFidelity,
  listFailures,
  renderFidelity,
} from '../packages/core/test/fixtures/fidelity/collect.ts';

const DOCUMENT = new URL('../docs/reference/fidelity.md', import.meta.url);

const rows = await collectFidelity();
writeFileSync(DOCUMENT, renderFidelity(rows));
const failures = listFailures(rows);
for (const failure of failures) console.error(failure);
console.log(`${rows.length} kinds of values, ${failures.length} failures: docs/reference/fidelity.md`);
process.exitCode = failures.length === 0 ? 0 : 1;
