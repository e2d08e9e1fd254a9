/** The entry for browsers, as a bundler takes it: by the package's exports, with nothing of Node's in it. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';

const PACKAGE = new URL('../../', import.meta.url).pathname;

async function bundle(contents: string): Promise<{ text: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: PACKAGE },
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    external: ['react', 'react/jsx-runtime'],
    absWorkingDir: PACKAGE,
  });
  return { text: outputFiles[0]?.text as string, metafile };
}

test('a bundle for browsers has this package alone in it, and imports nothing but React', async () => {
  const { text, metafile } = await bundle("export * from '@faultguard/react-hooks';");
  const inputs = Object.keys(metafile.inputs).filter((path) => path !== '<stdin>');
  expect(inputs.length).toBeGreaterThan(1);
  for (const path of inputs) expect(path).toMatch(/^dist\/[\w-]+\.js$/);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(new Set(imports)).toEqual(new Set(['react']));
  for (const name of builtinModules) expect(imports).not.toContain(name);
  for (const word of ['node:', 'process.', 'require(', 'Buffer', '@faultguard/core'])
    expect(text).not.toContain(word);
  expect(gzipSync(text).length).toBeLessThan(5000);
});

test('the two entries have the same exports, but for what only a server does', async () => {
  const names = async (path: string): Promise<string[]> =>
    Object.keys((await import(`${PACKAGE}${path}`)) as object);
  const [node, browser] = [await names('dist/index.js'), await names('dist/browser.js')];
  expect(node.filter((name) => !browser.includes(name))).toEqual(['dehydrate']);
  expect(browser.filter((name) => !node.includes(name))).toEqual([]);
  const { exports } = JSON.parse(readFileSync(`${PACKAGE}package.json`, 'utf8')) as {
    exports: Record<string, object>;
  };
  // Whoever looks for conditions takes the first that holds.
  expect(Object.keys(exports['.'] as object)).toEqual(['browser', 'types', 'default']);
});
