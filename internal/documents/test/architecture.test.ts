/** ARCHITECTURE.md is the map of the source: it has every folder, file and arrow, and no other, and what it names is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const REPOSITORY: string = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGES = ['core', 'express', 'react-hooks', 'cli'];
/** What is made. */
const LEFT_OUT = new Set(['coverage', 'node_modules', 'test-results']);
const map: string = readFileSync(`${REPOSITORY}ARCHITECTURE.md`, 'utf8');

function foldersOf(path: string): string[] {
  return readdirSync(REPOSITORY + path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !LEFT_OUT.has(entry.name))
    .map(({ name }) => path + name);
}

/** The paths in the first cells of a section's table. */
function filesInTable(heading: string): string[] {
  const section = map.split(`\n${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';
  return [...section.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(.*?)`/g)].map(([, path]) => path as string),
  );
}

/** In the source of whichever package, or from the root on. */
function pathsOf(name: string): string[] {
  const places = ['', ...PACKAGES.flatMap((folder) => [`packages/${folder}/src/`, `packages/${folder}/`])];
  return places.map((place) => REPOSITORY + place + name).filter((path) => existsSync(path));
}

function sorted(paths: readonly string[]): string[] {
  return paths.toSorted((one, other) => one.localeCompare(other));
}

test('the tree has every folder of the repository, but for hidden ones that are not our own', () => {
  const inside = ['packages/', 'apps/', 'internal/'];
  const atRoot = foldersOf('').filter((folder) => !inside.includes(`${folder}/`) && !folder.startsWith('.'));
  const folders = [...atRoot, ...inside.flatMap(foldersOf), '.changeset', '.ci'];
  expect(folders.length).toBeGreaterThan(10);
  expect(sorted(filesInTable('## The tree'))).toEqual(sorted(folders));
});

test.each(PACKAGES)('the table of packages/%s/src has each of its files, once', (folder) => {
  const files = readdirSync(`${REPOSITORY}packages/${folder}/src`, { recursive: true, encoding: 'utf8' });
  const named = filesInTable(`### \`packages/${folder}/src\``);
  expect(sorted(named)).toEqual(sorted(files.filter((file) => /\.tsx?$/.test(file))));
});

test('each file that is named is there', () => {
  const named = [...map.matchAll(/`([\w./-]+\.[jt]sx?)`/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(300);
  expect(named.filter((name) => pathsOf(name).length === 0)).toEqual([]);
});

test('and has what is said to be in it', () => {
  const said = [...map.matchAll(/((?:`#?\w+`(?:, | and )?)+) (?:in|of) `([\w./-]+\.tsx?)`/g)].flatMap(
    ([, names = '', file = '']) =>
      [...names.matchAll(/`(#?\w+)`/g)].map(([, name]) => ({ name: name as string, file })),
  );
  expect(said.length).toBeGreaterThan(40);
  const missing = said.filter(
    ({ name, file }) => !pathsOf(file).some((path) => readFileSync(path, 'utf8').includes(name)),
  );
  expect(missing).toEqual([]);
});

/** What a file imports that is there at run time, from the file's folder on. */
function importsOf(text: string): string[] {
  const all = [
    ...text.matchAll(/^(?:import|export) (?!type )(?<names>[^;]*?)from '(?<path>\.[^']+)';/gm),
    ...text.matchAll(/import\('(?<path>\.[^']+)'\)/g),
  ];
  return all
    .filter(({ groups }) => !isOfTypesAlone(groups?.['names'] ?? ''))
    .map(({ groups }) => groups?.['path'] as string);
}

function isOfTypesAlone(names: string): boolean {
  const braced = /^\{(.*)\}\s*$/s
    .exec(names)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return braced?.every((name) => /^\s*type /.test(name)) ?? false;
}

test('the arrows between the folders of core are those of its imports', () => {
  const source = `${REPOSITORY}packages/core/src`;
  const arrows = readdirSync(source, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    const [folder = '', ...inside] = file.split('/');
    if (inside.length === 0 || !file.endsWith('.ts')) return [];
    const paths = importsOf(readFileSync(join(source, file), 'utf8')).map((path) =>
      join(dirname(file), path),
    );
    const others = paths.filter((path) => path.includes('/') && !path.startsWith(`${folder}/`));
    return others.map((path) => `${folder} > ${path.split('/')[0]}`);
  });
  expect(arrows.length).toBeGreaterThan(100);
  const rows = map.split('\n| folder | imports, at run time |\n')[1]?.split('\n\n')[0] ?? '';
  const said = [...rows.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].flatMap(([, folder = '', cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, other]) => `${folder} > ${other}`),
  );
  expect(sorted(said)).toEqual(sorted([...new Set(arrows)]));
});
