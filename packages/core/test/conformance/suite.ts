/** Test262, the conformance suite of ECMAScript (https://github.com/tc39/test262): its files, and what they say of themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Every test includes these (INTERPRETING.md of the suite). */
const ALWAYS_INCLUDED = ['assert.js', 'sta.js'];
/** Whose values can be guarded. */
export const FOLDERS: readonly string[] =
  `Array Map Set Date Object JSON Reflect ArrayBuffer DataView TypedArray TypedArrayConstructors Error NativeErrors
  RegExp/prototype ArrayIteratorPrototype MapIteratorPrototype SetIteratorPrototype`.split(/\s+/);

export interface SuiteTest {
  readonly text: string;
  /** Of the harness, in order. */
  readonly includes: readonly string[];
  readonly isStrict: boolean;
  /** Of another kind than those that run to their end and throw when they fail. */
  readonly isOther: boolean;
}

/** Paths below `test/built-ins`. */
export function listTests(suite: string, folders: readonly string[]): string[] {
  const root = join(suite, 'test', 'built-ins');
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js') && !entry.name.includes('_FIXTURE'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort(),
  );
}

export function readTest(suite: string, path: string): SuiteTest {
  const text = readFileSync(join(suite, 'test', 'built-ins', path), 'utf8');
  const facts = /\/\*---(.*?)---\*\//s.exec(text)?.[1] ?? '';
  const flags = listOf(facts, 'flags');
  return {
    text,
    includes: [...ALWAYS_INCLUDED, ...listOf(facts, 'includes')],
    isStrict: flags.includes('onlyStrict'),
    isOther:
      /^negative:/m.test(facts) ||
      ['async', 'module', 'raw', 'CanBlockIsFalse'].some((flag) => flags.includes(flag)),
  };
}

export function readHarness(suite: string, name: string): string {
  return readFileSync(join(suite, 'harness', name), 'utf8');
}

/** Of YAML no more than the suite's front matter has: a list in one line, or one of lines. */
function listOf(facts: string, name: string): string[] {
  const inline = new RegExp(`^${name}:\\s*\\[([^\\]]*)\\]`, 'm').exec(facts)?.[1];
  const lines = new RegExp(`^${name}:\\s*\\n((?:\\s+-.*\\n?)+)`, 'm').exec(facts)?.[1];
  const items = inline?.split(',') ?? lines?.split('\n').map((line) => line.replace(/^\s+-/, '')) ?? [];
  return items.map((item) => item.trim()).filter((item) => item !== '');
}
